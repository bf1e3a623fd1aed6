"""What changed between two snapshots or reports: for a terminal, for programs, for a comment on a pull request."""

# ruff: noqa: D102 - the protocols' members are the fields of triage.diff

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from textwrap import wrap
from types import MappingProxyType
from typing import Protocol

from auditor.errors import UsageError
from auditor.report.render.as_json import escaped
from auditor.report.render.clean import clean, count, cut
from auditor.report.render.markdown import code, escape
from auditor.report.render.options import RenderOptions

MARKER = "<!-- bi-auditor-diff -->"
_TITLES = MappingProxyType(
    {
        "gained": "Access gained",
        "setting": "Site settings",
        "new": "New",
        "wider": "Wider",
        "columns": "Columns added below what the public can view",
        "membership": "Group members",
        "role": "Site roles",
        "lock": "Project locks",
        "template": "Project templates",
        "moved": "Moved",
        "owner": "Owners",
        "renamed": "Renamed",
        "lost": "Access lost",
        "narrower": "Narrower",
        "gone": "Gone",
    }
)


class ChangeLike(Protocol):
    """One change."""

    @property
    def kind(self) -> str: ...
    @property
    def sentence(self) -> str: ...
    @property
    def object_kind(self) -> str: ...
    @property
    def object_id(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def principal(self) -> str: ...
    @property
    def capabilities(self) -> Sequence[str]: ...
    @property
    def followers(self) -> Sequence[str]: ...
    @property
    def cause(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...


class SideLike(Protocol):
    """One of the two sides."""

    @property
    def server(self) -> str: ...
    @property
    def site(self) -> str: ...
    @property
    def when(self) -> str: ...
    @property
    def complete(self) -> bool: ...


class DiffLike(Protocol):
    """All changes, as `triage.diff` finds them."""

    @property
    def of(self) -> str: ...
    @property
    def old(self) -> SideLike: ...
    @property
    def new(self) -> SideLike: ...
    @property
    def changes(self) -> Sequence[ChangeLike]: ...
    @property
    def unchanged(self) -> Mapping[str, int]: ...
    @property
    def untold(self) -> Sequence[str]: ...


def render_changes(diff: DiffLike, name: str, options: RenderOptions | None = None) -> str:
    """The changes in the format `name`: text, json or markdown. Raises `UsageError` for another."""
    renderer = CHANGES.get(name)
    if renderer is None:
        raise UsageError(f"Changes cannot be shown as {name!r}.", next_step=f"Use one of: {', '.join(CHANGES)}.")
    return renderer(diff, options or RenderOptions())


def _headline(diff: DiffLike) -> str:
    when = " → ".join(clean(side.when) for side in (diff.old, diff.new) if side.when)
    return count(len(diff.changes), "change") + (f" ({when})" if when else "")


def _groups(diff: DiffLike) -> list[tuple[str, list[ChangeLike]]]:
    return [
        (_TITLES.get(kind, clean(kind)), list(group))
        for kind, group in groupby(diff.changes, key=lambda c: str(c.kind))
    ]


def _text(diff: DiffLike, options: RenderOptions) -> str:
    lines = [_headline(diff), ""]
    for title, group in _groups(diff):
        lines.append(f"{title}: {len(group):,}")
        for change in group:
            lines += wrap(clean(change.sentence), options.width, initial_indent="  ", subsequent_indent="    ")
            if change.path and "/" in change.path:
                lines.append(cut(f"    {clean(change.object_kind)} {clean(change.path)}", options.width))
        lines.append("")
    if diff.untold:
        lines.append(f"What cannot be told: {len(diff.untold)}")
        for sentence in diff.untold:
            lines += wrap(clean(sentence), options.width, initial_indent="  ", subsequent_indent="    ")
        lines.append("")
    lines.append(
        " · ".join(
            [f"{number:,} {clean(what)}" for what, number in diff.unchanged.items()] or ["nothing else compared"]
        )
    )
    return "\n".join(lines) + "\n"


def _json(diff: DiffLike, options: RenderOptions) -> str:
    del options
    data = {
        "schema_version": "1",
        "of": diff.of,
        "old": _side(diff.old),
        "new": _side(diff.new),
        "changes": [_change(change) for change in diff.changes],
        "unchanged": dict(diff.unchanged),
        "untold": list(diff.untold),
    }
    return escaped(json.dumps(data, ensure_ascii=False, indent=2)) + "\n"


def _side(side: SideLike) -> dict[str, object]:
    return {"server": side.server, "site": side.site, "when": side.when or None, "complete": side.complete}


def _change(change: ChangeLike) -> dict[str, object]:
    told: dict[str, object] = {
        "kind": str(change.kind),
        "sentence": change.sentence,
        "object": {"kind": str(change.object_kind), "id": change.object_id, "path": change.path},
    }
    more = {
        "principal": change.principal,
        "capabilities": list(change.capabilities),
        "followers": list(change.followers),
        "cause": change.cause,
        "rule": change.rule,
        "severity": change.severity,
        "fingerprint": change.fingerprint,
    }
    return {**told, **{key: value for key, value in more.items() if value}}


def _markdown(diff: DiffLike, options: RenderOptions) -> str:
    """Whole lines until the size limit; what is left out is counted."""
    untold = [f"- ⚠️ {escape(sentence)}" for sentence in diff.untold]
    lines = [MARKER, f"## bi-auditor: {escape(_headline(diff))}", "", *untold]
    for title, group in _groups(diff):
        lines += ["", f"### {title}: {len(group):,}", ""]
        lines += [
            f"- {escape(change.sentence)}" + (f" {code(change.path)}" if "/" in change.path else "") for change in group
        ]
    lines += ["", " · ".join(f"{number:,} {escape(what)}" for what, number in diff.unchanged.items())]
    size, kept = 0, 0
    for line in lines:
        size += len(line) + 1
        if size > options.max_chars - 200:
            break
        kept += 1
    left = len(lines) - kept
    tail = (
        [f"… and {count(left, 'more line')} left out: the comment is limited to {options.max_chars:,} characters."]
        if left
        else []
    )
    return "\n".join([*lines[:kept], *tail]) + "\n"


CHANGES: Mapping[str, Callable[[DiffLike, RenderOptions], str]] = MappingProxyType(
    {"text": _text, "json": _json, "markdown": _markdown}
)
