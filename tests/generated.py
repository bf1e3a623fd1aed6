"""Files that are made from the code: JSON Schemas, rule pages, the README's help. `--check` only tells what is stale.

python -m tests.generated [--check]
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent


def wanted() -> Iterator[tuple[Path, str]]:
    """Every generated file and the text that it should hold."""
    from tests.policy.regenerate import pages, schema_files

    yield from pages().items()
    yield from schema_files().items()
    readme = ROOT / "README.md"
    yield readme, with_generated_parts(readme.read_text(encoding="utf-8"))


def with_generated_parts(readme: str) -> str:
    """The README with the parts between its markers made again."""
    for name, make in (("help", help_text), ("finding", example_finding)):
        pattern = rf"(<!-- generated: {name} -->\n).*?(<!-- end -->)"
        block = f"```text\n{make()}\n```\n"
        readme = re.sub(
            pattern, lambda found, block=block: found[1] + block + found[2], readme, count=1, flags=re.DOTALL
        )
    return readme


def help_text() -> str:
    """What `auditor --help` prints, on 80 columns."""
    from click.testing import CliRunner

    from auditor.cli import cli

    output = CliRunner().invoke(cli, ["--help"], prog_name="auditor", terminal_width=100).output
    return output.rstrip()


def example_finding() -> str:
    """The first finding of the first story, as the terminal shows it."""
    from click.testing import CliRunner

    from auditor.cli import cli

    story = ROOT / "cassettes" / "1-as-published.yaml"
    arguments = ["scan", "--cassette", str(story), "--select", "DOWN-01", "--exit-zero", "--quiet"]
    result = CliRunner().invoke(cli, arguments, prog_name="auditor")
    lines = [line.rstrip() for line in result.stdout.splitlines()]
    return "\n".join(lines).strip()


def main(arguments: list[str]) -> int:
    """Write the files, or with --check only tell which are stale; 1 where some are."""
    stale = [(path, text) for path, text in wanted() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path, text in stale:
        sys.stdout.write(f"{'stale' if '--check' in arguments else 'written'}: {path.relative_to(ROOT)}\n")
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
