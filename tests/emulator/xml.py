"""The wire's text: elements as strings, because pages of a thousand items are built for every request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

NAMESPACE = "http://tableau.com/api"

_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
)
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})

Value = str | int | bool | None


def word(value: Value) -> str:
    """A value as Tableau writes it: booleans are the words true and false."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def el(tag: str, attributes: Mapping[str, Value] | None = None, *children: str, text: str | None = None) -> str:
    """One element. An attribute of None is left out; children are finished elements; `text` is escaped."""
    start = f"<{tag}" + "".join(
        f' {name}="{word(value).translate(_ATTRIBUTE)}"'
        for name, value in (attributes or {}).items()
        if value is not None
    )
    inner = "".join(children) + (text.translate(_TEXT) if text is not None else "")
    return f"{start}>{inner}</{tag}>" if inner else f"{start}/>"


def response(children: Iterable[str], *, version: str) -> bytes:
    """A whole answer. The default namespace is what every lookup of tableauserverclient depends on."""
    return (
        "<?xml version='1.0' encoding='UTF-8'?>"
        f'<tsResponse xmlns="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="{NAMESPACE} https://help.tableau.com/samples/en-us/rest_api/ts-api_{version.replace(".", "_")}.xsd">'
        + "".join(children)
        + "</tsResponse>"
    ).encode("utf-8", "surrogatepass")
