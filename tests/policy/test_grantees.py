"""A policy test that names a group that its site does not have is told so, where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.errors import InvalidFileError
from auditor.policy.testing import load_tests

CASES = """\
version: 1
policy: downloads
cases:
  - name: staff
    rules: [DOWN-01]
    site:
      groups: {Staff: [ann]}
      users: {ann: Viewer}
      projects: {Public: {defaults: {workbook: {allow: {Staff: [view]}}}}}
      workbooks:
        Public / Bikes:
          allow: {All Users: [view], guest: [view], ann: [view]}
          views: {Map: {deny: {Staff: [view]}}}
    expect: []
"""


@pytest.mark.parametrize(
    ("before", "after", "place", "words"),
    [
        ("allow: {Staff", "allow: {Staf", ":9:", "Did you mean 'Staff'?"),
        ("deny: {Staff", "deny: {Press", ":13:", "`groups: {Press: []}`"),
        ("ann: [view]", "anne: [view]", ":12:", "no group and no account 'anne'"),
    ],
)
def test_an_unknown_grantee_is_a_fault(tmp_path: Path, before: str, after: str, place: str, words: str) -> None:
    file = tmp_path / "x.test.yaml"
    file.write_text(CASES)
    assert len(load_tests([file])) == 1
    file.write_text(CASES.replace(before, after, 1))
    with pytest.raises(InvalidFileError) as caught:
        load_tests([file])
    assert place in str(caught.value)
    assert words in str(caught.value)
