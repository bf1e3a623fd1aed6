"""The review of a change: which commands it runs on what, what it says, how it ends."""

import json
from pathlib import Path

import pytest


class Auditor:
    """Stands in for the command: notes how it was called, writes reports, ends as told."""

    def __init__(
        self, review, *, codes=(0,), states=("new",), markdown="<!-- bi-auditor-report -->\n## verdict", write=True
    ):
        self.review, self.codes, self.states, self.markdown, self.write = review, list(codes), states, markdown, write
        self.calls = []

    def __call__(self, arguments, folder):
        seen = {name: Path(folder, name).read_text() for name in self._named(arguments) if Path(folder, name).is_file()}
        self.calls.append((list(arguments), seen))
        if self.write:
            places = dict(zip(*self._outputs(arguments), strict=False))
            findings = [{"baseline_state": state, "waiver": None} for state in self.states]
            Path(places["json"]).write_text(json.dumps({"findings": findings, "baseline": {"gone": []}}))
            if "markdown" in places:
                Path(places["markdown"]).write_text(self.markdown)
        return self.review.Outcome(
            self.codes.pop(0) if len(self.codes) > 1 else self.codes[0], "::notice::x\n", "said\n"
        )

    @staticmethod
    def _named(arguments):
        return [arguments[n + 1] for n, word in enumerate(arguments) if word in ("--policy", "--waivers", "--register")]

    @staticmethod
    def _outputs(arguments):
        pick = lambda flag: [arguments[n + 1] for n, word in enumerate(arguments) if word == flag]  # noqa: E731
        return pick("-f"), pick("-o")


def options(review, **inputs):
    return review.parse([], {f"INPUT_{name.upper()}": value for name, value in inputs.items()})


def run(review, auditor, **inputs):
    return list(review.review(options(review, **inputs), auditor))


def test_the_snapshot_is_judged_by_both_revisions_and_compared(review, change):
    base = change({"policies/p.yaml": "old", "waivers.yaml": "old waivers"})
    change({"policies/p.yaml": "new", "waivers.yaml": "new waivers"})
    auditor = Auditor(review, codes=(0, 1))
    (section,) = run(
        review, auditor, snapshot="last.snapshot", policy="policies/p.yaml", waivers="waivers.yaml", base=base
    )
    (before, seen_before), (now, seen_now) = auditor.calls
    assert seen_before == {"policies/p.yaml": "old", "waivers.yaml": "old waivers"}
    assert seen_now == {"policies/p.yaml": "new", "waivers.yaml": "new waivers"}
    assert "--exit-zero" in before
    assert "--exit-zero" not in now
    assert "--changes-only" in now
    assert now[now.index("--baseline") + 1] == before[before.index("-o") + 1]
    for arguments in (before, now):
        assert Path(arguments[arguments.index("--snapshot") + 1]).is_absolute()
    assert (section.code, section.quiet) == (1, False)
    assert "What this change does to the verdicts" in section.markdown


def test_a_policy_folder_is_taken_from_the_base_whole(review, change):
    base = change({"policies/a.yaml": "a", "policies/deep/b.yaml": "b", "other.txt": "x"})
    change({"policies/a.yaml": "changed"})
    seen = []
    auditor = Auditor(review)

    def spy(arguments, folder):
        seen.append(
            sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*.yaml") if ".git" not in path.parts)
        )
        return auditor(arguments, folder)

    run(review, spy, snapshot="s", policy="policies", base=base)
    assert seen[0] == ["policies/a.yaml", "policies/deep/b.yaml"]


def test_a_policy_that_is_new_shows_all_its_findings_and_says_so(review, change):
    base = change({"readme": "x"})
    change({"p.yaml": "new"})
    auditor = Auditor(review, states=(None,))
    (section,) = run(review, auditor, snapshot="s", policy="p.yaml", base=base)
    assert len(auditor.calls) == 1
    assert "--baseline" not in auditor.calls[0][0]
    assert "policies are new in this change" in section.markdown


def test_waivers_that_are_new_are_left_out_of_the_base(review, change):
    base = change({"p.yaml": "p"})
    change({"w.yaml": "w"})
    auditor = Auditor(review)
    run(review, auditor, snapshot="s", policy="default\np.yaml", waivers="w.yaml", base=base)
    before, now = (arguments for arguments, _ in auditor.calls)
    assert "--waivers" not in before
    assert [before[n + 1] for n, word in enumerate(before) if word == "--policy"] == ["default", "p.yaml"]
    assert "--waivers" in now


