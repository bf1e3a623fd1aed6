"""The SQL gives what plain counting gives, in DuckDB and, where it is installed, in Hyper."""

from __future__ import annotations

import random
from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import UsageError
from auditor.sensitivity import disclosure as d
from tests.effort import examples

duckdb = pytest.importorskip("duckdb")

NASTY = 'x"; DROP TABLE t; --'
COLUMNS = ["race", "sex", NASTY]
rows_of = st.lists(
    st.tuples(
        st.sampled_from(["w", "b", None]),
        st.sampled_from(["m", "f"]),
        st.sampled_from(["1", "2", "3"]),
        st.sampled_from(["flu", "hiv", None]),
    ),
    max_size=60,
)


@pytest.fixture(scope="module")
def duck():
    connection = duckdb.connect()
    yield connection
    connection.close()


def _fill(connection, rows):
    names = ", ".join(f"{d.quoted(c)} VARCHAR" for c in [*COLUMNS, "illness"])
    connection.execute(f"CREATE OR REPLACE TABLE t ({names})")
    if rows:
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
    return d.table(d.Dialect.DUCKDB, "t")


@settings(max_examples=examples(25))
@given(rows_of, st.integers(2, 6))
def test_groups_are_what_counting_gives(duck, rows, k):
    relation = _fill(duck, rows)
    found = d.read_groups(COLUMNS, duck.execute(d.groups_query(relation, COLUMNS, k=k).sql).fetchone(), k=k)
    sizes = Counter(row[:3] for row in rows).values()
    assert found.smallest == (min(sizes) if sizes else None)
    assert found.holds is (None if not sizes else min(sizes) >= k)
    assert (found.groups, found.rows) == (len(sizes), len(rows))
    assert found.unique_rows == sum(n == 1 for n in sizes)
    assert (found.groups_below, found.rows_below) == (sum(n < k for n in sizes), sum(n for n in sizes if n < k))


@settings(max_examples=examples(25))
@given(rows_of, st.integers(2, 6))
def test_homogeneous_groups_are_what_counting_gives(duck, rows, k):
    relation = _fill(duck, rows)
    query = d.homogeneity_query(relation, ["race", "sex"], "illness", k=k)
    found = d.read_homogeneity(["race", "sex"], "illness", duck.execute(query.sql).fetchone(), k=k)
    groups = defaultdict(list)
    for row in rows:
        groups[row[:2]].append(row[3])
    same = [g for g in groups.values() if len(set(g)) == 1 and len(g) > 1]
    assert (found.groups, found.rows) == (len(same), sum(map(len, same)))
    assert found.large_groups == sum(len(g) >= k for g in same)
    assert found.fewest_values == (min(len(set(g)) for g in groups.values()) if groups else None)


@settings(max_examples=examples(25))
@given(rows_of, st.integers(2, 6))
def test_small_and_complementary_cells_are_what_counting_gives(duck, rows, t):
    relation = _fill(duck, rows)
    dims = ["race", "sex"]
    found = d.read_small_cells(
        dims, duck.execute(d.small_cells_query(relation, dims, threshold=t).sql).fetchone(), threshold=t
    )
    cells = Counter(row[:2] for row in rows)
    small = {c for c, n in cells.items() if n < t}

    def gives_itself_away(cell):
        lines = [[c for c in cells if c[axis] == cell[axis]] for axis in (0, 1)]
        return any(len(line) > 1 and sum(c in small for c in line) == 1 for line in lines)

    assert (found.cells, found.small) == (len(cells), len(small))
    assert found.complementary == sum(map(gives_itself_away, small))


def test_cells_of_a_table_that_counts_already_sum_the_count_and_zero_is_not_small(duck):
    duck.execute(
        "CREATE OR REPLACE TABLE c AS SELECT * FROM (VALUES ('a', 4), ('a', 3), ('b', 0), ('c', 50)) v(place, deaths)"
    )
    query = d.small_cells_query(d.table(d.Dialect.DUCKDB, "c"), ["place"], threshold=8, count_column="deaths")
    assert d.read_small_cells(["place"], duck.execute(query.sql).fetchone(), threshold=8) == d.SmallCells(
        ("place",), 8, 3, 1, 1
    )


