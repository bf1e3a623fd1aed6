"""The steps behind the answer on one capability: switches, role, standing, what governs, which rules, what outweighs what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.access.ceilings import Ceiling, Role, ceiling
from auditor.access.changes import changes_of
from auditor.access.decision import Decision, Outcome
from auditor.access.explain import Effect, Step
from auditor.access.frame import Frame, Governing
from auditor.access.governing import LOCK_WORDS, UNREADABLE
from auditor.access.membership import Standing
from auditor.access.rules import LEADER_CAPABILITIES
from auditor.access.switches import Gate, switches_for
from auditor.access.words import PLURALS, Words
from auditor.model import Grantee, Kind, Ref
from auditor.model.vocabulary import is_on_kind

if TYPE_CHECKING:
    from auditor.access.engine import Access


@dataclass(frozen=True, slots=True)
class Case:
    """One question with all that bears on it."""

    access: Access
    decision: Decision
    bearer: Ref
    frame: Frame
    standing: Standing
    words: Words

    @property
    def capability(self) -> str:
        """The server's name of what is asked for."""
        return self.decision.capability

    @property
    def label(self) -> str:
        """The same in the words of Tableau's dialogue."""
        return self.words.capability(self.capability, self.bearer.kind)

    @property
    def who(self) -> str:
        """Who asks, as the subject of a sentence."""
        return self.words.principal(self.decision.principal)


def changes(access: Access, decision: Decision) -> tuple[str, ...]:
    """What would turn the answer round."""
    bearer = access.bearer(decision.ref, decision.capability)
    if is_on_kind(decision.capability, bearer.kind) is False:
        return ()
    return changes_of(access, decision, access.frames.of(bearer), bearer)


def story(access: Access, decision: Decision) -> tuple[Step, ...]:
    """The steps."""
    bearer = access.bearer(decision.ref, decision.capability)
    case = Case(access, decision, bearer, access.frames.of(bearer), access.standing(decision.principal), access.words)
    if is_on_kind(decision.capability, bearer.kind) is False:
        kind = PLURALS.get(decision.ref.kind, decision.ref.kind.value)
        return (Step("capability", Effect.DENIES, f"There is no “{case.label}” on {kind}."),)
    steps = [*_switches(case), _role(case)]
    if bearer != decision.ref:
        steps.append(Step("bearer", Effect.NOTES, f"It is the workbook's: {case.words.thing(bearer)}.", bearer))
    if _role_decides(case):
        return tuple(steps)
    standing = _standing(case)
    steps += standing
    if any(step.effect in (Effect.ALLOWS, Effect.DENIES) for step in standing):
        return tuple(steps)  # standing settles the matter, so that rules need no mention
    for governing, source in zip(case.frame.core.governing, case.frame.sources, strict=True):
        steps += _governing(case, governing, source)
        steps += _rules(case, governing, source)
    steps += [Step("note", Effect.NOTES, note) for note in case.frame.notes]
    return tuple(steps)


def _switches(case: Case) -> list[Step]:
    effects = {
        Gate.OPEN: Effect.PASSES,
        Gate.CLOSED: Effect.DENIES,
        Gate.UNKNOWN: Effect.OPEN,
        Gate.ABSENT: Effect.DENIES,
    }
    found = switches_for(case.access.snapshot, case.standing, case.capability)
    steps = [Step("switch", effects[switch.gate], switch.words) for switch in found]
    if case.standing.is_guest and found[0].gate is Gate.OPEN:
        steps.append(
            Step("switch", Effect.NOTES, "The server's own switch for Guest cannot be read; it is taken to be on.")
        )
    return steps


def _role(case: Case) -> Step:
    role, word = case.standing.role, case.words.role(case.decision.principal, case.standing.role)
    if role is None:
        return Step("role", Effect.OPEN, f"The site role ({word}) could be any: what it can hold is not known.")
    if role is Role.ADMIN:
        return Step("role", Effect.ALLOWS, f"{word} is an administrator: rules do not bind administrators.")
    match ceiling(role, case.bearer.kind, case.capability):
        case Ceiling.YES:
            return Step("role", Effect.PASSES, f"The site role {word} can hold “{case.label}”.")
        case Ceiling.NO:
            return Step(
                "role", Effect.DENIES, f"The site role {word} can never hold “{case.label}” here, whatever rules say."
            )
        case Ceiling.UNVERIFIED:
            text = f"Whether the site role {word} can hold “{case.label}” is not documented; it is assumed that it can."
            return Step("role", Effect.PASSES, text)


def _role_decides(case: Case) -> bool:
    role = case.standing.role
    if role is None:
        return False
    return role is Role.ADMIN or ceiling(role, case.bearer.kind, case.capability) is Ceiling.NO


def _standing(case: Case) -> list[Step]:
    core, standing = case.frame.core, case.standing
    steps: list[Step] = []
    for project, leaders in zip(core.chain.projects, core.chain.leaders, strict=True):
        name = case.words.thing(project.ref)
        if project.owner_id in standing.ids:
            text = f"Owns {name}, and so holds everything on all content in and below it."
            return [Step("standing", Effect.ALLOWS, text, project.ref)]
        for grantee in leaders:
            if standing.holds(grantee):
                text = f"Leads {name} through {case.words.grantee(grantee)} (Project Leader), with everything below it."
                return [Step("standing", Effect.ALLOWS, text, project.ref)]
    if unread := core.chain.unread_for(standing):
        what = ", ".join(sorted(unread))
        steps.append(
            Step("standing", Effect.OPEN, f"Who owns or leads the projects above was not read in full ({what}).")
        )
    steps += _ownership(case)
    if not steps:
        steps.append(Step("standing", Effect.NOTES, _no_standing(case)))
    return steps


