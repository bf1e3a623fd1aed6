"""What follows a run: the history, people who are told, metrics, the health file. None of it changes the verdict."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.audit import Audited, Job, now
from auditor.cli import say
from auditor.errors import AuditorError, UsageError
from auditor.sources.saved import digest_of

if TYPE_CHECKING:
    from auditor.history import History
    from auditor.report import HistoryPoint


def before_run(options: Mapping[str, Any]) -> None:
    """Refuse what can only fail afterwards. Raises UsageError or InvalidFileError."""
    if options.get("notify_names"):
        if not options.get("history"):
            raise UsageError("--notify tells what changed since the last run.", next_step="Add --history DB.")
        _targets(options)
    if options.get("executor") and not options.get("deployments"):
        raise UsageError("--executor is for many sites.", next_step="Name them with --deployments FILE.")
    if options.get("history"):
        _history(options)  # a history that cannot be kept is told before the audit, not after it


def past_runs(audited: Audited, options: Mapping[str, Any]) -> tuple[HistoryPoint, ...]:
    """The site's last runs and this one, for the report's chart; empty without a history."""
    if not options.get("history"):
        return ()
    from auditor.report import HistoryPoint

    report = audited.report
    site = report.target.site
    earlier = _history(options).trend(limit=89, site=site.id or site.content_url or site.name)
    points = [
        HistoryPoint(
            date=one.finished.date().isoformat(),
            fail=tuple((str(name), number) for name, number in one.failures.items()),
            unknown=one.unknown,
            complete=one.complete,
        )
        for one in earlier
    ]
    now_open = tuple((str(name), number) for name, number in report.summary.fail.items())
    today = HistoryPoint(now().date().isoformat(), now_open, report.summary.unknown, report.complete)
    return (*points, today)


def after_run(audited: Audited, job: Job, code: int, options: Mapping[str, Any]) -> None:
    """Keep the run and tell what changed. A fault here is told and leaves the exit code as it is."""
    for step in (_keep, _metrics, _health):
        try:
            step(audited, job, code, options)
        except AuditorError as error:
            say(f"Error: {error}")


def after_failure(error: AuditorError, options: Mapping[str, Any]) -> None:
    """Say in the health file and to the receivers that no audit was made."""
    if options.get("health"):
        from auditor.history import Attempt, write_health

        write_health(Attempt(now(), int(error.exit_code), problem=str(error)), Path(options["health"]))
    if options.get("notify_names"):
        from auditor.notify import notify_failure

        site = options.get("site") or options.get("server") or "the site"
        for sentence in notify_failure(site, str(error), _targets(options)):
            say(sentence)


def _record(audited: Audited, job: Job, code: int) -> Any:
    from auditor.history import record_of

    report = audited.report.model_dump(mode="json", by_alias=True)
    return record_of(
        report,
        rules=[rule.id for rule in job.policy.rules],
        exit_code=code,
        snapshot_digest=digest_of(audited.snapshot),
    )


def _keep(audited: Audited, job: Job, code: int, options: Mapping[str, Any]) -> None:
    if not options.get("history"):
        return
    store = _history(options)
    store.record(_record(audited, job, code))
    if options.get("notify_names"):
        from auditor.notify import notify

        for sentence in notify(store.changes(audited.report.run.id), _targets(options)):
            say(sentence)


def _history(options: Mapping[str, Any]) -> History:
    from auditor.history import open_history

    # A password in the environment's URL is the environment's business; on the command line everybody sees it.
    from_environment = options["history"] == os.environ.get("AUDITOR_HISTORY")
    return open_history(options["history"], now=now(), is_argument=not from_environment)


def _metrics(audited: Audited, job: Job, code: int, options: Mapping[str, Any]) -> None:
    if options.get("metrics"):
        from auditor.history import write_metrics

        write_metrics(_record(audited, job, code), Path(options["metrics"]))


def _health(audited: Audited, job: Job, code: int, options: Mapping[str, Any]) -> None:
    del job
    if options.get("health"):
        from auditor.history import Attempt, write_health

        report = audited.report
        complete = report.complete and report.judged > 0
        write_health(Attempt(now(), code, complete=complete, run_id=report.run.id), Path(options["health"]))


def _targets(options: Mapping[str, Any]) -> Any:
    from auditor.cli.settings import load_receivers
    from auditor.notify import find_targets

    file = options.get("settings_file") or os.environ.get("AUDITOR_SETTINGS")
    return find_targets(options["notify_names"], environment=os.environ, settings=load_receivers(file))
