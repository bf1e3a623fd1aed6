"""Downloads and their older versions."""

from __future__ import annotations

import re
from typing import Any

from tests.emulator import evaluate
from tests.emulator.calls import Answer, Call
from tests.emulator.content import Content, Datasource, Flow, Revision, Workbook
from tests.emulator.endpoints.content import S, visible
from tests.emulator.errors import Refusal
from tests.emulator.paging import page
from tests.emulator.xml import el


def _download(thing: Content, content: bytes) -> Answer:
    name = thing.file_name or f"{thing.name}.{thing.file_type}"
    plain = re.sub(r'[^\x20-\x7e]|["\\]', "_", name)
    disposition = f'attachment; filename="{plain}"'
    return Answer(body=content, content_type="application/octet-stream", headers={"Content-Disposition": disposition})


def _may_download(call: Call, thing: Content) -> None:
    if not call.is_admin and not evaluate.can(call.user, thing, "ExportXml"):
        raise Refusal("403004", "The user does not have permission to perform this operation.")


def content(call: Call, site: str, luid: str, *, kind: type[Content]) -> Answer:
    thing = visible(call, kind, luid)
    _may_download(call, thing)
    if thing.content is None:
        raise Refusal("404003", f"The file of '{thing.luid}' could not be found.")
    return _download(thing, thing.content)


def _revision(found: Revision, *, current: bool) -> str:
    person = found.publisher
    publisher = el("publisher", {"id": person.luid, "name": person.name}) if person is not None else ""
    return el(
        "revision",
        {"publishedAt": found.published, "revisionNumber": found.number, "current": current, "deleted": False},
        publisher,
    )


def revisions(call: Call, site: str, luid: str, *, kind: type[Content]) -> Answer:
    thing = visible(call, kind, luid)
    _may_download(call, thing)
    return page(call, "revisions", thing.revisions, lambda r: _revision(r, current=r is thing.revisions[-1]))


def revision_content(call: Call, site: str, luid: str, number: str, *, kind: type[Content]) -> Answer:
    thing = visible(call, kind, luid)
    _may_download(call, thing)
    found = next((r for r in thing.revisions if str(r.number) == number), None)
    if found is None:
        raise Refusal("404003", f"Revision {number} could not be found.")
    return _download(thing, found.content)


_KINDS: tuple[tuple[str, type[Content]], ...] = (("workbooks", Workbook), ("datasources", Datasource), ("flows", Flow))

ROUTES: tuple[tuple[str, str, Any, dict[str, Any]], ...] = (
    *((f"{S}{address}/([^/]+)/content", "2.0", content, {"kind": kind}) for address, kind in _KINDS),
    *((f"{S}{address}/([^/]+)/revisions", "2.3", revisions, {"kind": kind}) for address, kind in _KINDS),
    *(
        (f"{S}{address}/([^/]+)/revisions/(\\d+)/content", "2.3", revision_content, {"kind": kind})
        for address, kind in _KINDS
    ),
)
