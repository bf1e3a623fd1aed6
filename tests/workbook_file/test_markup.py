"""Hostile and odd XML: refused with a sentence, or read with a note; never resolved, never expanded."""

from __future__ import annotations

import pytest

from auditor.sources.workbook_file.limits import Limits
from auditor.sources.workbook_file.markup import parse
from auditor.sources.workbook_file.refusal import RefusedError

LIMITS = Limits(document_bytes=2_000_000, elements=1_000, depth=50, attribute_bytes=10_000)


def refusal(data: bytes) -> str:
    with pytest.raises(RefusedError) as caught:
        parse(data, LIMITS)
    return caught.value.reason


BOMB = b"""<?xml version='1.0'?><!-- <a> --><!DOCTYPE workbook [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><workbook a='&c;'>&c;</workbook>"""
EXTERNAL = (
    b"<?xml version='1.0'?>\n<!DOCTYPE workbook [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><workbook>&x;</workbook>"
)


@pytest.mark.parametrize("data", [BOMB, EXTERNAL, EXTERNAL.decode().encode("utf-16"), b"\xef\xbb\xbf" + EXTERNAL])
def test_a_doctype_is_refused_before_it_is_parsed(data: bytes) -> None:
    assert "DOCTYPE" in refusal(data)


def test_a_comment_that_speaks_of_a_doctype_is_no_doctype() -> None:
    assert parse(b"<!-- <!DOCTYPE x> --><workbook/>", LIMITS).root.tag == "workbook"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"no markup at all", "no XML element"),
        (b"<html><body/></html>", "not a Tableau"),
        (b"<workbook>" + b"<a>" * 60 + b"</a>" * 60 + b"</workbook>", "deeper than 50"),
        (b"<workbook>" + b"<a/>" * 1_001 + b"</workbook>", "more than 1000 elements"),
        (b"<workbook a='" + b"x" * 10_001 + b"'/>", "attribute longer"),
        (b"<workbook>" + b" " * 2_000_000 + b"</workbook>", "larger than"),
        (b"<?xml version='1.0' encoding='utf-7'?><workbook/>", "encoding utf-7"),
        (b"\x00" * 100, "empty"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(data: bytes, words: str) -> None:
    assert words in refusal(data)


def test_an_undeclared_prefix_loses_nothing() -> None:
    found = parse(b"<datasource><column name='[a]' user:auto-column='x'/></datasource>", LIMITS)
    assert found.repaired is not None
    assert not found.lossy
    column = found.root.find("column")
    assert column is not None
    assert dict(column.attrib) == {"name": "[a]", "auto-column": "x"}


def test_a_document_that_breaks_off_is_read_as_far_as_it_goes_and_said_to_be_lossy() -> None:
    found = parse(b"<workbook><datasources><datasource name='a'><column name='[b]'/>", LIMITS)
    assert found.lossy
    assert found.root.find("datasources/datasource/column") is not None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_encodings_that_are_declared(encoding: str) -> None:
    text = f"<?xml version='1.0' encoding='{encoding}'?><datasource caption='Straße'/>"
    assert parse(text.encode(encoding), LIMITS).root.get("caption") == "Straße"


def test_bytes_that_are_not_the_declared_encoding_do_not_stop_it() -> None:
    found = parse(
        "<?xml version='1.0' encoding='utf-8'?><datasource caption='Straße'><column/></datasource>".encode("latin-1"),
        LIMITS,
    )
    assert found.repaired


def test_feature_flags_become_plain_names_and_both_variants_stay() -> None:
    found = parse(
        b"<datasource><_.fcp.A.false...relation name='old'/><_.fcp.A.true..._.fcp.B.false...relation name='new'/>"
        b"<extract _.fcp.X.true...object-id='yes' _.fcp.X.false...object-id='no'/></datasource>",
        LIMITS,
    )
    assert [item.get("name") for item in found.root.findall("relation")] == ["old", "new"]
    extract = found.root.find("extract")
    assert extract is not None
    assert extract.get("object-id") == "yes"
