"""`auditor policy`: list, show, check, test and begin policies; print their JSON Schemas."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import say
from auditor.cli.output import STDOUT, write_stdout, write_text
from auditor.cli.policy_catalogue import new, pack_text, packs, parameters

if TYPE_CHECKING:
    from auditor.policy import Policy, PolicyRule

_POLICIES = click.option(
    "--policy", "-p", "policies", multiple=True, metavar="FILE|DIR|NAME", help="[default: default]"
)


@click.group()
def policy() -> None:
    """List, show, check, test and begin policies; print their JSON Schemas."""


for _command in (packs, parameters, new):
    policy.add_command(_command)


@policy.command("list")
@_POLICIES
@click.option(
    "--all", "everything", is_flag=True, help="Rules of every shipped pack, disabled ones and planned ones too."
)
@click.option("--format", "-f", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
def list_(policies: tuple[str, ...], everything: bool, form: str) -> int:
    """The rules of a policy, worst first."""
    from auditor.policy import load, pack_names
    from auditor.policy.catalogue import packs as shipped

    names = policies or ("default",)
    loaded = load(names)
    rows = [_row(rule, "preview" if rule.preview else "active") for rule in loaded.rules]
    if everything:
        rows += _others(loaded)
    rows.sort(key=lambda row: _rank(row["severity"]))
    if form == "json":
        write_stdout(json.dumps({"packs": list(pack_names()), "rules": rows}, indent=2, ensure_ascii=False) + "\n")
        return 0
    lines = [f"{row['id']:<10} {row['severity']:<9} {row['status']:<16} {row['title']}" for row in rows]
    footer = f"{_counted(rows, ', '.join(names))}. `auditor policy show ID` says more.\n"
    about = "\nShipped packs:\n\n" + "".join(pack_text(one) for one in shipped())
    write_stdout("\n".join(lines) + "\n" + about + "\n" + footer)
    return 0


def _others(loaded: Policy) -> list[dict[str, Any]]:
    """What is not judged: disabled rules, rules of other packs, planned ones."""
    from auditor.policy import load, pack_names, planned_rules

    shipped = [(pack, rule) for pack in pack_names() for rule in load((pack,)).rules]
    severities = {rule.id: str(rule.severity) for _, rule in shipped}
    rows: list[dict[str, Any]] = [
        {
            "id": one.id,
            "severity": severities.get(one.id, ""),
            "title": one.reason,
            "status": "disabled",
            "place": "",
            "needs": [],
        }
        for one in loaded.disabled
    ]
    known = {rule.id for rule in loaded.rules} | {row["id"] for row in rows}
    for pack, rule in shipped:
        if rule.id not in known:
            known.add(rule.id)
            rows.append(_row(rule, f"in pack {rule.pack or pack}"))
    return rows + [_planned(rule) for rule in planned_rules()]


def _rank(severity: str) -> int:
    from auditor.findings import Severity

    return [str(one) for one in Severity].index(severity) if severity else len(Severity)


def _counted(rows: Sequence[dict[str, Any]], of: str) -> str:
    """How many rules are judged, and apart from them how many are listed only."""
    counts: dict[str, int] = {}
    for row in rows:
        status = "of other packs" if row["status"].startswith("in pack") else row["status"]
        counts[status] = counts.get(status, 0) + 1
    active, previews = counts.pop("active", 0), counts.pop("preview", 0)
    told = f"{active + previews} rules of {of}" + (f" ({previews} of them previews)" if previews else "")
    listed = ", ".join(f"{number} {status}" for status, number in counts.items())
    return f"{told}; not judged: {listed}" if listed else told


def _row(rule: PolicyRule, status: str) -> dict[str, Any]:
    from auditor.checks import rule_reads
    from auditor.policy import Policy

    return {
        "id": rule.id,
        "severity": str(rule.severity),
        "title": rule.title,
        "status": status,
        "place": f"{rule.file}:{rule.line}",
        "kind": rule.kind,
        "needs": sorted(rule_reads(rule, Policy((rule,)))),
    }


def _planned(rule: Any) -> dict[str, Any]:
    place = {"place": "", "kind": "planned", "needs": [str(read) for read in rule.needs]}
    return {"id": rule.id, "severity": str(rule.severity), "title": rule.title, "status": "planned", **place}


@policy.command()
@click.argument("rule_id", metavar="ID")
@_POLICIES
def show(rule_id: str, policies: tuple[str, ...]) -> int:
    """The page of one rule: what, why, how it is found, how to mend it."""
    from auditor.checks import rule_reads
    from auditor.errors import UsageError
    from auditor.policy import load, pack_names
    from auditor.policy.pages import render

    for names in (policies or ("default",), *((pack,) for pack in pack_names() if not policies)):
        loaded = load(names)
        found = [rule for rule in loaded.rules if rule.id.casefold() == rule_id.casefold()]
        if found:
            write_stdout(render(found[0], needs=sorted(str(read) for read in rule_reads(found[0], loaded))))
            return 0
    planned = _planned_page(rule_id)
    if planned is None:
        load(policies or ("default",)).rule(rule_id)  # raises with the nearest id
        raise UsageError(f"There is no rule '{rule_id}'.")
    write_stdout(planned)
    return 0


def _planned_page(rule_id: str) -> str | None:
    from auditor.policy import planned_rules

    for rule in planned_rules():
        if rule.id.casefold() == rule_id.casefold():
            needs = ", ".join(str(read) for read in rule.needs)
            return f"# {rule.id}: {rule.title}\n\nPlanned, not run yet: {rule.why}\n\nNeeds: {needs}.\n"
    return None


@policy.command()
@click.argument("files", nargs=-1, metavar="FILE|DIR|NAME…")
def check(files: tuple[str, ...]) -> int:
    """Are these policies, waivers, registers and policy tests valid? Every fault is told with file, line and column."""
    from auditor.errors import InvalidFileError

    failed = 0
    for name in files or ("default",):
        try:
            say(_checked(name))
        except InvalidFileError as error:
            failed += 1
            say(f"Error: {error}")
    return int(InvalidFileError.exit_code) if failed else 0


def _checked(name: str) -> str:
    """A sentence on a valid file; a file is told by what it holds. Raises InvalidFileError."""
    from auditor.audit import now
    from auditor.policy import load
    from auditor.policy.marked_yaml import parse, read_text
    from auditor.policy.register import load_register
    from auditor.policy.testing import load_tests
    from auditor.triage import load_waivers

    path = Path(name)
    if path.is_file():
        data = parse(read_text(path), name).data
        keys = set(data) if isinstance(data, dict) else set()
        if "waivers" in keys:
            return f"{name}: {len(load_waivers([path], rules=None, today=now().date()))} waivers, valid."
        if "cases" in keys:
            return f"{name}: {sum(len(one.file.cases) for one in load_tests([path]))} policy test cases, valid."
        if "entries" in keys or "items" in keys:
            return f"{name}: {len(load_register(path).entries)} register entries, valid."
    loaded = load((name,))
    return f"{name}: {len(loaded.rules)} rules, valid."


@policy.command()
@click.argument("paths", nargs=-1, metavar="FILE|DIR|NAME…")
@click.option("--require-tests", is_flag=True, help="Fail where a rule has no failing, passing or unknown case.")
def test(paths: tuple[str, ...], require_tests: bool) -> int:
    """Run policy tests: small sites and the verdicts expected of them.

    Exit codes: 0 all as expected, 1 not, 4 a file is not valid.
    """
    from auditor.checks.policytest import run_tests

    run = run_tests(paths or ("default",))
    for case in run.cases:
        for problem in case.problems:
            say(f"{case.where}: {case.name}: {problem}")
    for rule in run.untested:
        say(f"Rule {rule} has no test.")
    for rule, lacking in sorted(run.partly.items()):
        say(f"Rule {rule} has no case that shows: {', '.join(sorted(lacking))}.")
    bad = sum(not case.ok for case in run.cases)
    write_stdout(
        f"{len(run.cases) - bad} of {len(run.cases)} cases as expected; {len(run.rules)} rules, {len(run.untested)} without a test.\n"
    )
    return int(bool(bad or (require_tests and (run.untested or run.partly))))


@policy.command()
@click.argument("name", required=False, metavar="[NAME]")
@click.option("--output", "-o", metavar="DIR", default=STDOUT, help="Write every schema into this folder.")
def schema(name: str | None, output: str) -> int:
    """The JSON Schemas: policy, waivers, register, tests, report. All of them, or the one of NAME."""
    from auditor.errors import UsageError
    from auditor.schemas import schemas

    known = schemas()
    if name is not None and name not in known:
        raise UsageError(f"There is no schema '{name}'.", next_step=f"One of: {', '.join(known)}.")
    wanted: Sequence[str] = [name] if name else list(known)
    if output != STDOUT:
        for one in wanted:
            Path(output).mkdir(parents=True, exist_ok=True)
            write_text(
                str(Path(output) / f"{one}.schema.json"), json.dumps(known[one], indent=2, ensure_ascii=False) + "\n"
            )
        return 0
    data = known[wanted[0]] if name else known
    write_stdout(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
    return 0
