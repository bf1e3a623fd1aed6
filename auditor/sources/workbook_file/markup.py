"""Hostile XML to a plain element tree: no entities, no network, no DTD, bounded size, feature-flag names undone.

Traps from real files: reference/tsc-wire-and-files.md, section 2.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.sources.workbook_file.limits import Limits
from auditor.sources.workbook_file.refusal import RefusedError

if TYPE_CHECKING:
    from lxml import etree

#: `_.fcp.<Flag>.<true|false>...` may stand several times before a name.
_FLAG = re.compile(r"^(?:_\.fcp\.[^.]+\.(?:true|false)\.\.\.)+")
_ENCODING = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._\-]+)["']""")
_ENCODINGS = frozenset(
    {"utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "us-ascii", "ascii", "iso-8859-1", "latin1"}
    | {f"windows-125{n}" for n in range(9)}
)
_PROLOG_BYTES = 64 * 1024
#: libxml2's number for "namespace prefix is not defined": the element or attribute is kept, so nothing is lost.
_UNDEFINED_PREFIX = 201
_ROOTS = frozenset({"workbook", "datasource"})


@dataclass(frozen=True, slots=True)
class Markup:
    """A parsed document. `repaired` says what a recovering parser had to do; `lossy` that content may be missing."""

    root: etree._Element
    repaired: str | None = None
    lossy: bool = False


def parse(data: bytes, limits: Limits) -> Markup:
    """The tree of a .twb or .tds, names normalised. Raises `RefusedError` for what must not or cannot be parsed."""
    from lxml import etree

    _check_prolog(data, limits)
    try:
        markup = Markup(_build(data, limits, recover=False)[0])
    except etree.XMLSyntaxError as error:
        markup = _recovered(data, limits, error)
    if markup.root.getroottree().docinfo.internalDTD is not None:
        raise RefusedError("the document brings its own DTD, which Tableau never writes")
    _undo_flags(markup.root)
    if markup.root.tag not in _ROOTS:
        raise RefusedError(
            f"the document is not a Tableau workbook or data source (its root is <{_short(markup.root)}>)"
        )
    return markup


def _check_prolog(data: bytes, limits: Limits) -> None:
    if len(data) > limits.document_bytes:
        raise RefusedError(f"the document is larger than {limits.document_bytes} bytes")
    if not data.strip(b"\x00 \t\r\n"):
        raise RefusedError("the document is empty")
    head = data[:_PROLOG_BYTES].replace(b"\x00", b"").removeprefix(b"\xef\xbb\xbf").lstrip(b"\xff\xfe \t\r\n")
    declared = _ENCODING.match(head)
    if declared and declared[1].decode("ascii").lower() not in _ENCODINGS:
        raise RefusedError(f"the document declares the encoding {declared[1].decode('ascii')}, which is not supported")
    place = 0
    while place < len(head):
        rest = head[place:]
        if rest.startswith(b"<?"):
            end = rest.find(b"?>")
        elif rest.startswith(b"<!--"):
            end = rest.find(b"-->") + 1
        elif rest[:2] == b"<!":
            raise RefusedError("the document has a DOCTYPE, which Tableau never writes; entities are not resolved")
        else:
            return
        if end <= 0:
            return
        place += end + 2
        place += len(head[place:]) - len(head[place:].lstrip())


def _build(data: bytes, limits: Limits, *, recover: bool) -> tuple[etree._Element, frozenset[int]]:
    """The tree, and the numbers of the errors that a recovering parser met."""
    from lxml import etree

    steps = etree.iterparse(
        io.BytesIO(data),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=recover,
        remove_comments=True,
        remove_pis=True,
    )
    depth = count = 0
    for event, element in steps:
        if event == "end":
            depth -= 1
            if element.tag == "thumbnail":
                element.text = None  # a picture in base64: a third of many documents, and of no use here
            continue
        depth += 1
        count += 1
        if count > limits.elements:
            raise RefusedError(f"the document has more than {limits.elements} elements")
        if depth > limits.depth:
            raise RefusedError(f"the document nests deeper than {limits.depth} levels")
        if element.attrib and max(map(len, element.attrib.values())) > limits.attribute_bytes:
            raise RefusedError(f"the document has an attribute longer than {limits.attribute_bytes} bytes")
    if steps.root is None:
        raise RefusedError("the document holds no XML element")
    return steps.root, frozenset(entry.type for entry in steps.error_log)


def _recovered(data: bytes, limits: Limits, error: etree.XMLSyntaxError) -> Markup:
    from lxml import etree

    try:
        root, errors = _build(data, limits, recover=True)
    except etree.XMLSyntaxError as again:
        raise RefusedError(f"the document is not XML ({_plain(again)})") from None
    harmless = errors == {_UNDEFINED_PREFIX}
    where = f"line {error.lineno}" if error.lineno else "its start"
    what = "uses a namespace prefix that is not declared" if harmless else "is not well-formed"
    return Markup(root, f"the XML {what} ({where}); it was read with a recovering parser", lossy=not harmless)


def _plain(error: etree.XMLSyntaxError) -> str:
    return f"line {error.lineno}" if error.lineno else "no line"


def _short(root: etree._Element) -> str:
    return str(root.tag)[:40]


def _undo_flags(root: etree._Element) -> None:
    """Rename `_.fcp.Flag.true...name` elements and attributes to `name`; drop namespaces of attributes.

    Both variants of a flag stay: an auditor wants the union of what any version of the product would read.
    """
    for element in root.iter():
        tag = element.tag
        if not isinstance(tag, str):
            continue
        if tag.startswith("_.fcp."):
            element.tag = _FLAG.sub("", tag) or tag
        for key in list(element.attrib):
            plain = _plain_attribute(key)
            if plain == key:
                continue
            value = element.attrib.pop(key)
            if plain not in element.attrib or ".true..." in key:
                element.set(plain, value)


def _plain_attribute(key: str) -> str:
    if key[0] == "{":
        key = key.partition("}")[2]
    elif ":" in key:
        key = key.partition(":")[2] or key
    return _FLAG.sub("", key) if key.startswith("_.fcp.") else key
