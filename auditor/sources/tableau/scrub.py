"""Taking out of an answer what a recording must not hold.

By permission, not by prohibition: an attribute's value stays when it is a boolean, a number, a date or an identifier,
or when the attribute is one that we know to hold a word of Tableau's. A name stays or gets a stand-in, as asked. The
value of anything else is masked, its name stays, so that a reader sees what servers say.
"""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape, quoteattr

from defusedxml.common import DefusedXmlException

from auditor.sources.stand_ins import StandIns
from auditor.sources.tableau.scrub_words import ENUMERATIONS, HOSTS, NAMED, PEOPLE, TEXTS, WORDS_IN_ELEMENTS
from auditor.sources.tableau.settings import NamesPolicy
from auditor.sources.tableau.xml import local, parse

MASKED = "masked"
RECORDED_TOKEN = "recorded-session"  # noqa: S105 - it stands in place of a token
_SAFE = re.compile(
    r"|true|false|-?[0-9]{1,18}(\.[0-9]{1,6})?|[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+Z?)?"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_:.,+ /-]{0,80}")
_QUOTED = re.compile(r"'([^']{1,200})'")
_OWN_DOMAIN = re.compile(r"local|external|[A-Z_]{3,40}")


class Scrubber:
    """Scrubs all answers of one recording, so that stand-ins agree. First `meet` all, then `answer` each."""

    def __init__(self, names: NamesPolicy) -> None:
        self._names = names
        self._stand_ins = StandIns()

    def meet(self, content: bytes) -> None:
        """Learn how accounts are spelled."""
        root = _tree(content)
        for element in root.iter() if root is not None else ():
            if local(element) in PEOPLE and (user_id := element.get("id")):
                self._stand_ins.meet(user_id, element.get("name"), element.get("fullName"), element.get("email"))

    def answer(self, content: bytes, content_type: str) -> str:
        """The answer without what must not be kept."""
        if not content:
            return ""
        if "json" in content_type:
            return self._json(content)
        root = _tree(content)
        if root is None:
            return f"(an answer of {len(content)} bytes that is not XML)"
        return "<?xml version='1.0' encoding='UTF-8'?>\n" + self._element(root, namespace=True) + "\n"

    def _element(self, element: Element, *, namespace: bool = False) -> str:
        tag = local(element)
        space = str(element.tag).partition("}")[0].removeprefix("{") if namespace and "}" in str(element.tag) else ""
        start = f"<{tag}" + (f" xmlns={quoteattr(space)}" if space else "")
        for name, value in element.attrib.items():
            if "}" not in name:
                start += f" {name}={_quoted(self._attribute(element, tag, name, value))}"
        inner = "\n".join(self._element(child) for child in element)
        text = escape(self._text(tag, (element.text or "").strip()))
        if not inner:
            return f"{start}>{text}</{tag}>" if text else f"{start}/>"
        return f"{start}>{text}\n{inner}\n</{tag}>"

    def _attribute(self, element: Element, tag: str, name: str, value: str) -> str:
        if name == "token":
            return RECORDED_TOKEN
        if tag in PEOPLE or (tag == "location" and element.get("type") == "PersonalSpace"):
            if name in {"name", "fullName", "email"}:
                return self._person(name, value, element.get("id"))
        elif (tag, name) in NAMED or name in TEXTS:
            return self._name(element, tag, name, value)
        if name in HOSTS and value:
            return self._hosts(name, value)
        if _SAFE.fullmatch(value):
            return value
        if tag == "domain" and name == "name":
            return self._domain(value)
        known = name in ENUMERATIONS or (tag, name) == ("capability", "name")
        return value if known and _WORD.fullmatch(value) else MASKED

    def _person(self, name: str, value: str, user_id: str | None) -> str:
        if self._names == "keep":
            return value
        return (
            self._stand_ins.full_name(value, user_id) if name == "fullName" else self._stand_ins.person(value, user_id)
        )

    def _name(self, element: Element, tag: str, name: str, value: str) -> str:
        if self._names == "keep" or value in {"", "All Users"}:
            return value
        if self._names == "people":
            return self._stand_ins.without_people(value)
        if name in TEXTS:
            return "text"
        if tag == "tag":
            return self._stand_ins.thing("tag", value)
        key = element.get("id") or element.get("clientId") or value
        if name == "contentUrl" and "/sheets/" in value:
            book, _, _ = value.partition("/sheets/")
            return f"{self._stand_ins.thing('url', book)}/sheets/{self._stand_ins.thing(tag, key)}"
        return self._stand_ins.thing("url", value) if name == "contentUrl" else self._stand_ins.thing(tag, key)

    def _domain(self, value: str) -> str:
        if self._names == "keep" or _OWN_DOMAIN.fullmatch(value):
            return value
        return self._stand_ins.thing("domain", value)

    def _hosts(self, name: str, value: str) -> str:
        if name == "webpageUrl":
            return "https://tableau.example.invalid/#/" + "/".join(value.rsplit("/", 2)[-2:])
        if self._names == "keep" or (self._names == "people" and name in {"allowList", "domainSafelist"}):
            return value
        if name in {"userName", "username"}:
            return self._stand_ins.thing("account", value)
        words = re.split(r"[\s,;]+", value.strip())
        return " ".join(
            ("*." if word.startswith("*.") else "") + self._stand_ins.thing("host", word) + ".example.invalid"
            for word in words
        )

    def _text(self, tag: str, value: str) -> str:
        if _SAFE.fullmatch(value) or tag in WORDS_IN_ELEMENTS or self._names == "keep":
            plain = value
        elif tag in {"summary", "detail"}:
            plain = _QUOTED.sub(lambda m: m[0] if _SAFE.fullmatch(m[1]) else "'…'", value)
        else:
            return MASKED
        return self._stand_ins.without_people(plain) if self._names != "keep" else plain

    def _json(self, content: bytes) -> str:
        try:
            return json.dumps(self._value("", json.loads(content), ""), ensure_ascii=False, indent=1)
        except (ValueError, RecursionError):
            return f"(an answer of {len(content)} bytes that is not JSON)"

    def _value(self, key: str, value: Any, holder: str) -> Any:
        match value:
            case dict():
                return {name: self._value(str(name), inner, key) for name, inner in value.items()}
            case list():
                return [self._value(key, inner, holder) for inner in value]
            case str():
                return self._json_text(key, value, holder)
        return value

    def _json_text(self, key: str, value: str, holder: str) -> str:
        if self._names == "keep" or _SAFE.fullmatch(value):
            return value
        if key in {"username", "email", "fullName"} or holder in PEOPLE:
            return self._stand_ins.person(value)
        if self._names == "people":
            return self._stand_ins.without_people(value)
        return (
            self._stand_ins.thing("text", value)
            if not _WORD.fullmatch(value) or key.lower().endswith("name")
            else value
        )


def _tree(content: bytes) -> Element | None:
    try:
        return parse(content)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return None


def _quoted(value: str) -> str:
    return quoteattr(value, {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