def test_distinct_counts_prune_keys_and_constants(duck):
    rows = [(str(n % 3), "m", str(n), "flu") for n in range(500)]
    relation = _fill(duck, rows)
    columns = [*COLUMNS, "illness"]
    found = d.read_distinct(columns, duck.execute(d.distinct_query(relation, columns).sql).fetchone())
    assert found.rows == 500
    assert dict(found.columns)["race"] == 3
    assert found.keys() == (NASTY,)
    assert list(d.subsets(found)) == [("race",)]


def test_files_are_read_where_they_lie(duck, tmp_path):
    path = tmp_path / "it's a table.csv"
    path.write_text("race,sex\nw,m\nw,m\nb,f\n")
    query = d.groups_query(d.csv_file(str(path)), ["race", "sex"], k=2)
    assert d.read_groups(["race", "sex"], duck.execute(query.sql).fetchone(), k=2).smallest == 1
    parquet = tmp_path / "t.parquet"
    duck.execute(f"COPY (SELECT 1 AS a UNION ALL SELECT 1) TO '{parquet}'")
    assert (
        d.read_groups(["a"], duck.execute(d.groups_query(d.parquet_file(str(parquet)), ["a"]).sql).fetchone()).smallest
        == 2
    )


@pytest.mark.parametrize(
    "wrong",
    [
        lambda r: d.groups_query(r, []),
        lambda r: d.groups_query(r, ["a", "a"]),
        lambda r: d.groups_query(r, ["a"], k=1),
        lambda r: d.groups_query(r, ["a"], k="2; DROP"),
        lambda r: d.quoted("a\x00b"),
        lambda r: d.csv_file("/data/*.csv"),
    ],
)
def test_what_cannot_be_asked_is_refused(wrong):
    with pytest.raises(UsageError):
        wrong(d.table(d.Dialect.DUCKDB, "t"))


def _people(count):
    r = random.Random(7)
    return [
        (r.choice("wbah"), r.choice("mf"), str(r.randint(1, 9)), r.choice(["flu", "hiv", "none"])) for _ in range(count)
    ]


def test_pycanon_agrees_on_k_and_l(duck):
    anonymity = pytest.importorskip(
        "pycanon.anonymity", reason="pycanon is not installed; plain counting is the oracle then"
    )
    import pandas as pd

    rows = _people(800)
    relation = _fill(duck, rows)
    frame = pd.DataFrame(rows, columns=["race", "sex", "zip", "illness"])
    k = d.read_groups(COLUMNS, duck.execute(d.groups_query(relation, COLUMNS).sql).fetchone()).smallest
    least = d.read_homogeneity(
        COLUMNS, "illness", duck.execute(d.homogeneity_query(relation, COLUMNS, "illness").sql).fetchone()
    )
    assert k == anonymity.k_anonymity(frame, ["race", "sex", "zip"])
    assert least.fewest_values == anonymity.l_diversity(frame, ["race", "sex", "zip"], ["illness"])


def test_hyper_gives_the_same_numbers(duck, tmp_path):
    api = pytest.importorskip("tableauhyperapi", reason="the extra `hyper` is not installed")
    rows = _people(400)
    in_duck = _fill(duck, rows)
    in_hyper = d.table(d.Dialect.HYPER, "Extract", 'Ext"ract')
    columns = [*COLUMNS, "illness"]
    text = api.SqlType.text()
    definition = api.TableDefinition(
        api.TableName("Extract", 'Ext"ract'), [api.TableDefinition.Column(c, text) for c in columns]
    )
    queries = [
        lambda r: d.groups_query(r, COLUMNS, k=5),
        lambda r: d.small_cells_query(r, COLUMNS, threshold=5),
        lambda r: d.small_cells_query(r, ["sex"], threshold=300),
        lambda r: d.homogeneity_query(r, COLUMNS, "illness", k=3),
        lambda r: d.distinct_query(r, columns),
    ]
    quiet = {"log_config": "", "log_dir": str(tmp_path)}
    with (
        api.HyperProcess(api.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters=quiet) as process,
        api.Connection(process.endpoint, tmp_path / "t.hyper", api.CreateMode.CREATE) as connection,
    ):
        connection.catalog.create_schema("Extract")
        connection.catalog.create_table(definition)
        with api.Inserter(connection, definition) as inserter:
            inserter.add_rows(rows)
            inserter.execute()
        for build in queries:
            hyper = [int(v) for v in connection.execute_list_query(build(in_hyper).sql)[0]]
            assert hyper == [int(v) for v in duck.execute(build(in_duck).sql).fetchone()]
