"""The site's switches, which stand beside grants: a grant behind a closed switch is dormant, not absent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from auditor.access.decision import Grant, Outcome, Reason
from auditor.access.membership import Standing
from auditor.findings import Exposure
from auditor.model import Read, SettingValue, Snapshot


class Gate(StrEnum):
    """How a switch stands. `ABSENT`: this platform has no such door, so no switch can open it."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch that a right has to pass: its state, the setting's name, and the sentence for a proof."""

    gate: Gate
    setting: str
    words: str
    reason: Reason = Reason.SWITCH_OFF


@dataclass(frozen=True, slots=True)
class Gated:
    """A grant after the switches."""

    outcome: Outcome
    reason: Reason
    exposure: Exposure
    unread: frozenset[str]


GUEST_SETTING: Final = "guestAccessEnabled"
#: Capability -> the site's attributes that switch it, and whether an attribute that the server left out is unknown.
#: Flow switches exist only where the server knows flows, so their absence among settings that were read gates nothing.
CAPABILITY_SETTINGS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "WebAuthoring": (("authoringEnabled", "Web authoring"),),
    "RunExplainData": (("explainDataEnabled", "Explain Data"),),
    "WebAuthoringForFlows": (("flowsEnabled", "Flows"), ("editingFlowsEnabled", "Flow web editing")),
}
_MAY_BE_ABSENT: Final = frozenset({"flowsEnabled", "editingFlowsEnabled"})


def truth(value: SettingValue | None) -> bool | None:
    """A setting as a yes or no; None where it was left out or is neither."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(str(value).strip().lower())


def site_was_read(snapshot: Snapshot) -> bool:
    """Did the site's own attributes arrive at all (embedding settings are a read of their own)?"""
    return any(not name.startswith("embedding.") for name in snapshot.settings)


def switches_for(snapshot: Snapshot, standing: Standing, capability: str) -> tuple[Switch, ...]:
    """The switches between a principal and a capability, the one for guests first."""
    found = _guest_switches(snapshot) if standing.is_guest else ()
    return (*found, *(_setting(snapshot, *pair) for pair in CAPABILITY_SETTINGS.get(capability, ())))


def _guest_switches(snapshot: Snapshot) -> tuple[Switch, ...]:
    if snapshot.provenance.is_cloud:
        words = "Tableau Cloud has no Guest: nobody gets in without an account."
        return (Switch(Gate.ABSENT, GUEST_SETTING, words, Reason.GUEST_OFF),)
    value = truth(snapshot.settings.get(GUEST_SETTING))
    gate = Gate.UNKNOWN if value is None else (Gate.OPEN if value else Gate.CLOSED)
    words = {
        Gate.OPEN: "The site lets visitors in without an account (guestAccessEnabled is true).",
        Gate.CLOSED: "The site lets nobody in without an account (guestAccessEnabled is false).",
        Gate.UNKNOWN: "Whether the site lets visitors in without an account was not read (guestAccessEnabled).",
    }[gate]
    guest = Switch(gate, GUEST_SETTING, words, Reason.GUEST_OFF)
    if str(snapshot.settings.get("state", "")).strip().lower() == "suspended":
        return (guest, Switch(Gate.CLOSED, "state", "The site is suspended: no visitor reaches it."))
    return (guest,)


def _setting(snapshot: Snapshot, name: str, words: str) -> Switch:
    value = truth(snapshot.settings.get(name))
    if value is None and name in _MAY_BE_ABSENT and name not in snapshot.settings and site_was_read(snapshot):
        return Switch(Gate.OPEN, name, f"{words} is not switched off for the site ({name} is not among its settings).")
    match value:
        case True:
            return Switch(Gate.OPEN, name, f"{words} is on for the site ({name} is true).")
        case False:
            return Switch(Gate.CLOSED, name, f"{words} is off for the site ({name} is false): nobody has it.")
        case None:
            return Switch(Gate.UNKNOWN, name, f"Whether the site has {words} on was not read ({name}).")


def apply(grant: Grant, switches: tuple[Switch, ...]) -> Gated:
    """A grant behind switches. Dormant: only closed switches stand between the grant and an allow."""
    absent = next((switch for switch in switches if switch.gate is Gate.ABSENT), None)
    if absent is not None:
        return Gated(Outcome.DENY, absent.reason, Exposure.LIVE, frozenset())
    closed = next((switch for switch in switches if switch.gate is Gate.CLOSED), None)
    unknown = any(switch.gate is Gate.UNKNOWN for switch in switches)
    if closed is not None:
        return _behind_closed(grant, closed)
    if grant.outcome is Outcome.DENY or not unknown:
        exposure = Exposure.UNKNOWN if grant.outcome is Outcome.UNKNOWN else Exposure.LIVE
        return Gated(grant.outcome, grant.reason, exposure, grant.unread)
    return Gated(Outcome.UNKNOWN, Reason.UNREAD, Exposure.UNKNOWN, grant.unread | {Read.SITE})


def _behind_closed(grant: Grant, closed: Switch) -> Gated:
    match grant.outcome:
        case Outcome.ALLOW:
            return Gated(Outcome.DENY, closed.reason, Exposure.DORMANT, frozenset())
        case Outcome.UNKNOWN:
            return Gated(Outcome.DENY, closed.reason, Exposure.UNKNOWN, grant.unread)
        case Outcome.DENY:
            reason = closed.reason if closed.reason is Reason.GUEST_OFF else grant.reason
            return Gated(Outcome.DENY, reason, Exposure.LIVE, frozenset())
