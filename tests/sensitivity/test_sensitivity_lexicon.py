"""An administrator's own classes, words and patterns."""

from __future__ import annotations

import pytest

from auditor.errors import InvalidFileError
from auditor.sensitivity import classify, load_lexicon


def test_own_words_make_a_class_of_their_own():
    lexicon = load_lexicon({"classes": {"badge": {"words": ["Dienstausweis Nr", "staff card"]}}})
    assert classify("Dienstausweis-Nr", lexicon=lexicon) == {"badge": 0.95}
    assert classify("staff_card_2", ["B1", "B2"], lexicon=lexicon)["badge"] > 0.9
    assert not classify("Dienstausweis-Nr")


def test_own_words_extend_a_shipped_class():
    lexicon = load_lexicon({"classes": {"national_id": {"words": ["kennziffer"]}}})
    assert "national_id" in classify("Kennziffer", lexicon=lexicon)


def test_own_patterns_confirm_veto_and_speak_alone():
    lexicon = load_lexicon({"classes": {"badge": {"words": ["badge"], "values": [r"B\d{6}"]}}})
    assert classify("badge", ["B123456", "B654321"], lexicon=lexicon)["badge"] > 0.95
    assert "badge" not in classify("badge", ["yes", "no"], lexicon=lexicon)
    assert classify("col1", ["B123456", "B654321", "B111111"], lexicon=lexicon) == {"badge": 0.96}
    assert not classify("col1", ["B123456x", "B65", "c"], lexicon=lexicon)


def test_words_that_are_not_personal():
    lexicon = load_lexicon({"not_personal": ["Judge panel", "姓名"]})
    assert classify("judge")
    assert not classify("Judge_Panel", lexicon=lexicon)
    assert not classify("姓名", lexicon=lexicon)
    assert classify("Judge Panel", ["a@b.com", "c@d.org"], lexicon=lexicon), "values that leave no doubt still count"


@pytest.mark.parametrize(
    ("mapping", "place"),
    [
        ({"clases": {}}, "clases"),
        ({"version": 2}, "version"),
        ({"classes": []}, "classes"),
        ({"classes": {"Bad Name": {"words": ["x"]}}}, "Bad Name"),
        ({"classes": {"x": {"word": ["x"]}}}, "classes.x"),
        ({"classes": {"x": {"words": "x"}}}, "classes.x.words"),
        ({"classes": {"x": {"words": ["--"]}}}, "classes.x.words"),
        ({"classes": {"x": {"values": ["("]}}}, "classes.x.values"),
        ({"classes": {"x": {"values": ["a" * 201]}}}, "classes.x.values"),
        ({"not_personal": [3]}, "not_personal"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(mapping, place):
    with pytest.raises(InvalidFileError) as caught:
        load_lexicon(mapping, where="words.yml")
    assert place in str(caught.value)
    assert "words.yml" in str(caught.value)


@pytest.mark.parametrize(
    "pattern",
    [r"(a+)+$", r"(a|aa)*b", r"(\w+\s?)*x", r"([a-z]+)*\d", r"(.)\1", r"\d*\d*\d*\d*\d*x", r"(?:a?){30}a{30}"],
)
def test_patterns_that_could_run_without_end_are_refused(pattern):
    with pytest.raises(InvalidFileError):
        load_lexicon({"classes": {"x": {"values": [pattern]}}})
