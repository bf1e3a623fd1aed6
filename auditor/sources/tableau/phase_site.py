"""The first phase: who we are, the site's switches, and all lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from auditor.model import CONTENT_KINDS, LIST_READ, GranteeKind, Identity, Kind, Miss, Read, SettingValue
from auditor.sources.tableau.catalogue import LISTS, NO_LIST, exists
from auditor.sources.tableau.failures import ReadFailedError, clean
from auditor.sources.tableau.lists import Listing, ListReader, ListSpec
from auditor.sources.tableau.parse_content import MalformedError
from auditor.sources.tableau.parse_people import groups_of_set, user
from auditor.sources.tableau.parse_settings import IDENTITY, embedding_settings, extension_settings, site_settings
from auditor.sources.tableau.run import Run
from auditor.sources.tableau.xml import element_named

#: Site roles that see a whole site (reference/tableau-access.md, 2.3).
ADMIN_ROLES = frozenset(
    {"ServerAdministrator", "SiteAdministrator", "SiteAdministratorCreator", "SiteAdministratorExplorer"}
)
_SIGN_IN_AS_ADMIN = "Sign in as a site administrator: only administrators see a whole site."
#: Guest is in that group whoever is listed in it (tableau-access.md, 4.2): without it nobody can say what Guest holds.
_NO_ALL_USERS = "none of the listed groups is the built-in group of all accounts"
#: Tableau's code for an address that the server does not have.
_NO_SUCH_ADDRESS = "404003"

Settings = dict[str, SettingValue]


@dataclass(frozen=True, slots=True)
class _SettingsRead:
    read: Read
    path: tuple[str, ...]
    since: str
    parse: Callable[[Element], Settings]


_SETTINGS = (
    _SettingsRead(Read.SITE, (), "2.0", site_settings),
    _SettingsRead(Read.EMBEDDING, ("settings", "embedding"), "3.16", embedding_settings),
    _SettingsRead(Read.EXTENSIONS, ("settings", "extensions"), "3.21", extension_settings),
)


def who_am_i(run: Run) -> Identity:
    """The account that is signed in and its site role, from the session, else from its own user. Never fails."""
    me = run.connection.user_id
    for path in ("sessions/current", run.connection.of_site("users", me)):
        try:
            found = element_named(run.connection.get(path), "user")
            account = user(found) if found is not None else None
        except (ReadFailedError, MalformedError):
            continue
        if account is not None and account.site_role:
            return identity(account.id, account.name, account.site_role)
    return Identity(id=me)


def identity(user_id: str, name: str, role: str) -> Identity:
    """An identity; whether it is an administrator's is not known without a role."""
    return Identity(user_id, name, role, role in ADMIN_ROLES if role else None)


def read_settings(run: Run) -> None:
    """The site's switches. A site that says nothing but its name was asked by somebody who may not know."""
    gathered = run.gathered
    for one in _SETTINGS:
        if one.read not in run.needs:
            continue
        line = gathered.lines[one.read]
        if not run.connection.at_least(one.since):
            continue
        line.expected = 1
        try:
            found = one.parse(run.connection.get(run.connection.of_site(*one.path)))
        except (ReadFailedError, MalformedError) as error:
            line.miss(_site_miss(error))
            continue
        gathered.settings |= found
        run.came(one.read)
        line.got = 1
        if one.read is Read.SITE and not set(found) - IDENTITY:
            line.got = 0
            line.miss(Miss(Kind.SITE, "", "", "the server left out all settings of the site", _SIGN_IN_AS_ADMIN))


def _site_miss(error: ReadFailedError | MalformedError) -> Miss:
    remedy = error.remedy if isinstance(error, ReadFailedError) else "Please report this answer."
    return Miss(Kind.SITE, "", "", clean(str(error)), remedy)


def wanted_lists(run: Run) -> list[ListSpec[Any]]:
    """The lists that are needed and that the server's version has; for the others the ledger says that none exist."""
    wanted: list[ListSpec[Any]] = []
    for read in sorted(run.needs & (set(LISTS) | NO_LIST)):
        spec = LISTS.get(read)
        line = run.gathered.lines[read]
        if spec is None:
            line.miss(Miss(Kind.SITE, "", "", "Tableau's REST API has no list of them", "None known."))
        elif exists(spec, at_least=run.connection.at_least):
            wanted.append(spec)
    return wanted


