"""Goes through all that an audit needs, in the order in which it would fail: the way, the sign-in, the role, the reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from auditor.access import Access
from auditor.audit import EVERYTHING
from auditor.doctor.cross_check import CrossCheck, compare
from auditor.doctor.diagnosis import Check, Diagnosis, Status
from auditor.doctor.meanings import MEANING, blindness
from auditor.errors import SignInError, SourceError
from auditor.model import Identity, Read, SettingValue, Snapshot
from auditor.sources.interface import Clock, Plan, Progress
from auditor.sources.tableau import TableauSettings
from auditor.sources.tableau.cross_check import draw, listed_workbooks
from auditor.sources.tableau.examine import ClockReading, Examination, Trial, Visit, visit

#: Seconds by which clocks may differ before a JWT or a token's time is refused, or the report's times mislead.
MOST_SKEW = 60.0


@dataclass(frozen=True, slots=True)
class CrossCheckWish:
    """Compare so many users' lists with our answers; `seed` draws the same users again."""

    sample: int = 10
    seed: int = 1


def consult(
    settings: TableauSettings,
    *,
    origin: str,
    clock: Clock,
    progress: Progress,
    cross_check: CrossCheckWish | None = None,
) -> Diagnosis:
    """Examine a server. `origin`: where the credentials came from, in words. Never raises for what the server does."""
    with visit(settings, clock) as here:
        checks = [*_way(here), *_clock(here.clock_reading)]
        if here.failure is not None:
            return Diagnosis((*checks, *_no_sign_in(here.failure, origin)), _facts(here))
        found = here.examine(progress=progress)
        checks += [
            *_account(found.identity, f"the secret came from {origin}"),
            *_trials(found.trials),
            _metadata(found.metadata),
        ]
        checks.append(_guest(found, cloud=here.is_cloud))
        plan = _planned(here, progress)
        checks.append(plan if isinstance(plan, Check) else _plan(plan))
        compared = _cross_check(here, cross_check, progress) if cross_check is not None else None
        if compared is not None:
            checks += list(_compared(compared))
        return Diagnosis(tuple(checks), _facts(here, found, plan, compared))


def consult_facts(snapshot: Snapshot) -> Diagnosis:
    """What a saved snapshot or a recorded conversation holds and lacks, from its ledger: no server is asked."""
    origin = snapshot.provenance
    checks = [
        Check("source", "Source", Status.OK, f"{origin.server}, read {origin.started_at or 'at an unknown time'}"),
        *_account(origin.signed_in_as, "when it was read"),
    ]
    for read in sorted(EVERYTHING):
        line = snapshot.ledger.line(read)
        first = snapshot.ledger.misses(read)[:1]
        if line is not None and line.complete:
            checks.append(Check(read, _title(read), Status.OK, f"{line.got:,} read"))
        elif first:
            checks.append(_lack(read, first[0].reason, first[0].remedy))
        else:
            checks.append(_lack(read, "nobody could say how many there are", "Read the site again."))
    return Diagnosis(tuple(checks), {"server": origin.server, "api_version": origin.api_version})


def _way(here: Visit) -> Iterator[Check]:
    """Reachability, encryption, versions."""
    host = urlsplit(here.settings.server).netloc
    reached = here.connection.product_version != "" or here.failure is None or isinstance(here.failure, SignInError)
    if not reached:
        failure = here.failure
        assert failure is not None
        yield Check("reach", "Server", Status.FAILED, failure.what, "nothing can be audited", failure.next_step or "")
        return
    yield Check("reach", "Server", Status.OK, f"{host} answers")
    if here.encrypted:
        yield Check("tls", "TLS", Status.OK, "encrypted, certificate verified")
    else:
        yield Check(
            "tls",
            "TLS",
            Status.NOTE,
            "the address begins with http: token and answers travel in the clear",
            "whoever listens on the way can take the session over",
            "Give the https address.",
        )
    product = here.connection.product_version or "version not told"
    spoken = f", API {here.connection.api_version}" if here.failure is None else ""
    yield Check("version", "Version", Status.OK, f"Tableau {product}{spoken}")


def _clock(reading: ClockReading | None) -> Iterator[Check]:
    if reading is None:
        return
    seconds = reading.skew
    if abs(seconds) <= MOST_SKEW:
        yield Check("clock", "Clock", Status.OK, f"{abs(seconds):.0f} s apart from the server's")
        return
    yield Check(
        "clock",
        "Clock",
        Status.NOTE,
        f"ours is {abs(seconds):,.0f} s {'ahead of' if seconds > 0 else 'behind'} the server's",
        "a JWT may be refused, and times of reports do not fit the server's",
        "Set this machine's clock (NTP).",
    )


def _no_sign_in(failure: SourceError, origin: str) -> Iterator[Check]:
    if isinstance(failure, SignInError):
        detail = f"{failure.what} The secret came from {origin}."
        yield Check("sign-in", "Sign-in", Status.FAILED, detail, "nothing can be audited", failure.next_step or "")
    else:
        yield Check("sign-in", "Sign-in", Status.SKIPPED, f"not tried; the secret would have come from {origin}")


def _account(me: Identity, told: str) -> Iterator[Check]:
    """As whom, and what that role cannot see."""
    who = me.name or me.id or "an account that did not say its name"
    yield Check("sign-in", "Sign-in", Status.OK, f"as {who}; {told}")
    if me.is_admin:
        yield Check("role", "Site role", Status.OK, f"{me.role}: sees the whole site")
        return
    role = me.role or "could not be told"
    yield Check(
        "role",
        "Site role",
        Status.MISSING,
        f"{role}: {blindness(me.role)}",
        "what the account cannot see is missing without a trace: every answer is about its part of the site only",
        "Sign in as a site administrator (Site Administrator Explorer is enough).",
    )


