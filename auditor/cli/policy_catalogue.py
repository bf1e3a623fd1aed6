"""`auditor policy packs`, `parameters` and `new`: what a policy of one's own is made of."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import click

from auditor.cli.output import STDOUT, write_stdout, write_text

if TYPE_CHECKING:
    from auditor.policy.catalogue import Pack, ParameterUse

_FORMAT = click.option("--format", "-f", "form", type=click.Choice(("text", "json")), default="text", show_default=True)


@click.command()
@_FORMAT
def packs(form: str) -> int:
    """The shipped packs: what each is for, how many rules it has, what it extends."""
    from dataclasses import asdict

    from auditor.policy.catalogue import packs as shipped

    found = shipped()
    write_stdout(_json([asdict(one) for one in found]) if form == "json" else "".join(pack_text(one) for one in found))
    return 0


def pack_text(pack: Pack) -> str:
    """A pack in a few lines."""
    extends = f", extends {', '.join(pack.extends)}" if pack.extends else ""
    counted = "1 rule" if pack.rules == 1 else f"{pack.rules} rules"
    return f"{pack.name}  ({counted}{extends})\n{_wrapped(pack.description)}"


@click.command()
@click.option("--policy", "-p", "policies", multiple=True, metavar="FILE|DIR|NAME", help="[default: default]")
@_FORMAT
def parameters(policies: tuple[str, ...], form: str) -> int:
    """The parameters of a policy: what each means, its value, the rules that use it."""
    from auditor.policy.catalogue import parameter_uses

    found = parameter_uses(policies or ("default",))
    if form == "json":
        write_stdout(_json([_as_json(one) for one in found]))
        return 0
    write_stdout(
        "\n".join(_parameter(one) for one in found)
        + "\nSet them under `parameters:` of a policy; `auditor policy new` prints one to begin with.\n"
    )
    return 0


def _as_json(one: ParameterUse) -> dict[str, Any]:
    value = list(one.value) if isinstance(one.value, tuple) else one.value
    return {
        "name": one.name,
        "meaning": one.meaning,
        "value": value,
        "rules": list(one.rules),
        "rules_of_other_packs": list(one.elsewhere),
    }


def _parameter(one: ParameterUse) -> str:
    value = json.dumps(list(one.value) if isinstance(one.value, tuple) else one.value, ensure_ascii=False)
    used = f"used by {', '.join(one.rules)}" if one.rules else "no rule of this policy uses it"
    also = f"; in other packs by {', '.join(one.elsewhere)}" if one.elsewhere else ""
    return f"{one.name}: {value}\n{_wrapped(one.meaning) if one.meaning else ''}{_wrapped(used + also)}"


@click.command()
@click.option(
    "--output", "-o", metavar="FILE", default=STDOUT, help="A file instead of stdout; one that is there stays."
)
def new(output: str) -> int:
    """Print a policy to begin with: valid as it stands, each part explained."""
    from pathlib import Path

    from auditor.errors import UsageError
    from auditor.policy.skeleton import SKELETON

    if output != STDOUT and Path(output).is_file():
        raise UsageError("there is a file already.", where=output, next_step="Choose another name.")
    write_text(output, SKELETON)
    return 0


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 100, initial_indent="    ", subsequent_indent="    ") + "\n"


def _json(data: object) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
