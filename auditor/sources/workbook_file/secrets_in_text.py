"""Secrets in documents: where one stands, never what it is (incident-standards-rules.md, CRED-05)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from auditor.sources.workbook_file.names import QUIET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

_NAME = re.compile(
    r"(?:^|[-_.])(?:password|passwd|pwd|passphrase|secret|token|api-?key|apikey|access-?key|private-?key|"
    r"credentials?|client-?secret|sas)(?:$|[-_.])|password$|secret$|token$|secret-?key$",
    re.IGNORECASE,
)
#: Attributes with such a word that hold a mode or a name, not a secret.
_HARMLESS = frozenset(
    {
        "password-prompt",
        "token-prompt",
        "has-password",
        "save-password",
        "savepassword",
        "embed-password",
        "embedpassword",
        "password-encrypted",
        "token-type",
        "token-endpoint",
        "token-url",
        "token-uri",
        "oauth-token-endpoint",
        "credentials-type",
        "credential-type",
        "credentials-mode",
        "key-token",
        "auth-token-type",
    }
)
_HARMLESS_VALUES = frozenset({"", "true", "false", "yes", "no", "none", "prompt", "0", "1", "null"})
#: A text without any of these words holds no secret of the shapes below; most texts go no further.
_HINT = re.compile(
    r"pass(?:word|wd|phrase)|pwd|identified|://|key|secret|token|-----BEGIN|AKIA|ASIA|gh[pousr]_|github_pat|eyJ|sig=|bearer",
    re.IGNORECASE,
)
#: Texts in which a secret may stand whatever the attribute is called.
_SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "a password",
        re.compile(
            r"""(?:\b|_)(?:password|passwd|pwd|passphrase)\b['"]?\s*(?:=|:=|=>|:)\s*['"{]?(?!['"{}<;,&\s)]|\*+|\?|prompt\b)[^\s;'",)]{2,}""",
            re.IGNORECASE,
        ),
    ),
    ("a password", re.compile(r"\bidentified\s+by\s+['\"]?[^\s'\";]{2,}", re.IGNORECASE)),
    ("a password in a URL", re.compile(r"://[^\s/:@<>'\"]{1,200}:[^\s/@<>'\"]{2,200}@")),
    (
        "a key or token",
        re.compile(
            r"""\b(?:api[_-]?key|apikey|client[_-]?secret|secret[_-]?key|access[_-]?token|auth[_-]?token|refresh[_-]?token|"""
            r"""aws_secret_access_key|account[_-]?key|sharedaccesskey|secret)['"]?\s*(?:=|:=|=>|:)\s*['"]?[A-Za-z0-9+/_.\-]{8,}""",
            re.IGNORECASE,
        ),
    ),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\s]*+")),
    ("an AWS access key", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    ("a GitHub token", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{30}\w*+|\bgithub_pat_[A-Za-z0-9_]{40}\w*+")),
    ("a signed token", re.compile(r"\beyJ[A-Za-z0-9_\-]{8,300}\.eyJ[A-Za-z0-9_\-]{8}[A-Za-z0-9_.\-]*+")),
    ("a shared access signature", re.compile(r"[?&]sig=[A-Za-z0-9%+/=]{20}[A-Za-z0-9%+/=]*+")),
    ("a bearer token", re.compile(r"\bbearer\s+[A-Za-z0-9_\-.=]{16}[A-Za-z0-9_\-.=]*+", re.IGNORECASE)),
)
_SQL_LITERAL = re.compile(r"'[^']*+(?:'|\Z)|--[^\r\n]*+|/\*.*?(?:\*/|\Z)|\b\d{4,}+\b", re.DOTALL)


def secret_attributes(element: etree._Element) -> Iterator[str]:
    """Words for each attribute of an element in which a secret stands."""
    for key, value in element.attrib.items():
        word = key.lower()
        if _NAME.search(word) and word not in _HARMLESS and value.strip().lower() not in _HARMLESS_VALUES:
            yield f"attribute {key}"
        elif found := secret_shape(value):
            yield f"{found} in attribute {key}"


def secret_shape(text: str) -> str | None:
    """What kind of secret a text seems to hold, or None."""
    if len(text) < 8 or not _HINT.search(text):
        return None
    return next((what for what, shape in _SHAPES if shape.search(text)), None)


def without_secrets(text: str) -> str:
    """A text with everything that looks like a secret blanked."""
    if _HINT.search(text):
        for _, shape in _SHAPES:
            text = shape.sub("…", text)
    return text


def without_literals(text: str, *, sql: bool) -> str:
    """A query or formula with secrets, literals and comments blanked: literals may be values of persons."""
    shape = _SQL_LITERAL if sql else QUIET
    return shape.sub(lambda found: "'…'" if found[0][0] in "'\"" else " … ", without_secrets(text))