def _trials(trials: Sequence[Trial]) -> Iterator[Check]:
    for trial in trials:
        if trial.works is None:
            yield Check(trial.read, _title(trial.read), Status.SKIPPED, trial.reason)
        elif trial.works:
            total = f"works, {trial.total:,} there" if trial.total is not None else "works"
            yield Check(trial.read, _title(trial.read), Status.OK, total)
        else:
            yield _lack(trial.read, trial.reason, trial.remedy)


def _lack(read: Read, reason: str, remedy: str) -> Check:
    return Check(read, _title(read), Status.MISSING, reason, MEANING.get(read, ""), remedy)


def _title(read: Read) -> str:
    words = str(read).replace("-", " ").replace("datasource", "data source")
    return words[:1].upper() + words[1:]


def _metadata(trial: Trial) -> Check:
    found = next(_trials([trial]))
    detail = "answers" if found.status is Status.OK else found.detail
    return Check("metadata", "Metadata API", found.status, detail, found.meaning, found.remedy)


def _guest(found: Examination, *, cloud: bool) -> Check:
    """Is Guest there, and is it let in?"""
    if cloud:
        return Check("guest", "Guest", Status.OK, "Tableau Cloud has none")
    switch = _word(found.settings.get("guestAccessEnabled"))
    match found.guest:
        case True:
            return Check("guest", "Guest", Status.OK, f"found; guest access is {switch}")
        case False:
            status = Status.MISSING if switch == "on" else Status.NOTE
            return Check(
                "guest",
                "Guest",
                status,
                f"not in the list of users; guest access is {switch}",
                "rules and group memberships of Guest itself are not seen; All Users' rules are judged all the same",
                "A server administrator sees Guest; check that the list of users is whole.",
            )
        case _:
            return Check(
                "guest",
                "Guest",
                Status.MISSING,
                f"could not be told; guest access is {switch}",
                "what visitors without an account hold may be unknown",
                "Sign in as a site administrator.",
            )


def _word(value: SettingValue | None) -> str:
    return {True: "on", False: "off"}.get(value, "not known") if isinstance(value, bool) else "not known"


def _planned(here: Visit, progress: Progress) -> Plan | Check:
    try:
        return here.plan(EVERYTHING, progress=progress)
    except SourceError as error:
        return Check("plan", "Full read", Status.MISSING, error.what, "no plan could be made", error.next_step or "")


def _plan(plan: Plan) -> Check:
    detail = f"{plan.requests:,} more requests, about {plan.seconds:,.0f} s"
    if plan.budget is None:
        return Check("plan", "Full read", Status.OK, f"{detail}; no limit an hour is known")
    detail = f"{detail}; {plan.made + plan.requests:,} of {plan.budget:,} allowed in an hour"
    if plan.within_budget:
        return Check("plan", "Full read", Status.OK, detail)
    return Check(
        "plan",
        "Full read",
        Status.MISSING,
        detail,
        "what is over the budget of an hour will be missing",
        "Select fewer rules, or take a snapshot and go on with --resume in the next hour.",
    )


def _cross_check(here: Visit, wish: CrossCheckWish, progress: Progress) -> CrossCheck:
    """Read the site, draw users, ask the server for their workbooks, compare."""
    snapshot = here.source.read(EVERYTHING, progress=progress)
    guest = snapshot.settings.get("guestAccessEnabled") is True
    users = draw(snapshot.users, wish.sample, seed=wish.seed, guest=guest)
    listed = listed_workbooks(here.connection, here.settings, users, progress=progress)
    return compare(Access(snapshot), users, listed, seed=wish.seed)


def _compared(found: CrossCheck) -> Iterator[Check]:
    told = (
        f"{found.users} users drawn with seed {found.seed}, {found.answers:,} answers, {found.unknown:,} unknown to us"
    )
    if not found.answers and not found.differences:
        yield Check("cross-check", "Cross-check", Status.SKIPPED, f"{told}: nothing could be compared")
    elif not found.differences:
        yield Check("cross-check", "Cross-check", Status.OK, f"{told}, no difference")
    for one in found.differences:
        mends = (
            "Please report it, with `auditor access explain`."
            if one.fault
            else "Read again: it may be new, or not shown in lists."
        )
        meaning = "an answer of ours about who can view may be wrong"
        yield Check("cross-check", "Cross-check", Status.MISSING, one.to_text(), meaning, mends)
    for failure in found.failures:
        yield Check(
            "cross-check",
            "Cross-check",
            Status.NOTE,
            f"the list was not given for {failure}",
            remedy="Sign in as a site administrator.",
        )


def _facts(
    here: Visit, found: Examination | None = None, plan: Plan | Check | None = None, compared: CrossCheck | None = None
) -> dict[str, Any]:
    """Figures for programs."""
    facts: dict[str, Any] = {
        "server": here.settings.server,
        "site": here.settings.site,
        "product_version": here.connection.product_version or None,
        "api_version": here.connection.api_version if here.failure is None else None,
        "clock_skew_seconds": here.clock_reading.skew if here.clock_reading is not None else None,
        "signed_in_as": None,
        "plan": None,
    }
    if found is not None:
        me = found.identity
        facts["signed_in_as"] = {"id": me.id, "name": me.name, "role": me.role}
    if isinstance(plan, Plan):
        facts["plan"] = {
            "requests": plan.requests,
            "made": plan.made,
            "seconds": round(plan.seconds, 1),
            "budget_an_hour": plan.budget,
            "lines": [{"read": line.read, "requests": line.requests, "why": line.why} for line in plan.lines],
        }
    if compared is not None:
        facts["cross_check"] = compared.to_dict()
    facts["requests"] = here.requests
    return facts
