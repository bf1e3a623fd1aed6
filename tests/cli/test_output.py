"""Formats and files pair up; files are whole or not there."""

from __future__ import annotations

import os

import pytest

from auditor.cli.output import Target, pair_targets
from auditor.errors import UsageError
from auditor.files import PRIVATE, write_whole, written_whole


@pytest.mark.parametrize(
    ("formats", "outputs", "expected"),
    [
        ([], [], [("text", "-")]),
        (["json"], [], [("json", "-")]),
        (["json", "sarif"], ["a.json", "b.sarif"], [("json", "a.json"), ("sarif", "b.sarif")]),
        (["json", "text"], ["a.json"], [("json", "a.json"), ("text", "-")]),
        (["text", "json"], ["a.json"], [("json", "a.json"), ("text", "-")]),
        ([], ["a.html"], [("html", "a.html")]),
        (["text"], ["-"], [("text", "-")]),
    ],
)
def test_pairs(formats: list[str], outputs: list[str], expected: list[tuple[str, str]]) -> None:
    assert pair_targets(formats, outputs) == tuple(Target(*pair) for pair in expected)


@pytest.mark.parametrize(
    ("formats", "outputs"), [(["json", "sarif", "text"], ["a"]), ([], ["a.unknown"]), (["json", "text"], ["a", "a"])]
)
def test_what_cannot_be_told_is_refused(formats: list[str], outputs: list[str]) -> None:
    with pytest.raises(UsageError):
        pair_targets(formats, outputs)


def test_a_failing_write_leaves_the_old_file(tmp_path) -> None:
    file = tmp_path / "report.json"
    file.write_text("old")

    def write_half() -> None:
        with written_whole(file) as stream:
            stream.write(b"half")
            raise KeyError

    with pytest.raises(KeyError):
        write_half()
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_private_files_are_for_the_owner_alone(tmp_path) -> None:
    write_whole(tmp_path / "s", "x", mode=PRIVATE)
    assert (tmp_path / "s").stat().st_mode & 0o777 == 0o600


def test_folder_that_is_not_there_is_a_usage_error(tmp_path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        write_whole(tmp_path / "no" / "s", "x")


def test_what_is_no_file_is_written_to_and_never_replaced(tmp_path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(pipe, "through")
        assert os.read(reader, 100) == b"through"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_link_is_followed(tmp_path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write_whole(tmp_path / "link", "x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "x"
