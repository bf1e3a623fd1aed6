"""Which objects a finding is about, as far as a comparison or a waiver must know."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.model import Ref
from auditor.model.vocabulary import OUTCOMES, Kind, is_on_kind

_CONTAINERS = (Kind.SITE, Kind.PROJECT)


def concerned(subject: Ref, affected: Iterable[Ref], natives: Iterable[str]) -> frozenset[Ref]:
    """The objects that hold the exposure.

    The subject of a finding is its root cause. A project or site that stands there only as the cause does not count:
    that is certain only where its kind cannot have any of the capabilities; in doubt it counts.
    """
    followers = frozenset(affected)
    held = tuple(natives)
    only_cause = subject.kind in _CONTAINERS and bool(held) and not any(_may_hold(subject.kind, name) for name in held)
    return followers if only_cause and followers else followers | {subject}


def _may_hold(kind: Kind, native: str) -> bool:
    """Could an object of the kind have the capability? Outcomes are of content only."""
    return native not in OUTCOMES and is_on_kind(native, kind) is not False
