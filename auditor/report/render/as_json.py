"""The canonical format; every other one can be made from it."""

from __future__ import annotations

import json

from auditor.report.model import Report
from auditor.report.render.options import RenderOptions

#: Blocks that are left out where there is nothing to say, instead of being null.
_OPTIONAL = ("waivers", "baseline", "inventory", "reach")


def render(report: Report, options: RenderOptions) -> str:
    """JSON in UTF-8, two blanks a level, with a newline at the end. Not ASCII-only; control characters are escaped."""
    del options
    data = report.model_dump(mode="json", by_alias=True)
    for key in _OPTIONAL:
        if data[key] is None:
            del data[key]
    return escaped(json.dumps(data, ensure_ascii=False, indent=2)) + "\n"


def escaped(text: str) -> str:
    """JSON text whose strings hold nothing that a terminal obeys or that reorders text; the data stay the same."""
    if text.isascii() and "\x7f" not in text:
        return text
    return text.translate(_ESCAPED)


#: JSON leaves DEL, C1 and the reordering characters as they are; a terminal does not.
_ESCAPED = {
    code: f"\\u{code:04x}"
    for code in (*range(0x7F, 0xA0), 0x61C, *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0xFEFF,
                 *range(0xD800, 0xE000))
}  # fmt: skip
