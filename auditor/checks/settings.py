"""`settings`: switches of the site. The subject is the site."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from auditor.checks.context import Context
from auditor.findings import Exposure, Judgement, Verdict
from auditor.model import Read, SettingValue, Snapshot
from auditor.policy import PolicyRule, site_selected
from auditor.policy.requirements import Expectation, Settings

#: The words of Tableau's settings pages, where they differ from the attribute's name.
LABELS: Mapping[str, str] = {
    "guestAccessEnabled": "Enable Guest access",
    "authoringEnabled": "Web Authoring",
    "explainDataEnabled": "Availability of Explain Data",
    "revisionHistoryEnabled": "Revision History",
    "revisionLimit": "Revision History: number of revisions",
    "embedding.unrestrictedEmbedding": "Embedding: Allow embedding on any site",
    "embedding.allowList": "Embedding: list of allowed domains",
    "allowSubscriptionAttachments": "Let users add attachments to subscriptions",
    "extractEncryptionMode": "Extract Encryption at Rest",
}


def reads_of(rule: PolicyRule) -> frozenset[Read]:
    """The site's own attributes; the embedding settings are a read of their own."""
    requirement = rule.requirement
    assert isinstance(requirement, Settings)
    return frozenset(read_of(name) for name in requirement.expect)


def read_of(name: str) -> Read:
    """The read that tells a setting."""
    return Read.EMBEDDING if name.startswith("embedding.") else Read.SITE


def judge(rule: PolicyRule, context: Context) -> Iterator[Judgement]:
    """One judgement on the site; a setting that was not told is unknown, never off."""
    requirement = rule.requirement
    assert isinstance(requirement, Settings)
    if not site_selected(rule.select, context.snapshot):
        yield Judgement(context.site, Verdict.NOT_APPLICABLE)
        return
    holds, unread = all_hold(requirement.expect, context.snapshot)
    if holds is True:
        yield Judgement(context.site, Verdict.PASS)
    elif holds is False:
        yield _failure(requirement, context)
    else:
        yield untold(context, unread)


def untold(context: Context, names: set[str]) -> Judgement:
    """The site cannot be judged because the server did not tell these settings."""
    words = ", ".join(f"'{name}'" for name in sorted(names))
    return Judgement(
        context.site,
        Verdict.UNKNOWN,
        exposure=Exposure.UNKNOWN,
        message=f"The server did not tell {words}.",
        unread=tuple(sorted({str(read_of(name)) for name in names})),
    )


def _failure(requirement: Settings, context: Context) -> Judgement:
    snapshot = context.snapshot
    wrong = {
        name: value(snapshot, name)
        for name, wanted in requirement.expect.items()
        if meets(wanted, value(snapshot, name)) is False
    }
    told = " and ".join(f"'{LABELS.get(name, name)}' is {shown(found)}" for name, found in wrong.items())
    wanted = " and ".join(f"'{LABELS.get(name, name)}' {_wish(requirement.expect[name])}" for name in wrong)
    conditions = [f"site setting {name} = {shown(value(snapshot, name))}" for name in wrong]
    return Judgement(
        context.site,
        Verdict.FAIL,
        message=f"The site setting {told}; the policy wants that {wanted}.",
        proof=tuple(conditions),
    )


def value(snapshot: Snapshot, name: str) -> SettingValue | None:
    """A setting's value, None where it was not told. Tableau Cloud has no guests (tableau-access.md, 4.1)."""
    if name not in snapshot.settings and name == "guestAccessEnabled" and snapshot.provenance.is_cloud:
        return False
    return snapshot.settings.get(name)


def shown(found: SettingValue | None) -> str:
    """A value as people read it."""
    if found is None:
        return "not told"
    return str(found).lower() if isinstance(found, bool) else str(found) or "empty"


def all_hold(table: Mapping[str, Expectation], snapshot: Snapshot) -> tuple[bool | None, set[str]]:
    """Do all settings meet what is expected? With the names of those that decide and were not told."""
    answers = {name: meets(wanted, value(snapshot, name)) for name, wanted in table.items()}
    if False in answers.values():
        return False, set()
    unread = {name for name, answer in answers.items() if answer is None}
    return (None, unread) if unread else (True, set())


def meets(wanted: Expectation, found: SettingValue | None) -> bool | None:
    """Is the value as wanted? None where it was not told."""
    if found is None:
        return None
    answers = [
        "is_" not in wanted.model_fields_set or _same(wanted.is_, found),
        "is_not" not in wanted.model_fields_set or not _same(wanted.is_not, found),
        wanted.one_of is None or any(_same(one, found) for one in wanted.one_of),
        wanted.at_least is None or _number(found) is None or (_number(found) or 0) >= wanted.at_least,
        wanted.at_most is None or _number(found) is None or (_number(found) or 0) <= wanted.at_most,
        wanted.empty is None or (str(found).strip() == "") is wanted.empty,
    ]
    bounded = wanted.at_least is not None or wanted.at_most is not None
    if bounded and _number(found) is None:
        return None
    return all(answers)


def _same(wanted: SettingValue | None, found: SettingValue) -> bool:
    if isinstance(wanted, bool) or isinstance(found, bool):
        return str(wanted).casefold() == str(found).casefold()
    return str(wanted) == str(found)


def _number(found: SettingValue) -> int | None:
    if isinstance(found, bool):
        return None
    text = str(found).strip()
    return int(text) if text.lstrip("-").isdecimal() else None


def _wish(wanted: Expectation) -> str:
    given = wanted.model_fields_set
    words = {
        "is_": f"is {shown(wanted.is_)}",
        "is_not": f"is not {shown(wanted.is_not)}",
        "one_of": f"is one of {', '.join(shown(one) for one in wanted.one_of or ())}",
        "at_least": f"is at least {wanted.at_least}",
        "at_most": f"is at most {wanted.at_most}",
        "empty": "is empty" if wanted.empty else "is not empty",
    }
    return " and ".join(word for name, word in words.items() if name in given)
