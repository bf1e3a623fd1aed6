"""Pure functions from a report to a text, one file a format. `RENDERERS` names them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from auditor.errors import UsageError
from auditor.report.model import Report
from auditor.report.render import as_csv, as_json, github, html, junit, markdown, sarif, text
from auditor.report.render.options import HistoryPoint, Renderer, RenderOptions

RENDERERS: Mapping[str, Renderer] = MappingProxyType(
    {
        "text": text.render,
        "json": as_json.render,
        "sarif": sarif.render,
        "junit": junit.render,
        "markdown": markdown.render,
        "html": html.render,
        "csv": as_csv.render,
        "github": github.render,
    }
)


def render(report: Report, name: str, options: RenderOptions | None = None) -> str:
    """The report in the format `name`. Raises `UsageError` for a format that is not there."""
    renderer = RENDERERS.get(name)
    if renderer is None:
        raise UsageError(f"There is no report format {name!r}.", next_step=f"Use one of: {', '.join(RENDERERS)}.")
    return renderer(report, options or RenderOptions())


__all__ = ["RENDERERS", "HistoryPoint", "RenderOptions", "Renderer", "render"]
