"""Prints one of the README's two set-up commands: `audit` (the first) or `test` (the second)."""

import re
import sys
from pathlib import Path

readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
found = dict(re.findall(r"<!-- command: (\w+) -->\s*```sh\n(.*?)```", readme, re.DOTALL))
sys.stdout.write(found[sys.argv[1]].strip() + "\n")
