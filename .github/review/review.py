"""Reviews a change: what verdicts it changes on the last snapshot, and what its workbook files would give away.

Only the standard library and the command `auditor`, so that it runs in any CI. Nothing of the change under review is
executed or imported: it is read by git and by the auditor, which runs isolated from the working folder.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# -I leaves the script's own folder out; appended, it comes after the standard library.
sys.path.append(str(Path(__file__).resolve().parent))
import weaker
from revision import ReviewError, changed_files, is_plain_file, unpack

MARKER = "<!-- bi-auditor-report -->"
LIMIT = 60_000  # characters; GitHub takes 65,536
#: Which exit code wins where two commands end differently: a bug and bad input before a finding before "incomplete".
WORST_FIRST = (70, 2, 4, 5, 1, 3, 0)

Run = Callable[[Sequence[str], Path], "Outcome"]


@dataclass(frozen=True)
class Options:
    """What to review. Paths are relative to the working folder, the root of the change."""

    command: str
    snapshot: str
    policy: tuple[str, ...]
    waivers: tuple[str, ...]
    register: str
    files: tuple[str, ...]
    into: str
    base: str
    fail_on: str
    fail_on_weaker: bool
    server: str
    site: str
    comment_file: str


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Section:
    """One part of the comment. `quiet`: it says that nothing changed."""

    markdown: str
    code: int
    quiet: bool


def main() -> int:
    options = parse(sys.argv[1:], os.environ)
    try:
        sections = list(review(options, run_auditor))
    except ReviewError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    if sections:
        publish(sections, options, os.environ)
    else:
        print(
            "Nothing in this change concerns an audit: no snapshot is named and no workbook file was changed.",
            file=sys.stderr,
        )
    return worst(section.code for section in sections)


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """Options from the command line, and as INPUT_NAME from the environment, where the action puts them."""
    parser = argparse.ArgumentParser(
        description="What verdicts does this change alter, and what do its files give away?"
    )
    parser.add_argument(
        "--command", choices=("review", "scan", "preflight"), default=_given(environment, "command") or "review"
    )
    for name in ("snapshot", "register", "into", "base", "server", "site"):
        parser.add_argument(f"--{name}", default=_given(environment, name))
    parser.add_argument("--fail-on", default=_given(environment, "fail-on") or "high")
    parser.add_argument(
        "--fail-on-weaker",
        action="store_true",
        default=_given(environment, "fail-on-weaker").lower() not in ("", "false", "no", "0"),
        help="Exit 1 where the change makes the audit say or weigh less.",
    )
    parser.add_argument("--comment-file", default=_given(environment, "comment-file"), help="Write the comment here.")
    for name in ("policy", "waivers", "files"):
        parser.add_argument(f"--{name}", action="append", default=[])
    found = vars(parser.parse_args(list(arguments)))
    for name in ("policy", "waivers", "files"):
        found[name] = tuple(found[name]) or tuple(
            line.strip() for line in _given(environment, name).splitlines() if line.strip()
        )
    return Options(**found)


def _given(environment: Mapping[str, str], name: str) -> str:
    return environment.get(f"INPUT_{name.replace('-', '_').upper()}", "").strip()


def review(options: Options, run: Run) -> Iterator[Section]:
    """The sections of the comment, in order."""
    root = Path.cwd()
    if options.command == "scan" or (options.command == "review" and options.snapshot):
        yield scanned(options, run, root)
    if options.command in ("review", "preflight"):
        files = options.files or (changed_files(options.base) if options.base else ())
        kept = [name for name in files if is_plain_file(root, name)]
        if kept:
            yield preflighted(options, kept, run, root)


def scanned(options: Options, run: Run, root: Path) -> Section:
    """The verdicts on the snapshot, against those of the base revision where there is one."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        baseline, note = (
            base_report(options, run, folder) if options.command == "review" and options.base else (None, "")
        )
        compared = ["--baseline", str(baseline), "--changes-only"] if baseline else []
        outcome, markdown, report = audited(
            ["scan", *source(options), *judged_by(options), *compared], folder, run, root
        )
        title = "What this change does to the verdicts" if baseline else "Verdicts"
        less = weakened(baseline, report, options, run, root) if baseline and report else weaker.Weaker()
        quiet = outcome.code == 0 and baseline is not None and not changes_of(report) and not note and not less.told
        text = "\n\n".join([*less.told, section(title, markdown, note, outcome)])
        failed = less.fails and options.fail_on_weaker
        return Section(text, worst([outcome.code, 1]) if failed else outcome.code, quiet)


def weakened(baseline: Path, report: Mapping[str, object], options: Options, run: Run, root: Path) -> weaker.Weaker:
    """What the change takes away from the audit; said in the log too, before the verdicts are looked up there."""
    before, tree = json.loads(baseline.read_text(encoding="utf-8")), baseline.parent / "base"
    there = [name for name in options.policy if (tree / name).exists() or not (root / name).exists()]
    same = before.get("policies") == report.get("policies")
    gone = (report.get("baseline") or {}).get("gone")  # type: ignore[attr-defined]
    rules = (weaker.Rules(), weaker.Rules())
    if gone or not same:
        rules = (weaker.listed(run, there, tree), weaker.listed(run, options.policy, root))
    same = same and all(weaker.contents(tree / name) == weaker.contents(root / name) for name in options.policy)
    register = options.register and weaker.contents(tree / options.register) != weaker.contents(root / options.register)
    less = weaker.compare(before, report, rules, options.fail_on, register_only=bool(same and register))
    sys.stdout.writelines(weaker.annotations(less, "error" if options.fail_on_weaker else "warning"))
    return less


