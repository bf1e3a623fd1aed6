"""What counts as weaker, from two reports of the same facts."""

import pytest

from .conftest import script


@pytest.fixture(scope="module")
def weaker():
    return script("weaker")


def one(rule="R-1", severity="critical", path="Public / A", **more):
    return {
        "fingerprint": f"{rule}-{path}",
        "rule": rule,
        "severity": severity,
        "verdict": "fail",
        "audience": "anonymous",
        "subject": {"kind": "workbook", "id": path, "name": path, "path": path},
        **more,
    }


def reports(before, now=(), gone=()):
    return {"findings": before}, {"findings": list(now), "baseline": {"gone": list(gone)}}


def both(weaker, now=("R-1",), reasons=None):
    return weaker.Rules({"R-1": "critical", "R-2": "low"}), weaker.Rules(dict.fromkeys(now, "critical"), reasons or {})


def compare(weaker, base, now, rules=None, *, fail_on="high", register_only=False):
    return weaker.compare(base, now, rules or both(weaker, ("R-1", "R-2")), fail_on, register_only=register_only)


def test_nothing_less_is_nothing_told(weaker):
    assert compare(weaker, *reports([one()], [one(baseline_state="unchanged")])) == weaker.Weaker((), fails=False)


def test_a_rule_without_a_finding_is_told_and_does_not_fail(weaker):
    less = compare(weaker, *reports([one()], [one()]), both(weaker, reasons={"R-2": "noise"}))
    assert less.told == (
        "Switched off, though nothing fails by it today: <code>R-2</code> (low). Reason given: “noise”.",
    )
    assert not less.fails


def test_a_waived_or_preview_finding_that_goes_is_no_loss(weaker):
    for overlay in ({"waiver": {"expires": "2027-01-01"}}, {"preview": True}):
        old = one(**overlay)
        assert not compare(weaker, *reports([old], gone=[old])).fails


def test_many_places_are_counted(weaker):
    old = [one(path=f"P{n}") for n in range(9)]
    (told,) = compare(weaker, *reports(old, gone=old), both(weaker, ("R-2",))).told
    assert "9 findings that fail today are no longer told" in told
    assert "<code>P4</code> … and 4 more. No reason is given." in told
    assert "P5" not in told


def test_a_preview_rule_fails_nothing(weaker):
    less = compare(weaker, *reports([one()], [one(preview=True)]))
    assert less.told == (
        "⚠ **Severity lowered**: <code>R-1</code> critical → preview: 1 finding no longer fails the job.",
    )
    assert less.fails


@pytest.mark.parametrize(
    ("before", "after", "fail_on", "fails"),
    [("critical", "high", "high", False), ("high", "medium", "high", True), ("high", "medium", "critical", False),
     ("medium", "info", "low", True), ("low", "info", "high", False)],
)  # fmt: skip
def test_lowering_fails_where_the_job_no_longer_does(weaker, before, after, fail_on, fails):
    less = compare(weaker, *reports([one(severity=before)], [one(severity=after)]), fail_on=fail_on)
    assert len(less.told) == 1
    assert less.fails is fails


def test_raising_is_not_lowering(weaker):
    assert not compare(weaker, *reports([one(severity="low")], [one()])).told


def test_a_narrower_finding_is_a_loss_unless_a_waiver_took_the_rest(weaker):
    narrow = one(baseline_state="narrower")
    assert compare(weaker, *reports([one()], [narrow])).fails
    waived = one(waiver={"expires": "2027-01-01"}, fingerprint="x")
    assert not compare(weaker, *reports([one()], [narrow, waived])).fails


def test_what_the_register_declares_is_told_and_not_failed(weaker):
    less = compare(weaker, *reports([one()], gone=[one()]), register_only=True)
    assert "declares more as meant to be public" in less.told[0]
    assert not less.fails


def test_a_waiver_that_was_there_is_not_told_again_unless_it_runs_longer(weaker):
    waived = lambda until: one(waiver={"expires": until, "owner": "me", "ticket": "T-1"})  # noqa: E731
    assert not compare(weaker, *reports([waived("2027-01-01")], [waived("2027-01-01")])).told
    (told,) = compare(weaker, *reports([waived("2027-01-01")], [waived("2027-06-01")])).told
    assert told.startswith("Accepted until 2027-06-01 instead of 2027-01-01: ")


@pytest.mark.parametrize(
    "bad",
    [
        "<img src=x>",
        "@everyone #1 GH-2",
        "`x` ```",
        "[a](javascript:x)",
        "a\n# head",
        "\u202eevil",
        "-->",
        "https://x.y",
    ],
)
def test_texts_are_harmless(weaker, bad):
    old = one(rule=bad, path=bad)
    less = compare(weaker, *reports([old], gone=[old]), (weaker.Rules({bad: bad}), weaker.Rules({}, {bad: bad})))
    text = less.told[0].replace("<code>", "").replace("</code>", "").replace("<!-- -->", "").replace("**", "")
    assert not set(text) & set('<>@`[]\n\u202e\\"')
    assert "://" not in text
    for line in weaker.annotations(less, "error"):
        assert line.startswith("::error title=The audit would say less::")
        assert line.count("\n") == 1
