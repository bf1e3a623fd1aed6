"""What need not be compared: objects whose inputs are as before, and answers that are alike to those compared before."""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.access import Access, Principal
from auditor.model import Kind, Project, Ref, RuleSet, Snapshot, Subject, project_chain


@dataclass(slots=True)
class Changed:
    """Which objects have other inputs than before; pairs of chains of projects are compared once."""

    old: Snapshot
    new: Snapshot
    _chains: dict[tuple[str | None, str | None], bool] = field(default_factory=dict)

    def inputs_of(self, ref: Ref) -> bool:
        """Did anything of an object, or above it, change that its access depends on?"""
        then, now = self.old.subject(ref), self.new.subject(ref)
        if then is None or now is None:
            return then is not now
        if _inputs(self.old, then) != _inputs(self.new, now):
            return True
        return self._chain(_home(self.old, then), _home(self.new, now))

    def _chain(self, then: str | None, now: str | None) -> bool:
        key = (then, now)
        if key not in self._chains:
            self._chains[key] = _chain_inputs(self.old, then) != _chain_inputs(self.new, now)
        return self._chains[key]


@dataclass(slots=True)
class Quiet:
    """Comparisons that came to nothing, by what the answers hang on: what is alike on both sides need not be repeated."""

    before: Access
    after: Access
    _known: set[tuple[object, ...]] = field(default_factory=set)

    def knows(self, principal: Principal, ref: Ref) -> bool:
        """Did the same comparison come to nothing before?"""
        key = self._key(principal, ref)
        return key is not None and key in self._known

    def learn(self, principal: Principal, ref: Ref) -> None:
        """The comparison came to nothing."""
        key = self._key(principal, ref)
        if key is not None:
            self._known.add(key)

    def _key(self, principal: Principal, ref: Ref) -> tuple[object, ...] | None:
        then, now = self.before.likeness(principal, ref), self.after.likeness(principal, ref)
        return None if then is None or now is None else (principal, then, now)


def _home(snapshot: Snapshot, subject: Subject) -> str | None:
    """The project whose chain bears on a subject."""
    return subject.id if isinstance(subject, Project) else snapshot.project_of(subject)


def _inputs(snapshot: Snapshot, subject: Subject) -> object:
    """Everything of an object itself that its access depends on."""
    own: tuple[object, ...] = (subject.owner_id, snapshot.rules.get(subject.ref))
    if isinstance(subject, Project):
        return own
    parent = snapshot.parent_of(subject)
    above = (parent.owner_id, parent.tabs_shown, snapshot.rules.get(parent.ref)) if parent is not None else None
    return own, subject.tabs_shown, subject.personal_space, above


def _chain_inputs(snapshot: Snapshot, project_id: str | None) -> tuple[object, ...]:
    """A project and those above it, with what they hold in rules and templates."""
    return tuple(
        (p.id, p.lock, p.owner_id, p.controlling_id, snapshot.rules.get(p.ref), _templates(snapshot, p.id))
        for p in project_chain(snapshot, project_id)
    )


def _templates(snapshot: Snapshot, project_id: str) -> tuple[RuleSet | None, ...]:
    return tuple(snapshot.default_rules.get((project_id, kind)) for kind in Kind)
