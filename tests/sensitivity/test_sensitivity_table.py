"""Rows about persons, or counts of them?"""

from __future__ import annotations

import pytest

from auditor.sensitivity.table import ColumnFacts, Role, crosses, judge_table


def facts(*columns):
    return [ColumnFacts(name, tuple(classes.split()), kind, distinct) for name, classes, kind, distinct in columns]


def test_a_register_of_persons():
    columns = facts(
        ("name", "person_name", "text", 980),
        ("age", "age", "integer", 70),
        ("sex", "sex", "text", 2),
        ("charge", "", "text", 30),
    )
    assert judge_table(columns, rows=1000).row_level is True


def test_ages_and_sex_without_names_are_rows_about_persons():
    columns = facts(
        ("age", "age", "integer", 80),
        ("gender", "sex", "text", 2),
        ("smoker", "health", "text", 2),
        ("bmi", "", "real", 900),
    )
    assert judge_table(columns, rows=1338).row_level is True


def test_a_cross_table_is_aggregated():
    columns = facts(
        ("county", "", "text", 58),
        ("sex", "sex", "text", 2),
        ("age_group", "age", "text", 8),
        ("deaths", "", "integer", 300),
    )
    verdict = judge_table(columns, rows=900)
    assert verdict.row_level is False
    assert any("cross-table" in r.text for r in verdict.reasons)


def test_statistics_by_state_are_aggregated():
    columns = facts(
        ("State", "", "text", 51),
        ("Population", "", "integer", 51),
        ("murder_rate", "", "real", 50),
        ("avg_age", "", "real", 40),
    )
    assert judge_table(columns, rows=51).row_level is False


def test_an_aggregated_extract_counts_against():
    columns = facts(("name", "person_name", "text", None), ("sex", "sex", "text", None))
    open_verdict = judge_table(columns, rows=None)
    closed = judge_table(columns, rows=None, aggregated_for_visible_dimensions=True)
    assert open_verdict.row_level is True
    assert closed.score < open_verdict.score
    assert closed.row_level is None


@pytest.mark.parametrize(("columns", "rows"), [([], 10), (facts(("name", "person_name", "text", 0)), 0)])
def test_what_cannot_be_told(columns, rows):
    assert judge_table(columns, rows=rows).row_level is None


def test_the_score_is_the_sum_of_its_reasons():
    verdict = judge_table(
        facts(("email", "email", "text", 9), ("count", "", "integer", 3), ("state", "", "text", 9)), rows=10
    )
    assert verdict.score == pytest.approx(sum(r.weight for r in verdict.reasons), abs=0.01)


def test_the_cross_table_signature_needs_a_measure_and_most_combinations():
    dims = facts(("a", "", "text", 10), ("b", "", "text", 5))
    measure = ColumnFacts("n", (), "integer", 40, Role.MEASURE)
    assert crosses([*dims, measure], 50)
    assert crosses([*dims, measure], 25)
    assert not crosses([*dims, measure], 24)
    assert not crosses([*dims, measure], 51)
    assert not crosses(dims, 50)
