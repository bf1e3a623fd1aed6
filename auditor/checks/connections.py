"""`connections`: with which accounts content reaches its data."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.checks.context import Context, kinds_of, list_reads
from auditor.findings import Exposure, Judgement, Verdict
from auditor.model import Connection, Content, Kind, Read, Ref, Snapshot
from auditor.policy import PolicyRule
from auditor.policy.requirements_data import Connections

_KINDS: tuple[Kind, ...] = (Kind.WORKBOOK, Kind.DATASOURCE)
_READ = {Kind.WORKBOOK: Read.WORKBOOK_CONNECTIONS, Kind.DATASOURCE: Read.DATASOURCE_CONNECTIONS}
#: Classes of connections that read a file published along (tableau-access.md, 6.1, 6.3).
_FILES = frozenset(
    {"hyper", "dataengine", "textscan", "textclean", "excel", "excel-direct", "excel-reader", "ogrdirect", "pdf-direct"}
)


def reads_of(rule: PolicyRule) -> frozenset[Read]:
    """The connections; accounts where they are compared with people."""
    wanted = rule.requirement
    assert isinstance(wanted, Connections)
    kinds = kinds_of(rule, frozenset(_KINDS))
    people = {Read.USERS} if wanted.personal_account is not None else set()
    return list_reads((*kinds, Kind.DATASOURCE)) | set(_READ.values()) | people


def judge(rule: PolicyRule, context: Context) -> Iterator[Judgement]:
    """Each workbook and data source, through published sources down to the database."""
    wanted = rule.requirement
    assert isinstance(wanted, Connections)
    accounts = _accounts(context.snapshot) if wanted.personal_account is not None else frozenset()
    for subject in context.subjects(rule, _KINDS):
        assert isinstance(subject, Content)
        if wanted.allowed_accounts == ():
            yield Judgement(subject.ref, Verdict.NOT_APPLICABLE)  # nobody has said yet which accounts may be embedded
            continue
        faults: list[str] = []
        unread: set[str] = set()
        for holder, connection in _connections(context.snapshot, subject, unread):
            answer = _fault(wanted, connection, holder, accounts)
            if answer is None:
                unread.add(str(_READ[holder.kind]))
            elif answer:
                faults.append(answer)
        if wanted.personal_account is not None and not context.snapshot.ledger.is_complete(Read.USERS):
            unread.add(str(Read.USERS))
        yield _verdict(subject.ref, faults, unread)


def _verdict(ref: Ref, faults: list[str], unread: set[str]) -> Judgement:
    if faults:
        return Judgement(ref, Verdict.FAIL, message=" ".join(dict.fromkeys(faults)))
    if unread:
        return Judgement(ref, Verdict.UNKNOWN, exposure=Exposure.UNKNOWN, unread=tuple(sorted(unread)))
    return Judgement(ref, Verdict.PASS)


def _connections(snapshot: Snapshot, item: Content, unread: set[str]) -> Iterator[tuple[Content, Connection]]:
    """The item's connections; one to a published source is followed to that source's own."""
    connections = snapshot.connections.get(item.ref)
    if connections is None:
        unread.add(str(_READ[item.kind]))
        return
    for connection in connections:
        published = connection.datasource_id is not None or (connection.type or "").lower() == "sqlproxy"
        if not published:
            yield item, connection
            continue
        source = snapshot.contents.get(Ref(Kind.DATASOURCE, connection.datasource_id or ""))
        if source is None or source.ref == item.ref:
            unread.add(str(Read.DATASOURCES))
        else:
            yield from _connections(snapshot, source, unread)


def _accounts(snapshot: Snapshot) -> frozenset[str]:
    names: set[str] = set()
    for user in snapshot.users.values():
        names |= {user.name.casefold(), (user.email or user.name).casefold()}
    return frozenset(names)


def _fault(wanted: Connections, connection: Connection, holder: Content, accounts: frozenset[str]) -> str | None:
    """What is wrong, "" for nothing, None where it was not told."""
    kind = (connection.type or "").lower()
    user = (connection.user_name or "").rpartition("\\")[2]
    if wanted.live_with_password is not None:
        if kind in _FILES or connection.embeds_password is False or holder.has_extracts is True:
            return ""
        if connection.embeds_password is None or holder.has_extracts is None:
            return None
        return f"A live connection ({kind or 'unknown kind'}) with an embedded password serves '{holder.name}'."
    if not user or connection.embeds_password is False:
        return ""
    if wanted.allowed_accounts is not None:
        allowed = {name.casefold() for name in wanted.allowed_accounts}
        return "" if user.casefold() in allowed else f"The account '{user}' is embedded and not on the list."
    return (
        f"The account '{user}' is embedded, and it is a person's account on this site."
        if user.casefold() in accounts
        else ""
    )
