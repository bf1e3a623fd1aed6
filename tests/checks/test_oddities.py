"""Notes on what a policy selects and a site does not have: of globs that somebody wrote, not of what is shipped."""

from __future__ import annotations

from pathlib import Path

from auditor.checks import warnings
from auditor.policy import load
from auditor.policy.testing import SiteModel
from auditor.policy.testing_site import snapshot_of

PUBLIC = "No project of this site fits 'Public/**'; set the parameter public_projects to the projects that are meant."


def told(policy: str | Path, *projects: str) -> tuple[str, ...]:
    return warnings(
        load([policy]), snapshot_of(SiteModel.model_validate({"projects": {name: {} for name in projects}}))
    )


def test_a_shipped_pack_says_nothing_of_the_spellings_of_default() -> None:
    assert told("projects", "Public", "Default") == ()
    assert told("projects", "Public") == ()


def test_public_projects_that_nobody_set_are_told_once_with_the_parameter() -> None:
    assert told("default", "Default") == (PUBLIC,)


def test_a_glob_that_somebody_wrote_and_nothing_fits_is_told(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("version: 1\nextends: [projects]\nparameters: {public_projects: [Public, Opne]}\n")
    assert [note for note in told(own, "Public") if "'Opne'" in note and "judge nothing" in note]
    own.write_text(
        "version: 1\nrules:\n  - {id: X-1, title: t, severity: low, governance: {locked: true}, "
        "select: {kinds: [project], projects: [default]}}\n"
    )
    assert len(told(own, "Public")) == 1
