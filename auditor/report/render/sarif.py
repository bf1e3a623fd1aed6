"""SARIF 2.1.0 (OASIS), as GitHub code scanning takes it.

- Each result stands at the policy file and line whose expectation failed: GitHub refuses a whole upload of which one
  result has no file (github/codeql-action#1738). The object of the site is the logical location.
- Waived results are left out unless asked for: GitHub ignores `suppressions` (github/codeql-action#1230).
- What could not be judged is `kind` "open", which demands `level` "none" (SARIF 2.1.0, 3.27.10).
- GitHub tells results of one line apart by `partialFingerprints.primaryLocationLineHash` only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from auditor.findings import Severity, Verdict
from auditor.report.model import Report, ReportFinding, Thing
from auditor.report.render.clean import clean, cut
from auditor.report.render.options import RenderOptions
from auditor.report.render.words import (
    audience_words,
    capabilities_words,
    coverage_words,
    deciding,
    line_words,
    status_words,
    thing_words,
    why_words,
)

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_STEPS = 10  # of a proof, the last ones
_MAX_LOGICAL = 100  # logical locations a result; GitHub shows no more
_LEVELS: Mapping[Severity, tuple[str, str]] = MappingProxyType(
    {
        Severity.CRITICAL: ("error", "9.5"),
        Severity.HIGH: ("error", "8.0"),
        Severity.MEDIUM: ("warning", "5.5"),
        Severity.LOW: ("note", "3.0"),
        Severity.INFO: ("note", "1.0"),
    }
)
_STATES = MappingProxyType({"new": "new", "unchanged": "unchanged", "wider": "updated", "narrower": "updated"})
_JSON_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029]")


def render(report: Report, options: RenderOptions) -> str:
    """One run with one result a finding; an incomplete audit is `executionSuccessful: false` with notifications."""
    shown = [f for f in report.findings if _is_shown(f, options)]
    rules = _rules(shown)
    index = {rule["id"]: place for place, rule in enumerate(rules)}
    run: dict[str, Any] = {
        "tool": {"driver": {"name": report.tool.name, "semanticVersion": report.tool.version, "rules": rules}},
        "automationDetails": {
            "id": f"bi-auditor/{quote(clean(report.target.site.content_url) or report.target.platform, safe='')}/"
        },
        "invocations": [_invocation(report)],
        "columnKind": "unicodeCodePoints",
        "results": [_result(f, index[clean(f.rule)]) for f in shown],
    }
    text = json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)
    return _JSON_ESCAPED.sub(lambda m: f"\\u{ord(m.group()):04x}", text) + "\n"


def _is_shown(finding: ReportFinding, options: RenderOptions) -> bool:
    if finding.waiver is not None and not options.show_waived:
        return False
    return finding.is_change or not options.changes_only


def _rules(findings: Sequence[ReportFinding]) -> list[dict[str, Any]]:
    """One reporting descriptor a rule, by id, with the worst severity that its findings have."""
    by_id: dict[str, ReportFinding] = {}
    for finding in findings:
        known = by_id.setdefault(clean(finding.rule), finding)
        if finding.severity.rank < known.severity.rank:
            by_id[clean(finding.rule)] = finding
    return [_rule(rule, finding) for rule, finding in sorted(by_id.items())]


def _rule(rule: str, finding: ReportFinding) -> dict[str, Any]:
    level, score = _LEVELS[finding.severity]
    advice = "\n\n".join(part for part in (clean(finding.rationale), clean(finding.remediation)) if part)
    help_text = "\n\n".join([advice or clean(finding.title), *map(clean, finding.references)])
    return {
        "id": rule,
        "name": re.sub(r"[^0-9A-Za-z]+", "", rule) or "Rule",
        "shortDescription": {"text": cut(_plain(finding.title), 1000) or rule},
        "fullDescription": {"text": cut(_plain(finding.rationale or finding.title), 1000) or rule},
        "help": {"text": _plain(help_text) or rule},
        "defaultConfiguration": {"level": level},
        "properties": {"tags": ["security", "bi", finding.severity.value], "security-severity": score},
    }


def _result(finding: ReportFinding, rule_index: int) -> dict[str, Any]:
    unknown = finding.verdict is Verdict.UNKNOWN
    level, _ = _LEVELS[finding.severity]
    if finding.preview and not unknown:
        level = "note"
    result: dict[str, Any] = {
        "ruleId": clean(finding.rule),
        "ruleIndex": rule_index,
        "kind": "open" if unknown else "fail",
        "level": "none" if unknown else level,
        "message": {"text": _message(finding)},
        "locations": [{"physicalLocation": _place(finding), "logicalLocations": _logical(finding)}],
        "partialFingerprints": {
            "primaryLocationLineHash": f"{finding.fingerprint}:1",
            "biAuditorFingerprint/v1": finding.fingerprint,
        },
        "properties": {
            "severity": finding.severity.value,
            "exposure": finding.exposure.value,
            "audience": clean(finding.audience or ""),
            "affected": len(finding.affected),
        },
    }
    if finding.proof:
        result["properties"]["proof"] = [cut(step, 1000) for step in deciding(finding, _STEPS)]
    if finding.baseline_state is not None:
        result["baselineState"] = _STATES[finding.baseline_state]
    if finding.waiver is not None:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": _plain(finding.waiver.reason)}
        ]
    return result


def _message(finding: ReportFinding) -> str:
    concerned = ": ".join(part for part in (audience_words(finding.audience), capabilities_words(finding)) if part)
    followers = f"{len(finding.affected)} more affected" if finding.affected else ""
    why = f"Why: {why_words(finding, 3, 900)}" if finding.proof else ""
    facts = (thing_words(finding.subject), concerned, finding.message, why, *status_words(finding), followers)
    return _plain(" · ".join(cut(clean(part), 1000) for part in facts if part))


def _plain(text: str) -> str:
    """Text as a SARIF message: no embedded link, no placeholder (SARIF 2.1.0, 3.11.5 and 3.11.6)."""
    without_links = re.sub(r"[\\\[\]]", lambda m: "\\" + m.group(), "\n".join(map(clean, text.split("\n"))))
    return re.sub(r"\{(\d+)\}", r"{{\1}}", without_links)


def _place(finding: ReportFinding) -> dict[str, Any]:
    return {
        "artifactLocation": _artifact(finding.policy.file),
        "region": {"startLine": max(finding.policy.line, 1)},
    }


def _artifact(file: str) -> dict[str, str]:
    """A relative URI from the root of the checkout; an absolute path becomes a file URI."""
    path = clean(file).replace("\\", "/") or "policy"
    while path.startswith("./"):
        path = path[2:]
    if path.startswith("/"):
        return {"uri": "file://" + quote(path)}
    if re.match(r"[A-Za-z]:/", path):
        return {"uri": "file:///" + quote(path, safe="/:")}
    return {"uri": quote(path), "uriBaseId": "%SRCROOT%"}


def _logical(finding: ReportFinding) -> list[dict[str, str]]:
    return [_location(item) for item in (finding.subject, *finding.affected)[:_MAX_LOGICAL]]


def _location(item: Thing) -> dict[str, str]:
    return {"name": clean(item.name), "fullyQualifiedName": clean(item.path), "kind": clean(item.kind)}


def _invocation(report: Report) -> dict[str, Any]:
    invocation: dict[str, Any] = {"executionSuccessful": report.complete}
    if report.run.started_at is not None:
        invocation["startTimeUtc"] = report.run.started_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    if report.run.finished_at is not None:
        invocation["endTimeUtc"] = report.run.finished_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    if not report.complete:
        invocation["toolExecutionNotifications"] = [_notification(text) for text in _unread(report)]
    return invocation


def _unread(report: Report) -> list[str]:
    """What was not read, the summary first; a hundred lines at most."""
    lines = [coverage_words(report)]
    for line in report.incomplete_lines:
        lines += [
            f"{line_words(line)}: {clean(m.kind)} {clean(m.name or m.id)}: {clean(m.reason)}. {clean(m.remedy)}".rstrip()
            for m in line.missing[:20]
        ]
    return lines[:100]


def _notification(text: str) -> dict[str, Any]:
    return {"level": "warning", "message": {"text": _plain(text)}}
