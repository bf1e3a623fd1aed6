"""Why, or why not: the chain of steps that led to an answer, in an administrator's words.

`Explanation.to_text()` is for people, `to_dict()` for programs; `Decision.proof` is the same steps as sentences.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from auditor.access.decision import Decision, Outcome
from auditor.access.principals import Principal
from auditor.access.words import plain
from auditor.findings import Exposure
from auditor.model import OUTCOMES, Ref, path_of
from auditor.model.vocabulary import neutral_name

if TYPE_CHECKING:
    from auditor.access.engine import Access


class Effect(StrEnum):
    """What a step does to the question."""

    ALLOWS = "allows"
    DENIES = "denies"
    PASSES = "passes"  # would have stopped it, and does not
    OPEN = "open"  # not read
    NOTES = "notes"  # says what is looked at, or what was outweighed


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it is about ("switch", "role", "standing", "governing", "rule", …), its effect, its sentence.

    `ref` is the object that the sentence is about; `depth` is above 0 for the steps of a part of an outcome.
    """

    about: str
    effect: Effect
    text: str
    ref: Ref | None = None
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """An answer with its steps, first to last; `changes` say what would turn the answer round."""

    decision: Decision
    principal: tuple[str, str, str]
    path: str
    asked: str
    verdict: str
    steps: tuple[Step, ...]
    changes: tuple[str, ...]

    def sentences(self) -> tuple[str, ...]:
        """The steps as sentences, the verdict last."""
        return sentences(self.steps, self.verdict)

    def to_text(self) -> str:
        """For people: the question, numbered steps, the verdict, and what would change it."""
        marks = {Effect.ALLOWS: "+", Effect.DENIES: "-", Effect.PASSES: " ", Effect.OPEN: "?", Effect.NOTES: " "}
        lines = [self.asked, ""]
        number = 0
        for step in self.steps:
            number += step.depth == 0
            head = f"{number:>3}." if step.depth == 0 else " " * 4 + "  " * step.depth
            lines.append(f"{head} {marks[step.effect]} {step.text}")
        lines += ["", self.verdict]
        if self.changes:
            heading = "What would have stopped it:" if self.decision.allowed else "How near it is to yes:"
            lines += ["", heading, *(f"  - {change}" for change in self.changes)]
        return "\n".join(lines) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """For programs: the line of `access list` with steps and changes."""
        decision, ref = self.decision, self.decision.ref
        kind, id_, name = self.principal
        outcome = decision.capability in OUTCOMES
        native = None if outcome else decision.capability
        return {
            "principal": {"kind": kind, "id": id_ or None, "name": name},
            "content": {"kind": ref.kind.value, "id": ref.id, "path": self.path},
            "capability": neutral_name(native, ref.kind) if native else decision.capability,
            "native": native,
            "decision": decision.outcome.value,
            "reason": decision.reason,
            "exposure": decision.exposure.value,
            "unread": list(decision.unread),
            "unverified_ceiling": decision.unverified,
            "cause": {"kind": decision.cause.kind.value, "id": decision.cause.id},
            "steps": [
                {
                    "about": step.about,
                    "effect": step.effect.value,
                    "text": step.text,
                    "object": {"kind": step.ref.kind.value, "id": step.ref.id} if step.ref else None,
                    "depth": step.depth,
                }
                for step in self.steps
            ],
            "verdict": self.verdict,
            "changes": list(self.changes),
        }


def explain(access: Access, principal: Principal, ref: Ref, capability: str) -> Explanation:
    """Why a principal may or may not do something."""
    from auditor.access import explain_outcome, explain_right

    decision = access.can(principal, ref, capability)
    words = access.words
    module = explain_outcome if capability in OUTCOMES else explain_right
    subject = access.snapshot.subject(ref)
    who, what = words.principal(principal), words.capability(capability, ref.kind)
    return Explanation(
        decision=decision,
        principal=access.principal_info(principal),
        path=plain(path_of(access.snapshot, subject)) if subject else ref.id,
        asked=f"{who}: {what} on {words.thing(ref)}?",
        verdict=verdict(decision, what),
        steps=module.story(access, decision),
        changes=module.changes(access, decision),
    )


def proof(access: Access, principal: Principal, ref: Ref, capability: str) -> tuple[str, ...]:
    """The steps as sentences, the verdict last, without what would change the answer."""
    from auditor.access import explain_outcome, explain_right

    decision = access.can(principal, ref, capability)
    module = explain_outcome if capability in OUTCOMES else explain_right
    what = access.words.capability(capability, ref.kind)
    return sentences(module.story(access, decision), verdict(decision, what))


def sentences(steps: tuple[Step, ...], last: str) -> tuple[str, ...]:
    """Steps as sentences, indented by depth, and the verdict."""
    return (*("  " * step.depth + step.text for step in steps), last)


def verdict(decision: Decision, what: str) -> str:
    """The answer in a sentence."""
    match decision.outcome:
        case Outcome.ALLOW:
            doubt = (
                " The site role's ceiling for it is not documented; it is assumed to allow it." * decision.unverified
            )
            return f"Yes: “{what}” is allowed ({decision.reason}).{doubt}"
        case Outcome.UNKNOWN:
            return f"Not known: what would settle “{what}” was not read ({', '.join(decision.unread)})."
        case Outcome.DENY:
            dormant = {
                Exposure.DORMANT: " It is granted all the same: opening the switch brings it to life.",
                Exposure.UNKNOWN: " Whether it is granted behind the switch is not known.",
                Exposure.LIVE: "",
            }[decision.exposure]
            return f"No: “{what}” is denied ({decision.reason}).{dormant}"