def read_list(run: Run, spec: ListSpec[Any]) -> Listing[Any]:
    """One list. ReadFailedError when not even its first page came."""
    return ListReader(run.connection, spec, page_size=run.settings.page_size, memo=run.pages).read()


def read_lists(run: Run) -> None:
    """All lists that are needed, at once."""
    wanted = wanted_lists(run)
    for spec in wanted:
        run.progress.start(str(spec.read), None)
    for spec, listing in run.each(wanted, lambda one: read_list(run, one)):
        line = run.gathered.lines[spec.read]
        if isinstance(listing, ReadFailedError):
            line.expected = 1
            line.miss(Miss(spec.kind, "", "", listing.reason, listing.remedy))
            if spec.read is Read.GROUP_SETS:
                run.gathered.no_group_sets = listing.code == _NO_SUCH_ADDRESS
            continue
        line.expected, line.got = listing.expected, len(listing.items)
        for miss in listing.misses:
            line.miss(miss, miss.reason)
        keep_list(run, spec.read, listing.items)
        if spec.read is Read.GROUPS and not any(group.is_everyone for group in run.gathered.groups.values()):
            line.miss(Miss(Kind.GROUP, "", "All Users", _NO_ALL_USERS, _SIGN_IN_AS_ADMIN), "all users")
        run.came(spec.read)
        run.progress.advance(str(spec.read), len(listing.items))
    if Read.GROUP_SETS in run.needs:
        _complete_group_sets(run)


def keep_list(run: Run, read: Read, items: Mapping[str, Any]) -> None:
    """Put a list where it belongs, in place of an earlier reading of it."""
    gathered = run.gathered
    match read:
        case Read.PROJECTS:
            gathered.projects = dict(items)
        case Read.USERS:
            gathered.users = dict(items)
        case Read.GROUPS:
            gathered.groups = dict(items)
        case Read.GROUP_SETS:
            gathered.group_sets = dict(items)
        case Read.CONNECTED_APPS:
            gathered.connected_apps = tuple(items.values())
        case _:
            kind = next(kind for kind in CONTENT_KINDS if LIST_READ[kind] is read)
            contents = gathered.contents
            if any(ref.kind is kind for ref in contents):
                contents = {ref: item for ref, item in contents.items() if ref.kind is not kind}
            contents.update((item.ref, item) for item in items.values())
            gathered.contents = contents


def _complete_group_sets(run: Run) -> None:
    """Ask for the groups of each set whose list entry did not hold them all."""
    from dataclasses import replace

    line = run.gathered.lines[Read.GROUP_SETS]
    lacking = [one for one in run.gathered.group_sets.values() if one.group_ids is None]

    def groups(set_id: str) -> tuple[str, ...]:
        found = element_named(run.connection.get(run.connection.of_site("groupsets", set_id)), "groupSet")
        if found is None:
            raise ReadFailedError("the answer holds no group set")
        return groups_of_set(found)

    for one, result in run.each(lacking, lambda one: groups(one.id)):
        if isinstance(result, ReadFailedError):
            line.got -= 1
            line.miss(Miss(Kind.GROUP, one.id, one.name, f"the groups of the set: {result.reason}", result.remedy))
        else:
            run.gathered.group_sets[one.id] = replace(one, group_ids=result)


def settle_group_sets(run: Run) -> None:
    """A server without the address of group sets, and without a rule that names one, has none: nothing is missing.

    A rule that was not read has its own line in the ledger.
    """
    gathered = run.gathered
    if not gathered.no_group_sets:
        return
    rule_sets = {*gathered.rules.values(), *gathered.default_rules.values()}
    if any(rule.grantee.kind is GranteeKind.GROUP_SET for found in rule_sets for rule in found.rules):
        return
    line = gathered.lines[Read.GROUP_SETS]
    line.expected = 0
    line.misses.clear()
    gathered.note("the server knows no group sets (404003), and no rule that was read names one")


def admit_limits(run: Run, me: Identity) -> None:
    """Say on every list that an account which is no administrator sees only its part of the site."""
    if me.is_admin:
        return
    role = f"signed in as {clean(me.role)}" if me.role else "the site role of the account could not be told"
    reason = f"{role}: the lists hold only what this account may see"
    for read in sorted(run.needs & (set(LISTS) | {Read.SITE})):
        spec = LISTS.get(read)
        kind = spec.kind if spec is not None else Kind.SITE
        if spec is None or exists(spec, at_least=run.connection.at_least):
            run.gathered.lines[read].miss(Miss(kind, "", "", reason, _SIGN_IN_AS_ADMIN), "role")
