"""Makes the job of an audit from the options: policies, waivers, baseline, register, lexicon."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from auditor.audit import Job, now
from auditor.cli import say
from auditor.errors import UsageError
from auditor.policy import Policy, load, planned_rules, select_rules
from auditor.policy.register import load_register
from auditor.report import load as load_report
from auditor.sensitivity.lexicon import SHIPPED, Lexicon
from auditor.triage import load_waivers


def make_job(options: Mapping[str, Any]) -> Job:
    """The job that the options of `policy_options` and `triage_options` describe."""
    policy = load_policy(options)
    everything = load(options.get("policies") or ("default",))
    known = {rule.id for rule in everything.rules} | {rule.id for rule in planned_rules()}
    waivers = options.get("waivers") or ()
    if options.get("no_waivers"):
        waivers = ()
    return Job(
        policy=policy,
        waivers=load_waivers([Path(path) for path in waivers], rules=known, today=now().date()),
        baseline=load_report(Path(options["baseline"])) if options.get("baseline") else None,
        register=load_register(Path(options["register"])) if options.get("register") else None,
    )


def load_policy(options: Mapping[str, Any]) -> Policy:
    """The policies named, or the pack `default`, with --select and --ignore."""
    policy = load(options.get("policies") or ("default",))
    return select_rules(policy, options.get("select") or (), options.get("ignore") or ())


def refuse(condition: object, what: str, next_step: str = "") -> None:
    """A UsageError where the condition holds."""
    if condition:
        raise UsageError(what, next_step=next_step or None)


def warn(text: str, *, quiet: bool) -> None:
    """A warning on stderr."""
    if not quiet:
        say(f"Warning: {text}")


def shipped_or_own_lexicon(options: Mapping[str, Any]) -> Lexicon:
    """The shipped lexicon of personal columns, with the administrator's own words where a file is named."""
    if not options.get("lexicon"):
        return SHIPPED
    from auditor.policy.marked_yaml import parse, read_text
    from auditor.sensitivity.lexicon import load_lexicon

    path = Path(options["lexicon"])
    return load_lexicon(parse(read_text(path), str(path)).data)
