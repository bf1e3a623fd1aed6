"""The wire's text: elements as strings, because pages of a thousand items are built for every request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

NAMESPACE = "http://tableau.com/api"

_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
)
_SPECIAL = re.compile(r"[&<>\"\n\r\t]")
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})

Value = str | int | bool | None


def word(value: str | float) -> str:
    """A value as Tableau writes it: booleans are the words true and false."""
    if isinstance(value, str):
        return value.translate(_ATTRIBUTE) if _SPECIAL.search(value) else value
    return str(value) if not isinstance(value, bool) else "true" if value else "false"


def el(tag: str, attributes: Mapping[str, Value] | None = None, *children: str, text: str | None = None) -> str:
    """One element. An attribute of None is left out; children are finished elements; `text` is escaped."""
    values = [f' {name}="{word(value)}"' for name, value in (attributes or {}).items() if value is not None]
    inner = "".join(children) + (text.translate(_TEXT) if text is not None else "")
    return f"<{tag}{''.join(values)}>{inner}</{tag}>" if inner else f"<{tag}{''.join(values)}/>"


def response(children: Iterable[str], *, version: str) -> bytes:
    """A whole answer. The default namespace is what every lookup of tableauserverclient depends on."""
    return (
        "<?xml version='1.0' encoding='UTF-8'?>"
        f'<tsResponse xmlns="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="{NAMESPACE} https://help.tableau.com/samples/en-us/rest_api/ts-api_{version.replace(".", "_")}.xsd">'
        + "".join(children)
        + "</tsResponse>"
    ).encode("utf-8", "surrogatepass")