def _ownership(case: Case) -> list[Step]:
    from auditor.access.engine import owns

    owned = owns(case.standing, case.frame)
    if owned is None:
        return [Step("standing", Effect.OPEN, "Who owns it was not read, or is told in two ways.", case.bearer)]
    if not owned or case.capability in LEADER_CAPABILITIES:
        return []
    locked = {governing.locked for governing in case.frame.core.governing}
    if case.capability == "ChangePermissions" and True in locked:
        text = "Owns it, but in a locked project the owner of content cannot set its permissions."
        return [Step("standing", Effect.DENIES if locked == {True} else Effect.OPEN, text, case.bearer)]
    return [
        Step("standing", Effect.ALLOWS, "Owns it, and so holds everything on it; no rule takes that away.", case.bearer)
    ]


def _no_standing(case: Case) -> str:
    if case.standing.ids:
        return "Is no administrator, does not own it, and neither owns nor leads a project above it."
    return "No administrator's or owner's rights are looked at here; no project above it is led through these groups."


def _governing(case: Case, governing: Governing, source: Ref) -> list[Step]:
    if governing.personal:
        text = "It lies in a personal space: its owner's and administrators' alone, without rules."
        return [Step("governing", Effect.DENIES, text, case.bearer)]
    doubt = "If so: " if len(case.frame.core.governing) > 1 else ""
    if governing.locked:
        text = doubt + _lock_text(case, source)
    elif source == case.bearer:
        text = f"{doubt}Its own rules count: {_why_own(case)}."
    elif source.kind is Kind.PROJECT:
        text = f"{doubt}{_cap(case.words.thing(source))} is locked including nested projects: its rules count for this project."
    else:
        text = f"{doubt}The workbook shows its sheets as tabs: the rules of {case.words.thing(source)} count for its views."
    steps = [Step("governing", Effect.NOTES, text, source)]
    if governing.rules is None:
        steps.append(Step("rules", Effect.OPEN, f"Those rules were not read ({governing.read}).", source))
    elif governing.locked and _differs(case, governing):
        text = f"The object's own answer about “{case.label}” differs from the template: it does not count here."
        steps.append(Step("drift", Effect.NOTES, text, case.bearer))
    return steps


def _differs(case: Case, governing: Governing) -> bool:
    """Do the rules that the server gave for the object itself say otherwise? (tableau-access.md, trap 13)."""
    own = case.access.snapshot.rules.get(case.bearer)
    if own is None or governing.rules is None:
        return False
    return case.access.frames.book.compiled(own).of(case.capability) != governing.rules.of(case.capability)


def _lock_text(case: Case, source: Ref) -> str:
    project = case.access.snapshot.projects.get(source.id)
    if project is None or source.id == UNREADABLE:
        return "A project that could not be read may govern it."
    kind = PLURALS.get(case.bearer.kind, "content")
    words = LOCK_WORDS[project.lock]
    return f"{_cap(case.words.thing(source))} governs it ({words}): its default rules for {kind} count, not the object's own."


def _why_own(case: Case) -> str:
    if case.bearer.kind is Kind.PROJECT:
        return "no project above it is locked including nested projects"
    chain = case.frame.core.chain.projects
    if not chain:
        return "it lies in no project"
    reason = f"{case.words.thing(chain[0].ref)} is not locked ({LOCK_WORDS[chain[0].lock]})"
    return f"{reason}, and its workbook does not show sheets as tabs" if case.bearer.kind is Kind.VIEW else reason


def _cap(text: str) -> str:
    return text[:1].upper() + text[1:]


def _rules(case: Case, governing: Governing, source: Ref) -> list[Step]:
    if governing.rules is None or governing.personal:
        return []
    rules, standing = governing.rules.of(case.capability), case.standing
    steps: list[Step] = []
    settled = False
    for grantees, mode, effect in (
        (governing.rules.inherited, "is its Project Leader by inheritance", Effect.ALLOWS),
        (rules.user_deny, f"“{case.label}” denied", Effect.DENIES),
        (rules.user_allow, f"“{case.label}” allowed", Effect.ALLOWS),
        (rules.group_deny, f"“{case.label}” denied", Effect.DENIES),
        (rules.group_allow, f"“{case.label}” allowed", Effect.ALLOWS),
    ):
        steps += [_rule(case, grantee, mode, Effect.NOTES if settled else effect, source) for grantee in grantees
                  if standing.holds(grantee) is not False]  # fmt: skip
        settled = settled or any(standing.holds(grantee) for grantee in grantees)
    others = sum(1 for grantee in rules.grantees if standing.holds(grantee) is False)
    if not steps:
        text = f"No rule says anything about “{case.label}” for this principal, and what no rule allows is denied."
        steps.append(Step("rule", Effect.DENIES, text, source))
    if others:
        steps.append(
            Step("rule", Effect.NOTES, f"Rules for others that do not concern this principal: {others}.", source)
        )
    return steps


def _rule(case: Case, grantee: Grantee, what: str, effect: Effect, source: Ref) -> Step:
    name = case.words.grantee(grantee)
    if case.standing.holds(grantee) is None:
        text = f"Rule for {name}: {what}. Whether it concerns this principal was not read."
        return Step("rule", Effect.OPEN, text, source)
    if effect is Effect.NOTES:
        return Step("rule", effect, f"Rule for {name}: {what}. Outweighed by the rule before it.", source)
    return Step("rule", effect, f"Rule for {name}: {what}.", source)


def summary(decision: Decision) -> Effect:
    """The effect of a whole answer as a step of another."""
    return {Outcome.ALLOW: Effect.ALLOWS, Outcome.DENY: Effect.DENIES, Outcome.UNKNOWN: Effect.OPEN}[decision.outcome]
