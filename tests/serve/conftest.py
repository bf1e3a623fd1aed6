import pytest
from history.material import START, finding, run

from auditor.findings import Severity
from auditor.history import open_history
from auditor.model import (
    Content,
    Coverage,
    Grantee,
    GranteeKind,
    Group,
    Kind,
    Ledger,
    Lock,
    Mode,
    Project,
    Ref,
    Rule,
    RuleSet,
    Snapshot,
    User,
)

pytest.importorskip("flask", reason="the package flask is not installed")
HOSTILE = "<script>document.title='owned'</script>\x1b[31m{{7*7}}"


@pytest.fixture(scope="session")
def snapshot():
    """One workbook that a group may see and one user may not; the group's name is hostile."""
    view = Rule(Grantee(GranteeKind.GROUP, "g1"), "Read", Mode.ALLOW)
    ref = Ref(Kind.WORKBOOK, "w1")
    return Snapshot(
        settings={"guestAccessEnabled": True},
        projects={"p1": Project("p1", "Public", lock=Lock.CUSTOMIZABLE, owner_id="u2")},
        contents={ref: Content(Kind.WORKBOOK, "w1", HOSTILE, project_id="p1", owner_id="u2", tabs_shown=True)},
        users={"u1": User("u1", "ann", "Viewer"), "u2": User("u2", "bob", "Creator"), "u3": User("u3", "cy", "Viewer")},
        groups={"g1": Group("g1", "readers"), "g2": Group("g2", "All Users")},
        group_members={"g1": frozenset({"u1"})},
        rules={ref: RuleSet.of([view]), Ref(Kind.PROJECT, "p1"): RuleSet()},
        ledger=Ledger.of([Coverage("users", None, 3)]),
    )


@pytest.fixture(scope="package")
def history(tmp_path_factory):
    with open_history(str(tmp_path_factory.mktemp("history") / "h.db"), now=START) as opened:
        opened.record(run(0, finding("old"), finding("bad", path=HOSTILE, url="javascript:alert(1)")))
        opened.record(run(1, finding("bad", path=HOSTILE), finding("low", severity=Severity.LOW), complete=False))
        opened.record(run(2, finding("bad", path=HOSTILE, url="https://bi.example/x")))
        yield opened
