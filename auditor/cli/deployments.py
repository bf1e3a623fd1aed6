"""`auditor scan --deployments FILE`: every site of a file, a report each and one summary."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import say
from auditor.cli.output import FORMAT_OF_SUFFIX, STDOUT, write_stdout, write_text
from auditor.errors import UsageError

if TYPE_CHECKING:
    from auditor.deployments import Failure, Hands, Overrides, SiteJob, SiteResult
    from auditor.report import Report

#: Options of `scan` that say something about all sites; every other is about one.
_OF_ALL = frozenset({
    "deployments", "executor", "policies", "select", "ignore", "register", "waivers", "no_waivers", "strict_waivers",
    "formats", "outputs", "fail_on", "exit_zero", "quiet", "verbose",
})  # fmt: skip
_SUFFIX = {"junit": ".xml", "markdown": ".md", "text": ".txt", "github": ".txt"}
_NAME = "{name}"


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where reports go, as (format, pattern with {name}), and the format of the summary on stdout."""

    reports: tuple[tuple[str, str], ...]
    summary: str = "text"


def scan_deployments(options: Mapping[str, Any]) -> int:
    """Audit every site of the file. The exit code is the worst by the contract's order (`deployments.overall`)."""
    from auditor.audit import now
    from auditor.deployments import load_deployments, overall, run_all, summary

    refuse_options_of_one_site()
    outputs = plan_outputs(options["formats"], options["outputs"])
    file = load_deployments(Path(options["deployments"]), today=now().date(), overrides=_overrides(options))
    for _, pattern in outputs.reports:
        _make_folder(pattern)
    results: dict[str, SiteResult] = {}
    with _hands(options["executor"], file.at_a_time) as hands:
        for job, outcome in run_all(file.jobs, hands):
            results[job.name] = _finish(job, outcome, outputs, options)
    ordered = [results[job.name] for job in file.jobs]
    code = overall((result.code for result in ordered), exit_zero=options["exit_zero"])
    if outputs.summary == "json":
        from auditor.report.render.as_json import escaped

        write_stdout(escaped(json.dumps(summary(ordered, code), indent=2, ensure_ascii=False)) + "\n")
    else:
        write_stdout(summary_text(ordered))
    return int(code)


def refuse_options_of_one_site() -> None:
    """UsageError where an option was given on the command line that says something about one site only."""
    context = click.get_current_context()
    for option in context.command.params:
        if option.name not in _OF_ALL and _given(context, str(option.name)):
            raise UsageError(
                f"{option.opts[0]} does not go with --deployments.",
                next_step="The file has keys for what differs from site to site (server, site, token, workers …).",
            )


def _given(context: click.Context, name: str) -> bool:
    """Was the option written, and not left at its default?"""
    return context.get_parameter_source(name) not in (None, click.core.ParameterSource.DEFAULT)


def plan_outputs(formats: Sequence[str], outputs: Sequence[str]) -> Outputs:
    """Pair formats with outputs in order; spare formats go to the last folder; `-` and no output at all are the summary.

    An output is a pattern with {name} or a folder, in which each report is named after its site.
    """
    if len(outputs) > len(formats):
        formats = (*formats, *(_format_of(path) for path in outputs[len(formats) :]))
    if len(formats) > len(outputs):
        spare = len(formats) - len(outputs)
        last = outputs[-1] if outputs else STDOUT
        if (last == STDOUT and len(formats) > 1) or _NAME in last:
            raise UsageError(
                f"{len(formats)} formats for {len(outputs)} outputs.",
                where="--format",
                next_step="Give a folder as --output.",
            )
        outputs = (*outputs, *[last] * spare)
    summaries = [fmt for fmt, path in zip(formats, outputs, strict=True) if path == STDOUT]
    if len(summaries) > 1 or any(fmt not in {"text", "json"} for fmt in summaries):
        raise UsageError(
            "on stdout there is one summary of all sites, as text or JSON.",
            where="--format",
            next_step="Give the reports of the sites a folder: --output DIR.",
        )
    reports = tuple((fmt, _pattern(fmt, path)) for fmt, path in zip(formats, outputs, strict=True) if path != STDOUT)
    if len({pattern for _, pattern in reports}) < len(reports):
        raise UsageError(
            "Two reports would be written to the same file.", where="--output", next_step="Name two patterns."
        )
    return Outputs(reports, summaries[0] if summaries else "text")


