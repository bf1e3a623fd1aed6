"""`auditor access what-if`: options into changes, and the answers that differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from auditor.access import (
    Access,
    AddRule,
    Change,
    GroupPrincipal,
    JoinGroup,
    LeaveGroup,
    RemoveRule,
    SetLock,
    SetRole,
    SetSetting,
    ShowTabs,
    UserPrincipal,
    changed_decisions,
    what_if,
)
from auditor.errors import UsageError
from auditor.model import Grantee, GranteeKind, Kind, Lock, Mode, Rule, SettingValue, path_of

if TYPE_CHECKING:
    from auditor.access import Difference, Principal
    from auditor.model import Snapshot


def run_what_if(options: Mapping[str, Any]) -> int:
    """Apply the changes to the facts in memory and print every answer that they change."""
    from auditor.cli.access import completeness, read_facts
    from auditor.cli.output import write_stdout

    snapshot, engine = read_facts(options)
    changes = tuple(_changes(engine, options))
    if not changes:
        raise UsageError(
            "no change was named.",
            next_step="Give --join, --leave, --role, --lock, --tabs, --add-rule, --drop-rule or --setting.",
        )
    changed = what_if(snapshot, changes)
    who = [engine.find_principal(text) for text in options["principals"]] or list(_usual(engine, changes))
    differences = list(changed_decisions(snapshot, changed, who))
    form = {"table": _table, "jsonl": _jsonl, "csv": _csv}[options["form"]]
    write_stdout(form(engine, differences))
    return completeness(snapshot)


def _usual(engine: Access, changes: tuple[Change, ...]) -> Iterator[Principal]:
    """The anonymous visitor, everyone, the groups, and the accounts that the changes are about."""
    users = dict.fromkeys(UserPrincipal(c.user_id) for c in changes if isinstance(c, JoinGroup | LeaveGroup | SetRole))
    yield from (one for one in engine.principals() if not isinstance(one, UserPrincipal))
    yield from users


def _changes(engine: Access, options: Mapping[str, Any]) -> Iterator[Change]:
    for user, group in options["join"]:
        yield JoinGroup(_user(engine, user), _group(engine, group))
    for user, group in options["leave"]:
        yield LeaveGroup(_user(engine, user), _group(engine, group))
    for user, role in options["role"]:
        yield SetRole(_user(engine, user), role)
    for project, how in options["lock"]:
        yield SetLock(_ref(engine, project, Kind.PROJECT).id, _lock(how))
    for workbook, how in options["tabs"]:
        yield ShowTabs(_ref(engine, workbook, Kind.WORKBOOK).id, shown=how == "shown")
    for words in options["add_rule"]:
        yield AddRule(*_rule(engine, *words))
    for words in options["drop_rule"]:
        yield RemoveRule(*_rule(engine, *words))
    for name, value in options["setting"]:
        yield SetSetting(name, _value(value))


def _user(engine: Access, name: str) -> str:
    found = engine.find_principal(name if name.startswith("user:") else f"user:{name}")
    assert isinstance(found, UserPrincipal)
    return found.user_id


def _group(engine: Access, name: str) -> str:
    found = engine.find_principal(name if name.startswith("group:") else f"group:{name}")
    assert isinstance(found, GroupPrincipal)
    return found.group_id


def _ref(engine: Access, text: str, kind: Kind) -> Any:
    return engine.find_content(text if text.startswith(f"{kind}:") else f"{kind}:{text}")


def _lock(word: str) -> Lock:
    if word not in (Lock.CUSTOMIZABLE, Lock.LOCKED, Lock.LOCKED_WITHOUT_NESTED):
        raise UsageError(
            f"'{word}' is no lock.", where="--lock", next_step="customizable, locked or locked_without_nested."
        )
    return Lock(word)


def _rule(engine: Access, content: str, who: str, capability: str, mode: str) -> tuple[Any, Rule]:
    from auditor.cli.access import natives_of

    ref = engine.find_content(content)
    native = natives_of(capability, ref.kind)[0]
    try:
        said = Mode(mode.capitalize())
    except ValueError:
        raise UsageError(f"'{mode}' is no mode of a rule.", next_step="Allow or Deny.") from None
    return ref, Rule(_grantee(engine, who), native, said)


def _grantee(engine: Access, text: str) -> Grantee:
    if text == "anonymous":
        guests = [user for user in engine.snapshot.users.values() if user.is_guest]
        if not guests:
            raise UsageError("the list of users holds no guest to name in a rule.")
        return Grantee(GranteeKind.USER, guests[0].id)
    if text == "everyone":
        text = next((f"group:{g.name}" for g in engine.snapshot.groups.values() if g.is_everyone), "group:All Users")
    found = engine.find_principal(text)
    match found:
        case UserPrincipal(user_id):
            return Grantee(GranteeKind.USER, user_id)
        case GroupPrincipal(group_id):
            return Grantee(GranteeKind.GROUP, group_id)
        case _:
            raise UsageError(f"'{text}' cannot be named in a rule.", next_step="user:NAME or group:NAME.")


def _value(text: str) -> SettingValue:
    words: dict[str, SettingValue] = {"true": True, "false": False}
    return words.get(text.lower(), int(text) if text.isdigit() else text)


def _rows(engine: Access, differences: list[Difference]) -> Iterator[dict[str, str]]:
    from auditor.model.vocabulary import neutral_name

    snapshot: Snapshot = engine.snapshot
    for one in differences:
        kind, _, name = engine.principal_info(one.after.principal)
        subject = snapshot.subject(one.after.ref)
        yield {
            "principal": f"{kind}:{name}",
            "content": f"{one.after.ref.kind}: {path_of(snapshot, subject) if subject else one.after.ref.id}",
            "capability": neutral_name(one.after.capability, one.after.ref.kind),
            "before": str(one.before.outcome),
            "after": str(one.after.outcome),
            "reason": one.after.reason,
        }


def _table(engine: Access, differences: list[Difference]) -> str:
    from auditor.report.render.clean import clean

    lines = [
        clean(
            f"{row['principal']}: {row['capability']} on {row['content']}: {row['before']} → {row['after']} ({row['reason']})"
        )
        for row in _rows(engine, differences)
    ]
    return "\n".join([*lines, f"{len(lines)} answers would change."]) + "\n"


def _jsonl(engine: Access, differences: list[Difference]) -> str:
    from auditor.report.render.as_json import escaped

    return "".join(escaped(json.dumps(row, ensure_ascii=False)) + "\n" for row in _rows(engine, differences))


def _csv(engine: Access, differences: list[Difference]) -> str:
    from auditor.cli.decisions import csv_line

    rows = list(_rows(engine, differences))
    return "".join([csv_line(rows[0]), *(csv_line(row.values()) for row in rows)]) if rows else ""
