"""`mixing` and `apps`: the site as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.checks import wording
from auditor.checks.access import access_reads, held_by
from auditor.checks.context import Context
from auditor.findings import Exposure, Judgement, Verdict
from auditor.model import ConnectedApp, Kind, Read, Ref
from auditor.policy import PolicyRule, site_selected
from auditor.policy.requirements import Apps, Mixing
from auditor.policy.selecting import in_projects

_MIXED: tuple[Kind, ...] = (Kind.WORKBOOK, Kind.DATASOURCE)


def mixing_reads(rule: PolicyRule) -> frozenset[Read]:
    """Who can see workbooks and data sources."""
    del rule
    return access_reads(_MIXED)


def apps_reads(rule: PolicyRule) -> frozenset[Read]:
    """The connected apps."""
    del rule
    return frozenset({Read.CONNECTED_APPS})


def judge_mixing(rule: PolicyRule, context: Context) -> Iterator[Judgement]:
    """Fails the site where some content is open to the audience and other content is meant for the house."""
    requirement = rule.requirement
    assert isinstance(requirement, Mixing)
    if not site_selected(rule.select, context.snapshot):
        yield Judgement(context.site, Verdict.NOT_APPLICABLE)
        return
    for audience in requirement.audience:
        yield _judge_mix(context, requirement, audience)


def _judge_mix(context: Context, requirement: Mixing, audience: str) -> Judgement:
    opened: list[Ref] = []
    inside: list[Ref] = []
    unread: set[str] = set()
    for item in context.snapshot.contents.values():
        if item.kind not in _MIXED:
            continue
        held = held_by(context, audience, ("view",), item.ref)
        unread |= held.unread
        if held.live:
            opened.append(item.ref)
        elif not held.unknown and in_projects(requirement.public_projects, context.snapshot, item) is False:
            inside.append(item.ref)
    if opened and inside:
        return Judgement(
            context.site,
            Verdict.FAIL,
            audience=audience,
            message=f"{wording.audience_words(audience)} reach {wording.counted(opened)} on this site, which also holds "
            f"{wording.counted(inside)} for the house: one wrong choice of project when publishing makes it public.",
        )
    if unread:
        return Judgement(
            context.site, Verdict.UNKNOWN, audience=audience, exposure=Exposure.UNKNOWN, unread=tuple(sorted(unread))
        )
    return Judgement(context.site, Verdict.PASS, audience=audience)


def judge_apps(rule: PolicyRule, context: Context) -> Iterator[Judgement]:
    """Fails the site for connected apps that are not bounded."""
    requirement = rule.requirement
    assert isinstance(requirement, Apps)
    apps = context.snapshot.connected_apps
    unread = (str(Read.CONNECTED_APPS),)
    if apps is None:
        yield Judgement(context.site, Verdict.UNKNOWN, exposure=Exposure.UNKNOWN, unread=unread)
        return
    answers = {app.name: _app_fault(app, requirement) for app in apps if app.enabled is not False}
    faults = [f"The connected app '{name}' {fault}." for name, fault in answers.items() if fault]
    if faults:
        yield Judgement(context.site, Verdict.FAIL, message=" ".join(faults))
    elif None in answers.values() or not context.snapshot.ledger.is_complete(Read.CONNECTED_APPS):
        yield Judgement(context.site, Verdict.UNKNOWN, exposure=Exposure.UNKNOWN, unread=unread)
    else:
        yield Judgement(context.site, Verdict.PASS)


def _app_fault(app: ConnectedApp, wanted: Apps) -> str | None:
    """What is wrong, "" for nothing, None where it was not told."""
    if wanted.restricted_embedding and app.unrestricted_embedding:
        return "may be embedded on any page"
    if wanted.bound_to_projects and app.project_ids == ():
        return "is valid for the whole site"
    untold = (wanted.restricted_embedding and app.unrestricted_embedding is None) or (
        wanted.bound_to_projects and app.project_ids is None
    )
    return None if untold or app.enabled is None else ""
