"""The web view: read-only pages over a history and a snapshot. Flask is imported when an app is made, not before."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any

from auditor.errors import AuditorError, UsageError
from auditor.history import History, HistoryError
from auditor.serve.guard import guard
from auditor.serve.search import Question, Search
from auditor.serve.settings import ServeSettings

if TYPE_CHECKING:
    from flask import Flask

_RUNS = 90


def create_app(settings: ServeSettings) -> Flask:
    """The app, a WSGI application. Raises UsageError where Flask is not installed."""
    try:
        from flask import Flask
    except ModuleNotFoundError as error:
        raise UsageError(
            "The web view needs the package flask.", where="serve", next_step="Install `bi-auditor[serve]`."
        ) from error
    app = Flask("auditor.serve", static_folder="static", template_folder="templates")
    _set_up_templates(app, settings)
    guard(app, settings)
    _errors(app)
    _style(app)
    if settings.history is not None:
        _history_pages(app, settings.history, settings)
    if settings.snapshot is not None:
        _search_page(app, Search.over(settings.snapshot))
    if settings.history is None:
        app.add_url_rule("/", "home", lambda: _redirect("access"))
    return app


def _set_up_templates(app: Flask, settings: ServeSettings) -> None:
    from jinja2 import StrictUndefined

    from auditor.report.render.clean import clean, safe_url

    app.jinja_options = {
        "autoescape": True,
        "undefined": StrictUndefined,
        "finalize": lambda value: clean(value) if type(value) is str else value,
        "trim_blocks": True,
        "lstrip_blocks": True,
    }
    app.jinja_env.globals.update(
        safe_url=safe_url, has_history=settings.history is not None, has_access=settings.snapshot is not None
    )
    app.jinja_env.filters["moment"] = lambda when: "" if when is None else f"{when:%Y-%m-%d %H:%M} UTC"


def _history_pages(app: Flask, history: History, settings: ServeSettings) -> None:
    from flask import render_template, request

    from auditor.report import HistoryPoint
    from auditor.report.render.html.chart import history_chart
    from auditor.serve.timeline import timeline

    @app.get("/")
    def home() -> str:
        site = request.args.get("site") or None
        trend = history.trend(limit=_RUNS, site=site)
        points = [
            HistoryPoint(f"{one.finished:%Y-%m-%d %H:%M}", tuple(one.failures.items()), one.unknown, one.complete)
            for one in trend
        ]
        return render_template(
            "runs.html",
            runs=history.runs(limit=_RUNS, site=site),
            trend={one.run_id: one for one in trend},
            chart=history_chart(points),
            site=site,
        )

    @app.get("/runs/<run_id>")
    def one_run(run_id: str) -> str:
        run = history.run(run_id)
        return render_template("run.html", run=run, changes=history.changes(run.id))

    @app.get("/exposures")
    def exposures() -> str:
        only_open = request.args.get("show") == "open"
        found = history.exposures(only_open=only_open, site=request.args.get("site") or None)
        now = settings.clock()
        return render_template(
            "exposures.html", intervals=found, now=now, picture=timeline(found, now=now), only_open=only_open
        )


def _search_page(app: Flask, search: Search) -> None:
    from flask import render_template, request

    @app.get("/access")
    def access() -> str:
        asked = Question(*(request.args.get(name, "").strip() for name in ("principal", "content", "capability")))
        return render_template(
            "access.html", question=asked, answer=search.ask(asked), provenance=search.access.snapshot.provenance
        )


def _style(app: Flask) -> None:
    from flask import Response

    report_style = resources.files("auditor.report.render.html").joinpath("style.css").read_text(encoding="utf-8")

    @app.get("/report.css")
    def report_css() -> Response:
        return Response(report_style, mimetype="text/css")


def _errors(app: Flask) -> None:
    from flask import render_template
    from werkzeug.exceptions import HTTPException

    def said(error: AuditorError) -> tuple[str, int]:
        return render_template("error.html", sentence=str(error)), 404 if isinstance(error, UsageError) else 503

    def missing(error: HTTPException) -> Any:
        if error.response is not None:
            return error.response
        return render_template("error.html", sentence=error.description or error.name), error.code or 500

    app.register_error_handler(UsageError, said)
    app.register_error_handler(HistoryError, said)
    app.register_error_handler(HTTPException, missing)


def _redirect(endpoint: str) -> Any:
    from flask import redirect, url_for

    return redirect(url_for(endpoint))
