"""A comment on a pull request: what is new first, within the size that GitHub takes, every name harmless."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from auditor.findings import Verdict
from auditor.report.model import Report, ReportFinding, Thing
from auditor.report.render.clean import clean, count, cut, safe_url
from auditor.report.render.options import RenderOptions
from auditor.report.render.words import (
    audience_words,
    baseline_words,
    capabilities_words,
    coverage_words,
    deciding,
    kind_words,
    nothing_changed,
    standing,
    status_words,
    summary_words,
    target_words,
)

#: The bot finds its earlier comment by this line; it never changes.
MARKER = "<!-- bi-auditor-report -->"
_FOOTER = 400  # characters kept for the line that says what was left out
#: What Markdown, HTML, GitHub's mentions, references, emoji, formulas and bare links are made of.
_SPECIAL = re.compile(r"[&<>\"`*_~\[\]!|\\{}@#^$:]|(?<=www)\.", re.IGNORECASE)
_AFFECTED = 20
_STEPS = 8  # of a proof


def render(report: Report, options: RenderOptions) -> str:
    """GitHub Markdown of at most `options.max_chars` characters. With a baseline, new and wider findings stand first."""
    head = "\n".join(
        [MARKER, f"## bi-auditor: {_verdict(report)}", "", escape(target_words(report)), "", *_facts(report), ""]
    )
    blocks = [*_findings(report, options), *_gone(report), *_waivers(report), *_misses(report)]
    return _fitted(head, blocks, options.max_chars)


def escape(text: str) -> str:
    """Text that Markdown, HTML and GitHub leave alone: entities for its punctuation, no mention, no reference, no link."""
    entities = _SPECIAL.sub(lambda m: f"&#{ord(m.group())};", clean(text))
    # An entity does not stop GitHub's mentions and issue references, which look at the finished page; a comment does.
    parted = re.sub(r"(&#64;|&#35;)", r"\1<!-- -->", entities)
    return re.sub(r"(?i)\b(gh-)(?=\d)", r"\1<!-- -->", parted)


def code(text: str) -> str:
    """A name in code letters; as HTML, since a name may hold backticks."""
    return f"<code>{escape(cut(clean(text), 300))}</code>"


def _verdict(report: Report) -> str:
    changes = [f for f in report.findings if f.open_failure and f.is_change]
    if report.baseline is not None:
        words = f"{count(len(changes), 'new or wider finding')}"
    else:
        words = count(len(changes), "finding")
    return words if report.complete else f"{words}, audit INCOMPLETE"


def _facts(report: Report) -> list[str]:
    mark = "✅" if report.complete else "⚠️"
    against = [f"{escape(baseline_words(report))}  "] if report.baseline is not None else []
    return [*against, f"{escape(summary_words(report))}  ", f"{mark} {escape(coverage_words(report))}"]


def _findings(report: Report, options: RenderOptions) -> list[str]:
    shown = [f for f in report.findings if f.is_change or not options.changes_only]
    if options.changes_only:
        shown = [f for f in shown if f.waiver is None or f.baseline_state is not None]
    nothing = nothing_changed(report) if options.changes_only else ""
    return [*([nothing + "\n"] if nothing else []), *(_finding(f) for f in sorted(shown, key=standing))]


def _finding(finding: ReportFinding) -> str:
    """A folded block: the head says what and where, inside stand whom, why and what to do."""
    label = "UNKNOWN" if finding.verdict is Verdict.UNKNOWN else finding.severity.upper()
    state = f" ({escape('; '.join(status_words(finding)))})" if status_words(finding) else ""
    head = f"<b>{label}</b> {code(finding.rule)} {escape(cut(finding.title, 200))}: {code(finding.subject.path)}{state}"
    concerned = ": ".join(part for part in (audience_words(finding.audience), capabilities_words(finding)) if part)
    lines = [
        _item("For whom", concerned),
        _item("What", finding.message),
        f"- **Object**: {escape(kind_words(finding.subject.kind))} {_linked(finding.subject)}",
        *_affected(finding.affected),
        *_why(finding),
        _item(
            "Columns",
            ", ".join(f"{c.name} ({', '.join(c.classes)})" if c.classes else c.name for c in finding.columns[:12]),
        ),
        _item("Not read", ", ".join(finding.unread)),
        *(_item("Note", note) for note in finding.notes),
        _item("Do", finding.remediation),
        f"- **Policy**: {code(f'{finding.policy.file}:{finding.policy.line}')} · id {code(finding.fingerprint)}",
    ]
    body = "\n".join(line for line in lines if line)
    return f"<details><summary>{head}</summary>\n\n{body}\n\n</details>\n"


def _why(finding: ReportFinding) -> list[str]:
    """The last steps of the proof, which decide, and how many come before them."""
    earlier = len(finding.proof) - _STEPS
    before = [f"- **Why**: {count(earlier, 'earlier step')} in the JSON and HTML reports, then:"] if earlier > 0 else []
    return [*before, *(_item("Why", step) for step in deciding(finding, _STEPS))]


def _item(label: str, text: str) -> str:
    return f"- **{label}**: {escape(cut(clean(text), 600))}" if text else ""


def _linked(item: Thing) -> str:
    url = safe_url(item.url)
    return f'<a href="{url.replace("&", "&amp;")}">{code(item.path)}</a>' if url else code(item.path)


def _affected(items: Sequence[Thing]) -> list[str]:
    if not items:
        return []
    lines = [f"- **Affects** {count(len(items), 'object')}:"]
    lines += [f"  - {escape(kind_words(item.kind))} {code(item.path)}" for item in items[:_AFFECTED]]
    if len(items) > _AFFECTED:
        lines.append(f"  - … and {len(items) - _AFFECTED:,} more")
    return lines


def _gone(report: Report) -> list[str]:
    if report.baseline is None:
        return []
    gone = [f"- {code(g.rule)} {code(g.subject.path)}" for g in report.baseline.gone if g.told]
    silent = [
        f"- {code(g.rule)} {code(g.subject.path)}: {escape(g.reason)}" for g in report.baseline.gone if not g.told
    ]
    note = [escape(report.baseline.note) + "\n"] if report.baseline.note else []
    return [*_folded("Gone since the baseline", gone), *_folded("In the baseline, cannot be told now", silent), *note]


def _waivers(report: Report) -> list[str]:
    if report.waivers is None:
        return []
    sections = (
        ("Waivers that expire within 14 days", report.waivers.expiring),
        ("Expired waivers", report.waivers.expired),
        ("Waivers without a finding", report.waivers.unused),
    )
    blocks: list[str] = []
    for title, notes in sections:
        lines = [f"- {escape(n.expires)} {code(n.rule)} {code(n.path or n.subject)} {escape(n.owner)}" for n in notes]
        blocks += _folded(title, lines)
    return blocks


def _misses(report: Report) -> list[str]:
    lines = [
        f"- {code(line.read)} {escape(m.kind)} {code(m.name or m.id)}: {escape(m.reason)} → {escape(m.remedy)}"
        for line in report.incomplete_lines
        for m in line.missing[:10]
    ]
    return _folded("Not read", lines)


def _folded(title: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    shown = [*lines[:50], *([f"- … and {len(lines) - 50} more"] if len(lines) > 50 else [])]
    return [f"<details><summary>{title}: {len(lines)}</summary>\n\n" + "\n".join(shown) + "\n\n</details>\n"]


def _fitted(head: str, blocks: Iterable[str], limit: int) -> str:
    """As many whole blocks as fit; the rest is counted."""
    text, left = head, 0
    for block in blocks:
        if left or len(text) + len(block) + 1 > limit - _FOOTER:
            left += 1
        else:
            text += "\n" + block
    if left:
        text += f"\n… and {count(left, 'more block')} left out: the comment is limited to {limit:,} characters.\n"
    return text
