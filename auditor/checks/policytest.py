"""Runs policy tests: each case's site is judged, and what is found is held against what is expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.access import Access
from auditor.checks.engine import judge
from auditor.errors import InvalidFileError
from auditor.findings import Finding, Verdict
from auditor.model import Kind, Ref, Snapshot, join_path, path_of, split_path
from auditor.model.vocabulary import neutral_name
from auditor.policy import Policy, PolicyRule, load, select_rules
from auditor.policy.names import suggestion
from auditor.policy.places import shown_name
from auditor.policy.register import register_of
from auditor.policy.requirements import Coverage
from auditor.policy.testing import Case, Expected, LoadedTests, load_tests
from auditor.policy.testing_site import snapshot_of


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case: `problems` is empty where it went as expected. `where` is file:line:column of the case."""

    name: str
    where: str
    problems: tuple[str, ...]
    seen: Mapping[str, frozenset[str]]  # rule id → "fail", "unknown", "pass"

    @property
    def ok(self) -> bool:
        """Everything expected was found, and nothing else."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class TestRun:
    """All cases, and for each rule of the policies what the cases show of it."""

    __test__ = False

    cases: tuple[CaseResult, ...]
    rules: tuple[str, ...]
    untested: tuple[str, ...]
    partly: Mapping[str, frozenset[str]]  # rule id → which of "fail", "pass", "unknown" no case shows

    @property
    def ok(self) -> bool:
        """No case has a problem."""
        return all(case.ok for case in self.cases)


def run_tests(paths: Sequence[str | Path]) -> TestRun:
    """Every case of the tests that files, folders or pack names lead to.

    InvalidFileError where a file is not valid or there is no test at all.
    """
    files = load_tests(paths)
    if not files:
        raise InvalidFileError(
            "There is no policy test here.", next_step="Put a file NAME.test.yaml beside the policy NAME.yaml."
        )
    results: list[CaseResult] = []
    ids: dict[str, None] = {}
    wanted: dict[str, frozenset[str]] = {}
    for tests in files:
        plain = load([tests.policy])
        for index, case in enumerate(tests.file.cases):
            policy = load([tests.policy], parameters=case.parameters) if case.parameters else plain
            own = [rule.id for rule in policy.rules if rule.file == shown_name(Path(tests.policy))]
            ids |= dict.fromkeys(own or [rule.id for rule in policy.rules])
            wanted |= {rule.id: _showable(rule) for rule in policy.rules}
            results.append(_run(tests, index, case, policy))
    seen: dict[str, set[str]] = {rule: set() for rule in ids}
    for result in results:
        for rule, verdicts in result.seen.items():
            seen.setdefault(rule, set()).update(verdicts)
    partly = {rule: lacking for rule, shown in seen.items() if shown and (lacking := wanted.get(rule, _ALL) - shown)}
    return TestRun(tuple(results), tuple(ids), tuple(rule for rule in ids if not seen[rule]), partly)


_ALL = frozenset({"fail", "pass", "unknown"})


def _showable(rule: PolicyRule) -> frozenset[str]:
    """The verdicts that a rule can give: a gap in what was read is always unknown, never a failure."""
    return _ALL - {"fail"} if isinstance(rule.requirement, Coverage) else _ALL


def _run(tests: LoadedTests, index: int, case: Case, policy: Policy) -> CaseResult:
    chosen = select_rules(policy, case.rules) if case.rules else policy
    _known(tests, index, case, chosen)
    snapshot = snapshot_of(case.site)
    register = register_of(case.register_, tests.where(index)) if case.register_ is not None else None
    verdicts = judge(chosen, snapshot, access=Access(snapshot), register=register, today=case.today)
    left = list(verdicts.findings)
    problems: list[str] = []
    for expected in case.expect:
        fitting = [finding for finding in left if _fits(expected, finding, snapshot)]
        if not fitting:
            problems.append(f"expected and not found: {_told(expected)}")
        for finding in fitting[:1]:
            left.remove(finding)
    problems += [f"found and not expected: {told(finding, snapshot)}" for finding in left]
    return CaseResult(case.name, tests.where(index), tuple(problems), _seen(case, chosen, verdicts.passed))


def _known(tests: LoadedTests, index: int, case: Case, policy: Policy) -> None:
    ids = [rule.id for rule in policy.rules]
    for number, expected in enumerate(case.expect):
        if expected.rule not in ids:
            place = ("cases", index, "expect", number, "rule")
            raise InvalidFileError(
                f"There is no rule '{expected.rule}' here.",
                where=tests.document.value_where(place),
                next_step=suggestion(expected.rule, ids),
            )


def _seen(case: Case, policy: Policy, passed: int) -> dict[str, frozenset[str]]:
    """What a case shows: what it expects, and a pass of the rules that it names, expects nothing of and saw passing."""
    expected: dict[str, set[str]] = {}
    for one in case.expect:
        expected.setdefault(one.rule, set()).add(one.verdict)
    named = {rule.id for rule in policy.rules} if case.rules else set(expected)
    return {rule: frozenset(expected.get(rule, {"pass"} if passed else set())) for rule in named}


def _fits(expected: Expected, finding: Finding, snapshot: Snapshot) -> bool:
    affected = {_path(ref, snapshot) for ref in finding.affected}
    capabilities = {name for one in finding.capabilities for name in (one, neutral_name(one, finding.subject.kind))}
    capabilities |= {neutral_name(one, Kind.WORKBOOK) for one in finding.capabilities}
    return (
        expected.rule == finding.rule
        and expected.verdict == finding.verdict
        and _is_about(expected.subject, finding.subject, snapshot)
        and {join_path(split_path(one)) for one in expected.affected} <= affected
        and expected.audience in (None, finding.audience)
        and expected.exposure in (None, str(finding.exposure))
        and expected.severity in (None, finding.severity)
        and set(expected.capabilities) <= capabilities
        and set(expected.columns) <= {note.name for note in finding.columns}
    )


def _is_about(wanted: str | None, ref: Ref, snapshot: Snapshot) -> bool:
    if wanted is None:
        return True
    return wanted == "site" if ref.kind is Kind.SITE else join_path(split_path(wanted)) == _path(ref, snapshot)


def _path(ref: Ref, snapshot: Snapshot) -> str:
    subject = snapshot.subject(ref)
    return path_of(snapshot, subject) if subject is not None else ref.id


def told(finding: Finding, snapshot: Snapshot) -> str:
    """A finding in a line."""
    subject = "site" if finding.subject.kind is Kind.SITE else _path(finding.subject, snapshot)
    reads = f" (not read: {', '.join(finding.unread)})" if finding.verdict is Verdict.UNKNOWN else ""
    affected = [_path(ref, snapshot) for ref in finding.affected]
    also = f", also {', '.join(affected[:5])}" if affected else ""
    rights = f" [{', '.join(finding.capabilities)}]" if finding.capabilities else ""
    return f"{finding.rule} {finding.verdict} {finding.exposure} on {subject}{also}{rights}{reads}"


def _told(expected: Expected) -> str:
    return f"{expected.rule} {expected.verdict} on {expected.subject or 'any subject'}"