def preflighted(options: Options, files: Sequence[str], run: Run, root: Path) -> Section:
    """What the files hold, and with `into` what publishing them would do."""
    with tempfile.TemporaryDirectory() as place:
        into = ["--into", options.into, *source(options)] if options.into else []
        arguments = ["preflight", *into, *judged_by(options)]
        outcome, markdown, _ = audited(arguments, Path(place), run, root, after=["--", *files])
        return Section(section("Files in this change", markdown, "", outcome), outcome.code, quiet=False)


def audited(
    arguments: list[str], folder: Path, run: Run, root: Path, after: Sequence[str] = ()
) -> tuple[Outcome, str, Mapping[str, object]]:
    """Run the auditor: annotations go to stdout, where the CI reads them; the rest into files."""
    report, markdown = folder / "report.json", folder / "comment.md"
    outputs = ["-f", "json", "-o", str(report), "-f", "markdown", "-o", str(markdown), "-f", "github"]
    outcome = run([*arguments, *outputs, *after], root)
    sys.stdout.write(outcome.out)
    sys.stderr.write(outcome.err)
    text = markdown.read_text(encoding="utf-8") if markdown.exists() else ""
    return outcome, text, json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}


def source(options: Options) -> list[str]:
    """Where the facts come from; credentials come from the environment."""
    if options.snapshot:
        return ["--snapshot", str(Path(options.snapshot).resolve())]
    return [
        *(["--server", options.server] if options.server else []),
        *(["--site", options.site] if options.site else []),
    ]


def judged_by(options: Options, exists: Callable[[str], bool] = lambda _: True) -> list[str]:
    """Policies, waivers and register; those that the revision does not have are left out."""
    words = ["--fail-on", options.fail_on]
    for flag, names in (
        ("--policy", options.policy),
        ("--waivers", options.waivers),
        ("--register", (options.register,)),
    ):
        for name in names:
            words += [flag, name] if name and exists(name) else []
    return words


def base_report(options: Options, run: Run, folder: Path) -> tuple[Path | None, str]:
    """The report by the base revision's policies, waivers and register; else a sentence why there is none."""
    names = [name for name in (*options.policy, *options.waivers, options.register) if name and Path(name).exists()]
    tree = folder / "base"
    unpack(options.base, names, tree)
    here = {name for name in names if (tree / name).exists()}
    own = [name for name in options.policy if name in names]
    if own and not here.intersection(own):
        return None, "The policies are new in this change, so all their findings are shown."
    report = folder / "base.json"
    judged = judged_by(options, exists=lambda name: name in here or name not in names)
    outcome = run(["scan", *source(options), *judged, "--exit-zero", "-f", "json", "-o", str(report)], tree)
    if not report.exists():
        sys.stderr.write(outcome.err)
        return None, "The policies of the base revision could not be judged by, so all findings are shown."
    return report, ""


def run_auditor(arguments: Sequence[str], folder: Path) -> Outcome:
    """Run `auditor` in a folder. -I: a module called `auditor` in the change under review is not ours."""
    done = subprocess.run(
        [sys.executable, "-I", "-m", "auditor", *arguments], capture_output=True, cwd=folder, check=False
    )
    return Outcome(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))


def changes_of(report: Mapping[str, object]) -> bool:
    """Does the report say anything but "as before"?"""
    findings, baseline = report.get("findings") or (), report.get("baseline") or {}
    changed = any(one.get("baseline_state") != "unchanged" and not one.get("waiver") for one in findings)  # type: ignore[union-attr,attr-defined]
    return changed or bool(baseline.get("gone"))  # type: ignore[attr-defined]


def section(title: str, markdown: str, note: str, outcome: Outcome) -> str:
    """One part of the comment. Where the auditor wrote none, its error stands there as code."""
    body = markdown.replace(MARKER, "").strip()
    if not body:
        said = outcome.err.strip().replace("```", "'''") or "It said nothing."
        body = f"The auditor ended with exit code {outcome.code}:\n\n```text\n{said[-3000:]}\n```"
    return "\n\n".join(part for part in (f"# {title}", note, body) if part)


def publish(sections: Sequence[Section], options: Options, environment: Mapping[str, str]) -> None:
    """Write the comment into its file and into the CI's summary, and say whether it is only "as before"."""
    text = shortened("\n\n".join([MARKER, *(one.markdown for one in sections)]), LIMIT) + "\n"
    if options.comment_file:
        Path(options.comment_file).write_text(text, encoding="utf-8")
    if summary := environment.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(text)
    if output := environment.get("GITHUB_OUTPUT"):
        with Path(output).open("a", encoding="utf-8") as file:
            file.write(f"quiet={'true' if all(one.quiet for one in sections) else 'false'}\n")
            file.write(f"exit-code={worst(one.code for one in sections)}\n")


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters, cut between lines, with what was open closed and the cut told."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 400].rsplit("\n", 1)[0]
    closing = "\n```" if kept.count("```") % 2 else ""
    closing += "</details>" * max(0, kept.count("<details") - kept.count("</details>"))
    return f"{kept}{closing}\n\n… the rest is cut; the full report is in the job's log and files."


def worst(codes: Iterator[int] | Sequence[int]) -> int:
    """The code that wins; one that is not in the contract is a bug."""
    found = list(codes)
    return min(found, key=lambda code: WORST_FIRST.index(code) if code in WORST_FIRST else -1, default=0)


if __name__ == "__main__":
    sys.exit(main())
