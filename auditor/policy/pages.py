"""The page of a rule, in Markdown: what it says, why, how it is found, what to do, which controls it speaks to."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence

from pydantic import BaseModel

from auditor.policy.compliance import controls_of
from auditor.policy.rules import PolicyRule
from auditor.policy.selecting import Selection

_TIERS = {"public": "for visitors without an account", "site_wide": "for everyone signed in", "group": "for a group"}


def render(rule: PolicyRule, *, needs: Sequence[str] = ()) -> str:
    """The rule's page. `needs`: names of the reads that it needs, where the caller knows them."""
    parts = [
        f"# {rule.id}: {rule.title}",
        _head(rule),
        *_section("Why", rule.rationale),
        *_section("How it is found", "\n".join(_found(rule))),
        *_section("What to do", rule.remediation),
        *_section("What it needs to read", "\n".join(f"- {name}" for name in sorted(needs))),
        *_section("References", "\n".join(f"- {text}" for text in rule.references)),
        *_section("Controls", "\n".join(_controls(rule.id))),
    ]
    return "\n\n".join(parts) + "\n"


def _head(rule: PolicyRule) -> str:
    tiers = "".join(f"; {severity} {_TIERS[tier]}" for tier, severity in rule.severity_by_tier.items())
    edition = f" · since edition {rule.edition}" if rule.edition else ""
    preview = " · preview: reported, never fails a run" if rule.preview else ""
    return f"Severity {rule.severity}{tiers} · pack `{rule.pack}`{edition}{preview} · `{rule.file}`"


def _section(title: str, text: str) -> list[str]:
    return [f"## {title}", text.strip()] if text.strip() else []


def _found(rule: PolicyRule) -> Iterator[str]:
    about = inspect.getdoc(type(rule.requirement)) or ""
    yield f"`{rule.kind}`: {' '.join(about.split(chr(10) + chr(10))[0].split())}"
    yield ""
    yield from _facts("", rule.requirement)
    yield from _selected("Only", rule.select)
    if rule.select.exclude is not None:
        yield from _selected("Not", rule.select.exclude)
    for name, wanted in rule.when.items():
        yield f"- Only where the site setting `{name}` {_shown(wanted.model_dump(by_alias=True, exclude_unset=True))}"
    if rule.reachable_by is not None:
        reach = rule.reachable_by
        yield f"- Only what {_shown(reach.audience)} reaches ({_shown(reach.capabilities)})"
    if rule.exposure == "any":
        yield "- What only a switch of the site holds back counts as well"


def _selected(word: str, selection: Selection) -> Iterator[str]:
    given = selection.model_dump(exclude_unset=True, exclude={"exclude"}, mode="json")
    for name, value in given.items():
        if value not in ([], None):
            yield f"- {word} {name.replace('_', ' ')}: {_shown(value)}"


def _facts(prefix: str, model: BaseModel) -> Iterator[str]:
    for name in sorted(model.model_fields_set, key=list(type(model).model_fields).index):
        value = getattr(model, name)
        label = f"{prefix}{name.rstrip('_').replace('_', ' ')}"
        if isinstance(value, BaseModel):
            yield from _facts(f"{label} › ", value)
        elif isinstance(value, dict):
            for key, part in value.items():
                shown = part.model_dump(by_alias=True, exclude_unset=True) if isinstance(part, BaseModel) else part
                yield f"- {label} › `{key}`: {_shown(shown)}"
        else:
            yield f"- {label}: {_shown(value)}"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{str(key).replace('_', ' ')} {_shown(part)}" for key, part in value.items())
    if isinstance(value, tuple | list | frozenset):
        return ", ".join(f"`{part}`" for part in value) or "none"
    return f"`{value}`"


def _controls(rule_id: str) -> Iterator[str]:
    for control in controls_of(rule_id):
        yield f"- {control.framework} **{control.id}**, {control.title}"