def _format_of(path: str) -> str:
    if path == STDOUT:
        return "text"
    return FORMAT_OF_SUFFIX.get(Path(path).suffix.lower(), "json") if _NAME in path else "json"


def _pattern(fmt: str, path: str) -> str:
    return path if _NAME in path else str(Path(path) / f"{_NAME}{_SUFFIX.get(fmt, f'.{fmt}')}")


def _make_folder(pattern: str) -> None:
    folder = Path(pattern.replace(_NAME, "x")).parent if _NAME not in str(Path(pattern).parent) else None
    if folder is None:
        raise UsageError(f"{_NAME} can stand in a file's name only.", where=f"--output {pattern}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"the folder cannot be made ({error.strerror}).", where=f"--output {folder}") from error


def _overrides(options: Mapping[str, Any]) -> Overrides:
    from auditor.deployments import Overrides
    from auditor.findings import Severity

    return Overrides(
        policies=options["policies"] or None,
        select=options["select"] or None,
        ignore=options["ignore"] or None,
        waivers=() if options["no_waivers"] else options["waivers"] or None,
        register=options["register"],
        fail_on=Severity(options["fail_on"]) if _given(click.get_current_context(), "fail_on") else None,
    )


def _hands(executor: str | None, at_a_time: int | None) -> AbstractContextManager[Hands]:
    if executor is None:
        from auditor.deployments import here

        return here(at_a_time)
    from auditor.deployments.cluster import on_dask

    return on_dask(executor, at_a_time)


def _finish(job: SiteJob, outcome: Report | Failure, outputs: Outputs, options: Mapping[str, Any]) -> SiteResult:
    """Write the reports of one site as soon as it is done, and keep only its head."""
    from auditor.deployments import Failure, SiteResult, site_code
    from auditor.report import RenderOptions, render

    places: list[str] = []
    if isinstance(outcome, Failure):
        say(f"{job.name}: no audit was made. {outcome.sentence}")
    else:
        for fmt, pattern in outputs.reports:
            place = pattern.replace(_NAME, job.file_name)
            write_text(place, render(outcome, fmt, RenderOptions()))
            places.append(place)
        if not options["quiet"]:
            say(f"{job.name}: done, {outcome.run.requests:,} requests.")
    code = site_code(job, outcome, exit_zero=options["exit_zero"], strict_waivers=options["strict_waivers"])
    return SiteResult.of(job, outcome, code=code, reports=places)


_WORDS = {0: "clean", 1: "findings", 3: "incomplete", 70: "bug"}


def summary_text(results: Sequence[SiteResult]) -> str:
    """A line for each site: its verdict, its failures by severity, what is unknown; then why sites were not audited."""
    from auditor.report.render.clean import clean

    width = max(len(clean(result.name)) for result in results)
    lines = [
        f"{clean(result.name):<{width}}  {_WORDS.get(result.code, 'no audit'):<10}  {_counts(result)}"
        for result in results
    ]
    audited = sum(1 for result in results if result.error is None)
    lines.append(f"{audited} of {len(results)} sites audited, {sum(r.requests for r in results):,} requests.")
    lines += [f"{clean(result.name)}: {clean(result.error)}" for result in results if result.error is not None]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _counts(result: SiteResult) -> str:
    if result.error is not None:
        return ""
    fails = [f"{number} {severity}" for severity, number in dict(result.counts.get("fail") or {}).items() if number]
    unknown = result.counts.get("unknown") or 0
    parts = [", ".join(fails) or "no failures"]
    if unknown:
        parts.append(f"{unknown} unknown")
    if not result.complete:
        parts.append("not everything was read")
    return "; ".join(parts)
