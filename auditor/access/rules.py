"""Rule sets, sorted by capability once: equal sets are compiled once however many objects carry them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from auditor.model import Grantee, GranteeKind, Mode, RuleSet

#: Capabilities that stand for leadership of a project (tableau-access.md, 1.1 and 2.3).
LEADER: Final = "ProjectLeader"
INHERITED_LEADER: Final = "InheritedProjectLeader"
LEADER_CAPABILITIES: Final = frozenset({LEADER, INHERITED_LEADER})


@dataclass(frozen=True, slots=True)
class CapabilityRules:
    """The rules of one capability. A grantee with an Allow and a Deny counts as denied (case 77)."""

    user_allow: tuple[Grantee, ...] = ()
    user_deny: tuple[Grantee, ...] = ()
    group_allow: tuple[Grantee, ...] = ()
    group_deny: tuple[Grantee, ...] = ()

    @property
    def grantees(self) -> tuple[Grantee, ...]:
        """Everybody whom a rule of this capability names."""
        return self.user_allow + self.user_deny + self.group_allow + self.group_deny


NO_RULES: Final = CapabilityRules()


@dataclass(frozen=True, slots=True, eq=False)
class CompiledRules:
    """A rule set by capability. `leaders`: ProjectLeader or InheritedProjectLeader allowed (a legacy Deny is ignored)."""

    number: int
    rules: RuleSet
    by_capability: dict[str, CapabilityRules]
    leaders: tuple[Grantee, ...]
    inherited: tuple[Grantee, ...]

    def of(self, capability: str) -> CapabilityRules:
        """The rules of one capability; empty where none names it."""
        return self.by_capability.get(capability, NO_RULES)


@dataclass(slots=True)
class RuleBook:
    """Compiles rule sets and keeps one for all that are equal."""

    _by_set: dict[RuleSet, CompiledRules] = field(default_factory=dict)
    _by_identity: dict[int, CompiledRules] = field(default_factory=dict)

    def compiled(self, rules: RuleSet) -> CompiledRules:
        """The compiled form; the same object for equal sets. `rules` must outlive the book (it is of the snapshot)."""
        known = self._by_identity.get(id(rules))
        if known is None:
            known = self._by_set.get(rules)
            if known is None:
                known = compile_rules(rules, number=len(self._by_set))
                self._by_set[rules] = known
            self._by_identity[id(rules)] = known
        return known


def compile_rules(rules: RuleSet, *, number: int) -> CompiledRules:
    """Sort a rule set by capability."""
    names = dict.fromkeys(rule.capability for rule in rules.rules)
    table: dict[str, list[tuple[Grantee, Mode]]] = {name: [] for name in names}
    for rule in rules.rules:
        table[rule.capability].append((rule.grantee, rule.mode))
    return CompiledRules(
        number=number,
        rules=rules,
        by_capability={name: _capability_rules(pairs) for name, pairs in table.items()},
        leaders=_allowed(table, (LEADER, INHERITED_LEADER)),
        inherited=_allowed(table, (INHERITED_LEADER,)),
    )


def _capability_rules(pairs: Sequence[tuple[Grantee, Mode]]) -> CapabilityRules:
    denied = {grantee for grantee, mode in pairs if mode is Mode.DENY}
    allowed = {grantee for grantee, mode in pairs if mode is Mode.ALLOW} - denied
    return CapabilityRules(
        user_allow=tuple(sorted(g for g in allowed if g.kind is GranteeKind.USER)),
        user_deny=tuple(sorted(g for g in denied if g.kind is GranteeKind.USER)),
        group_allow=tuple(sorted(g for g in allowed if g.kind is not GranteeKind.USER)),
        group_deny=tuple(sorted(g for g in denied if g.kind is not GranteeKind.USER)),
    )


def _allowed(table: dict[str, list[tuple[Grantee, Mode]]], names: tuple[str, ...]) -> tuple[Grantee, ...]:
    found = {grantee for name in names for grantee, mode in table.get(name, ()) if mode is Mode.ALLOW}
    return tuple(sorted(found))
