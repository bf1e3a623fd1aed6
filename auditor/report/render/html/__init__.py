"""One self-contained page: what the public can reach at a glance, the findings to work in, coverage in plain sight.

No network: a strict content security policy allows the page's own style and script by their hashes and nothing else.
Every text is stripped of control characters and escaped by the template engine; no value is ever marked as safe but
the two pictures, which escape for themselves.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from auditor.report.model import Report
from auditor.report.render.clean import clean
from auditor.report.render.html.chart import history_chart
from auditor.report.render.html.picture import reach_picture
from auditor.report.render.html.view import page_view
from auditor.report.render.options import RenderOptions

if TYPE_CHECKING:
    from jinja2 import Environment


def render(report: Report, options: RenderOptions) -> str:
    """HTML 5 in UTF-8."""
    style, first, script = _asset("style.css"), _asset("first.js"), _asset("script.js")
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            view=page_view(report, options),
            picture=reach_picture(report),
            chart=history_chart(options.history),
            style=style,
            first=first,
            script=script,
            policy=content_security_policy(style, first, script),
        )
    )


def content_security_policy(style: str, *scripts: str) -> str:
    """The policy of the page: its own style and scripts by their hashes, pictures written into it, nothing else."""
    own = " ".join(f"'{_hash(script)}'" for script in scripts)
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src {own}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def environment() -> Environment:
    """The template engine: escapes everything, strips control characters, and an unknown name is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("auditor.report.render.html", "."),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _harmless(value: Any) -> Any:
    """Texts without control characters; pictures, style and script are marked and stay as they are."""
    return clean(value) if type(value) is str else value


@cache
def _asset(name: str) -> Any:
    """Style or script of the page, marked for the template so that it is not escaped."""
    from markupsafe import Markup

    text = resources.files("auditor.report.render.html").joinpath(name).read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 - a file of this package, no value of anybody's in it


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
