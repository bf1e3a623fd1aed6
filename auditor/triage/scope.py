"""Which objects a finding is about, as far as a comparison or a waiver must know."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.model import Ref
from auditor.model.vocabulary import Kind, is_on_kind

_CONTAINERS = (Kind.SITE, Kind.PROJECT)


def concerned(subject: Ref, affected: Iterable[Ref], natives: Iterable[str]) -> frozenset[Ref]:
    """The objects that hold the exposure.

    The subject of a finding is its root cause. A project or site that stands there only as the cause does not count:
    that is certain only where its kind cannot have any of the capabilities; in doubt it counts.
    """
    followers = frozenset(affected)
    held = tuple(natives)
    if (
        subject.kind in _CONTAINERS
        and followers
        and held
        and not any(is_on_kind(n, subject.kind) is not False for n in held)
    ):
        return followers
    return followers | {subject}