def test_a_base_that_cannot_be_judged_by_is_said(review, change):
    base = change({"p.yaml": "broken"})
    change({"p.yaml": "mended"})
    calls = []

    def auditor(arguments, folder):
        calls.append(arguments)
        if len(calls) == 1:
            return review.Outcome(4, "", "p.yaml:1:1: broken")
        return Auditor(review)(arguments, folder)

    (section,) = run(review, auditor, snapshot="s", policy="p.yaml", base=base)
    assert "could not be judged by" in section.markdown
    assert not section.quiet


def test_nothing_but_as_before_is_quiet(review, change):
    base = change({"p.yaml": "p"})
    (section,) = run(review, Auditor(review, states=("unchanged",)), snapshot="s", policy="p.yaml", base=base)
    assert section.quiet
    (section,) = run(
        review, Auditor(review, states=("unchanged",), codes=(0, 3)), snapshot="s", policy="p.yaml", base=base
    )
    assert not section.quiet


def test_changed_workbooks_are_preflighted_whatever_they_are_called(review, change, tmp_path, capsys):
    base = change({"old.twb": "x", "gone.twb": "x"})
    Path("gone.twb").unlink()
    Path("link.twbx").symlink_to(tmp_path)
    change({"--help.twb": "x", "new\nline.TWBX": "x", "notes.txt": "x", "deep/ü.tdsx": "x"})
    auditor = Auditor(review)
    (section,) = run(review, auditor, base=base, into="Public / Justice", snapshot="", command="preflight")
    ((arguments, _),) = auditor.calls
    assert arguments[0] == "preflight"
    assert arguments[arguments.index("--") + 1 :] == ["--help.twb", "deep/ü.tdsx", "new\nline.TWBX"]
    assert arguments[arguments.index("--into") + 1] == "Public / Justice"
    assert "'link.twbx' is not a plain file" in capsys.readouterr().err
    assert section.markdown.startswith("# Files in this change")


def test_files_outside_the_change_are_not_looked_at(review, change, tmp_path):
    change({"a.txt": "x"})
    (tmp_path / "secret.twb").write_text("x")
    assert run(review, Auditor(review), command="preflight", files="../secret.twb\n/etc/passwd") == []


def test_a_revision_that_is_no_revision_is_a_sentence(review, change):
    change({"p.yaml": "p"})
    for base in ("nowhere", "--output=x", "HEAD; rm -rf /"):
        with pytest.raises(review.ReviewError, match="git rev-parse failed"):
            run(review, Auditor(review), snapshot="s", policy="p.yaml", base=base)


def test_where_the_auditor_writes_no_report_its_error_is_the_comment(review, change):
    change({"p.yaml": "p"})
    auditor = Auditor(review, codes=(4,), write=False)
    (section,) = run(review, auditor, command="scan", snapshot="s")
    assert section.code == 4
    assert "```text\nsaid\n```" in section.markdown


@pytest.mark.parametrize(
    ("codes", "worst"),
    [([], 0), ([0, 0], 0), ([3, 0], 3), ([1, 3], 1), ([1, 4], 4), ([5, 1], 5), ([70, 4], 70), ([0, 137], 137)],
)
def test_the_exit_code_of_two_commands(review, codes, worst):
    assert review.worst(codes) == worst


def test_the_comment_has_one_marker_and_a_size(review, tmp_path, change):
    change({})
    long = "\n".join(f"<details><summary>{n}</summary>\ntext\n</details>" for n in range(5000))
    sections = [review.Section(review.section("A", f"{review.MARKER}\n{long}", "", None), 1, quiet=False)] * 2
    output, summary = tmp_path / "output", tmp_path / "summary"
    made = options(review, comment_file=str(tmp_path / "comment.md"))
    review.publish(sections, made, {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)})
    text = (tmp_path / "comment.md").read_text()
    assert text.startswith(review.MARKER + "\n")
    assert text.count(review.MARKER) == 1
    assert len(text) < 65_000
    assert text.count("<details") == text.count("</details>")
    assert "the rest is cut" in text
    assert output.read_text() == "quiet=false\nexit-code=1\n"
    assert summary.read_text() == text


def test_options_come_from_the_command_line_as_well(review):
    made = review.parse(
        ["--policy", "a", "--policy", "b", "--base", "origin/main", "--snapshot", "s"], {"INPUT_POLICY": "c"}
    )
    assert (made.policy, made.base, made.fail_on, made.command) == (("a", "b"), "origin/main", "high", "review")
