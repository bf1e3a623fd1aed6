"""Makes the job of an audit from the options: policies, waivers, baseline, register, lexicon."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from auditor.audit import Job, now
from auditor.policy import Policy, load, pack_names, planned_rules, select_rules
from auditor.policy.register import load_register
from auditor.report import load as load_report
from auditor.sensitivity.lexicon import SHIPPED, Lexicon
from auditor.triage import load_waivers


def make_job(options: Mapping[str, Any]) -> Job:
    """The job that the options of `policy_options` and `triage_options` describe."""
    policy = load_policy(options)
    waivers = () if options.get("no_waivers") else options.get("waivers") or ()
    return Job(
        policy=policy,
        waivers=load_waivers([Path(path) for path in waivers], rules=_known(options), today=now().date())
        if waivers
        else (),
        baseline=load_report(Path(options["baseline"])) if options.get("baseline") else None,
        register=load_register(Path(options["register"])) if options.get("register") else None,
        lexicon=shipped_or_own_lexicon(options),
    )


def _known(options: Mapping[str, Any]) -> frozenset[str]:
    """Every rule id that a waiver may name: those of the policies, of all shipped packs, and planned ones."""
    policies = (load(options.get("policies") or ("default",)), *(load((pack,)) for pack in pack_names()))
    return frozenset(rule.id for one in policies for rule in one.rules) | {rule.id for rule in planned_rules()}


def load_policy(options: Mapping[str, Any]) -> Policy:
    """The policies named, or the pack `default`, with --select and --ignore."""
    policy = load(options.get("policies") or ("default",))
    return select_rules(policy, options.get("select") or (), options.get("ignore") or ())


def shipped_or_own_lexicon(options: Mapping[str, Any]) -> Lexicon:
    """The shipped lexicon of personal columns, with the administrator's own words where a file is named."""
    if not options.get("lexicon"):
        return SHIPPED
    from auditor.policy.marked_yaml import parse, read_text
    from auditor.sensitivity.lexicon import load_lexicon

    path = Path(options["lexicon"])
    return load_lexicon(parse(read_text(path), str(path)).data, where=str(path))
