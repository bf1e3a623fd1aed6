"""Makes texts from servers and files harmless to read: one function for a terminal line, one for text of any format."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urlsplit

#: Bidirectional overrides, embeddings, isolates and marks; invisible joiners that fake a name; tags; byte order marks.
_INVISIBLE = (
    "\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f"
)
_CONTROL = re.compile(f"[\x00-\x1f\x7f-\x9f{_INVISIBLE}\ud800-\udfff]")
_ESCAPE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # OSC, DCS, SOS, PM, APC with their terminators
    r"|\x1b[ -/]*[0-~]"  # two-character sequences
    r"|\x9b[0-?]*[ -/]*[@-~]"  # CSI as one C1 character
)


def clean(text: str) -> str:
    """One line without control characters, terminal sequences and characters that reorder or hide text.

    Line breaks and tabs become one blank.
    """
    if text.isascii() and text.isprintable():
        return text
    without = _ESCAPE.sub("", text)
    spaced = re.sub(r"[\t\r\n\v\f\x85\u2028\u2029]+", " ", without)
    return unicodedata.normalize("NFC", _CONTROL.sub("", spaced))


def cut(text: str, length: int) -> str:
    """At most `length` characters, with an ellipsis where something is left out."""
    return text if len(text) <= length else text[: max(length - 1, 0)].rstrip() + "…"


def count(number: int, singular: str, plural: str | None = None) -> str:
    """A number and its noun: "1 view", "3 views"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def safe_url(url: str | None) -> str | None:
    """A web address that may be a link: http or https with a host, everything unusual percent-encoded; else None."""
    if url is None or clean(url) != url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return None
    return quote(url, safe="%/:?#[]!$&*+,;=@~.-_")
