"""`auditor history`: past runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import say
from auditor.cli.output import write_stdout

if TYPE_CHECKING:
    from auditor.history import History

_DB = click.option(
    "--history",
    "where",
    envvar="AUDITOR_HISTORY",
    required=True,
    metavar="DB",
    help="A file or SQLAlchemy URL. [env: AUDITOR_HISTORY]",
)
_SITE = click.option("--site", metavar="SITE", help="Only runs of this site.")
_JSON = click.option("--format", "-f", "form", type=click.Choice(("text", "json")), default="text", show_default=True)


@click.group()
def history() -> None:
    """Past runs: what came, what went, how long it was open."""


@history.command("list")
@_DB
@_SITE
@_JSON
@click.option("--limit", type=click.IntRange(1), default=30, show_default=True)
def list_(where: str, site: str | None, form: str, limit: int) -> int:
    """The last runs, newest first."""
    runs = _open(where).runs(limit=limit, site=site)
    rows = [
        {
            "id": run.id,
            "finished": run.finished.isoformat(),
            "site": run.site_name or run.content_url,
            "complete": run.complete,
            "open": {str(name): number for name, number in run.open_by_severity().items()},
        }
        for run in runs
    ]
    _print(rows, form, lambda row: f"{row['id'][:12]}  {row['finished'][:19]}  {row['site']}  {_open_words(row)}")
    return 0


@history.command()
@click.argument("run_id", default="latest")
@_DB
@_JSON
def show(run_id: str, where: str, form: str) -> int:
    """One run (an id, its start, or `latest`): its findings and what changed with it."""
    from dataclasses import asdict

    store = _open(where)
    run, changes = store.run(run_id), store.changes(run_id)
    if form == "json":
        write_stdout(json.dumps({"run": asdict(run), "changes": asdict(changes)}, indent=2, default=str) + "\n")
        return 0
    lines = [
        f"{run.id}  {run.finished.isoformat()}  {run.site_name or run.content_url}  {'complete' if run.complete else 'incomplete'}"
    ]
    lines += [
        f"  {row.severity:<9} {row.rule:<9} {row.path}  [{row.verdict}{', waived' if row.waived else ''}]"
        for row in run.findings
    ]
    lines += ["Changes:"] + [f"  {change.kind}: {change.title} - {change.path}" for change in changes.changes]
    _write(lines)
    return 0


@history.command()
@_DB
@_SITE
@_JSON
@click.option("--open", "only_open", is_flag=True, help="Only what is still open.")
@click.option("--fingerprint", metavar="START", help="One finding, by the start of its fingerprint.")
def exposures(where: str, site: str | None, form: str, only_open: bool, fingerprint: str | None) -> int:
    """From when to when each exposure was open."""
    from auditor.audit import now

    intervals = _open(where).exposures(only_open=only_open, fingerprint=fingerprint, site=site)
    today = now()
    rows = [
        {
            "fingerprint": one.fingerprint,
            "rule": one.rule,
            "severity": str(one.severity),
            "path": one.path,
            "first_seen": one.first_seen.isoformat(),
            "last_seen": one.last_seen.isoformat(),
            "closed": one.closed.isoformat() if one.closed else None,
            "days": round(((one.closed or today) - one.first_seen).total_seconds() / 86400, 1),
        }
        for one in intervals
    ]
    _print(
        rows,
        form,
        lambda r: (
            f"{r['fingerprint'][:12]}  {r['severity']:<9} {r['rule']:<9} {r['days']:>7} days  {r['first_seen'][:10]} to {(r['closed'] or 'now')[:10]}  {r['path']}"
        ),
    )
    return 0


@history.command()
@_DB
@click.option("--keep", type=click.IntRange(1), help="Keep the newest N runs of each site.")
@click.option("--before", type=click.DateTime(["%Y-%m-%d"]), help="Delete runs that finished before this day (UTC).")
def prune(where: str, keep: int | None, before: Any) -> int:
    """Delete old runs. Exposures and the newest run of each site stay."""
    from datetime import UTC

    from auditor.errors import UsageError

    if keep is None and before is None:
        raise UsageError("nothing says what to delete.", next_step="Give --keep or --before.")
    number = _open(where).prune(keep=keep, before=before.replace(tzinfo=UTC) if before else None)
    say(f"{number} runs were deleted.")
    return 0


def _open(where: str) -> History:
    from auditor.audit import now
    from auditor.history import open_history

    return open_history(where, now=now(), create=False)


def _open_words(row: dict[str, Any]) -> str:
    words = ", ".join(f"{number} {name}" for name, number in row["open"].items()) or "nothing open"
    return words if row["complete"] else f"{words} (incomplete)"


def _print(rows: list[dict[str, Any]], form: str, line: Any) -> None:
    if form == "json":
        from auditor.report.render.as_json import escaped

        write_stdout(escaped(json.dumps(rows, indent=2, ensure_ascii=False)) + "\n")
    else:
        _write([line(row) for row in rows] or ["Nothing."])


def _write(lines: list[str]) -> None:
    from auditor.report.render.clean import clean

    write_stdout("".join(clean(line) + "\n" for line in lines))
