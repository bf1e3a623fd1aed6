"""What would turn an answer round: what would have stopped a yes, and what stands between a no and a yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.access.ceilings import Ceiling, Role, ceiling
from auditor.access.decision import Decision, Outcome, Reason
from auditor.access.frame import Frame
from auditor.access.membership import Standing
from auditor.access.rules import LEADER_CAPABILITIES, CapabilityRules
from auditor.access.switches import Gate, switches_for
from auditor.access.words import Words
from auditor.model import Grantee, Ref

if TYPE_CHECKING:
    from auditor.access.engine import Access


def changes_of(access: Access, decision: Decision, frame: Frame, bearer: Ref) -> tuple[str, ...]:
    """Sentences, one a change (for a yes, each of them is enough; for a no, all of them are needed)."""
    words, standing = access.words, access.standing(decision.principal)
    switches = switches_for(access.snapshot, standing, decision.capability)
    label = words.capability(decision.capability, bearer.kind)
    match decision.outcome:
        case Outcome.ALLOW:
            stops = [f"Switching {switch.setting} off." for switch in switches if switch.gate is Gate.OPEN]
            return (*stops, *_stops(decision, frame, standing, words, label))
        case Outcome.DENY:
            needs = [f"{switch.setting} would have to be on." for switch in switches if switch.gate is Gate.CLOSED]
            needs += [f"{switch.words}" for switch in switches if switch.gate is Gate.ABSENT]
            needs += _needs(access, decision, frame, bearer, label)
            count = (
                f"{len(needs)} thing{'s' * (len(needs) != 1)} stand{'s' * (len(needs) == 1)} between this and a yes:"
            )
            return (count, *needs) if needs else ()
        case Outcome.UNKNOWN:
            return (f"Read {', '.join(decision.unread)}: that settles it.",)


def _stops(decision: Decision, frame: Frame, standing: Standing, words: Words, label: str) -> list[str]:
    where = words.thing(frame.sources[0])
    match decision.reason:
        case Reason.GROUP_ALLOW:
            allows = _mine(standing, _rules(frame, decision.capability).group_allow)
            gone = f"Taking away “{label}” from {_list(words, allows)} on {where}"
            gone += " (all of them)." if len(allows) > 1 else "."
            return [gone, f"A Deny of “{label}” on {where} for any group that this principal is in."]
        case Reason.USER_RULE:
            return [
                f"Taking away the user's own rule on {where}. A Deny for a group would not: the user's own rule wins."
            ]
        case Reason.ADMIN:
            return ["Another site role: no rule binds an administrator."]
        case Reason.OWNER:
            return ["Another owner, or a site role that cannot hold it: no rule binds the owner."]
        case Reason.PROJECT_OWNER | Reason.PROJECT_LEADER:
            what = "owner" if decision.reason == Reason.PROJECT_OWNER else "leaders"
            return [f"Changing the {what} of {words.thing(decision.cause)}: no rule on the content binds them."]
        case _:
            return []


def _needs(access: Access, decision: Decision, frame: Frame, bearer: Ref, label: str) -> list[str]:
    standing, words = access.standing(decision.principal), access.words
    grant = access.grant(decision.principal, decision.ref, decision.capability)
    if grant.outcome is Outcome.ALLOW:
        return []
    role = standing.role
    if role is not None and ceiling(role, bearer.kind, decision.capability) is Ceiling.NO:
        named = words.role(decision.principal, role)
        lacking = _needs_of_rules(frame, standing, words, decision.capability, label) if role is not Role.NONE else []
        return [f"The site role {named} would have to be one that can hold “{label}”.", *lacking]
    match grant.reason:
        case Reason.OWNER_IN_LOCKED_PROJECT:
            return [f"{words.thing(frame.sources[0])} would have to be unlocked."]
        case Reason.PERSONAL_SPACE:
            return ["It would have to be moved out of the personal space, into a project."]
        case _:
            return _needs_of_rules(frame, standing, words, decision.capability, label)


def _needs_of_rules(frame: Frame, standing: Standing, words: Words, capability: str, label: str) -> list[str]:
    if frame.core.governing[0].rules is None:
        return []
    if capability in LEADER_CAPABILITIES:
        return ["The principal would have to be made Project Leader."]
    rules, where = _rules(frame, capability), words.thing(frame.sources[0])
    if denied := _mine(standing, rules.user_deny):
        return [f"The Deny for {_list(words, denied)} on {where} would have to go, and an Allow to come in its place."]
    if _mine(standing, rules.user_allow):
        return []
    denied, allowed = _mine(standing, rules.group_deny), _mine(standing, rules.group_allow)
    needs = [f"The Deny for {_list(words, denied)} on {where} would have to go."] if denied else []
    if not allowed:
        needs.append(f"“{label}” would have to be allowed on {where}, to the principal or a group that it is in.")
    return needs


def _rules(frame: Frame, capability: str) -> CapabilityRules:
    rules = frame.core.governing[0].rules
    return rules.of(capability) if rules is not None else CapabilityRules()


def _mine(standing: Standing, grantees: tuple[Grantee, ...]) -> tuple[Grantee, ...]:
    return tuple(grantee for grantee in grantees if standing.holds(grantee))


def _list(words: Words, grantees: tuple[Grantee, ...]) -> str:
    return " and ".join(words.grantee(grantee) for grantee in grantees)
