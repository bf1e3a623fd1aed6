"""The last run as Prometheus metrics, for node_exporter's textfile collector.

Only numbers, the site and names of reads; no names of content or people. A number that is not known is NaN, never 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from auditor.errors import UsageError
from auditor.files import write_whole
from auditor.findings import Severity, Verdict
from auditor.history.records import RunRecord

_Sample = tuple[dict[str, str], float | int | None]


def metrics_text(run: RunRecord) -> str:
    """The metrics of a run in Prometheus' text format (all gauges; times are Unix seconds)."""
    site = {"server": run.server, "site": run.site_name or run.content_url or run.site_id}
    plain: tuple[tuple[str, str, float | int], ...] = (
        ("last_run_timestamp_seconds", "When the last audit finished.", run.finished.timestamp()),
        ("last_run_duration_seconds", "How long the last audit took.", run.seconds),
        ("requests", "Requests that the last audit made.", run.requests),
        ("complete", "1 if all that the policies need was read and judged.", int(run.complete)),
        ("exit_code", "The exit code of the last audit.", run.exit_code),
        (
            "unknown_findings",
            "Findings that could not be judged.",
            sum(f.verdict is Verdict.UNKNOWN for f in run.findings),
        ),
        ("waived_findings", "Failures that a waiver holds back.", sum(f.waived for f in run.findings)),
    )
    lines: list[str] = []
    for name, help_text, value in plain:
        lines += _family(name, help_text, [(site, value)])
    failures = run.open_by_severity()
    by_severity = [({**site, "severity": str(severity)}, failures.get(severity, 0)) for severity in Severity]
    lines += _family("open_findings", "Failures neither waived nor of a preview rule.", by_severity)
    expected = [({**site, "read": line.read}, line.expected) for line in run.coverage]
    got = [({**site, "read": line.read}, line.got) for line in run.coverage]
    lines += _family("coverage_expected", "Objects that a read should give; NaN where nobody could say.", expected)
    lines += _family("coverage_got", "Objects that a read gave.", got)
    return "\n".join(lines) + "\n"


def write_metrics(run: RunRecord, path: Path) -> None:
    """Write the metrics of a run for the textfile collector, which reads only files that end in `.prom`.

    Raises UsageError for another name, and where the file cannot be written.
    """
    if path.suffix != ".prom":
        raise UsageError(
            "node_exporter reads only files that end in .prom.",
            where=str(path),
            next_step=f"Call it {path.with_suffix('.prom').name}.",
        )
    write_whole(path, metrics_text(run), mode=0o644)


def _family(name: str, help_text: str, samples: Iterable[_Sample]) -> list[str]:
    full = f"bi_auditor_{name}"
    lines = [f"{full}{{{_labels(labels)}}} {_number(value)}" for labels, value in samples]
    return [f"# HELP {full} {help_text}", f"# TYPE {full} gauge", *lines] if lines else []


def _labels(labels: dict[str, str]) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(value: str) -> str:
    """As the text format asks for: backslash, quote and line feed; other control characters have no place in a label."""
    text = "".join(char if char == "\n" or char.isprintable() else "\ufffd" for char in value)
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float | None) -> str:
    return "NaN" if value is None else repr(value)
