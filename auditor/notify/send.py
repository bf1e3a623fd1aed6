"""Tells receivers by Apprise. A receiver that fails is reported in a sentence and changes nothing else."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from auditor.errors import UsageError
from auditor.history import Changes
from auditor.notify.message import LIMIT, Form, Message, failure_message, message_of, worth_telling
from auditor.notify.targets import Target

_STATUS = re.compile(r"error=(\d{3})\b")


def notify(changes: Changes, targets: Sequence[Target], *, report_url: str | None = None) -> tuple[str, ...]:
    """Tell the receivers what changed, if anything did; the answer is a sentence for each that could not be told.

    Raises UsageError only where Apprise is not installed.
    """
    if not targets or not worth_telling(changes):
        return ()
    return _send(targets, lambda form, limit: message_of(changes, form=form, limit=limit, report_url=report_url))


def notify_failure(site: str, problem: str, targets: Sequence[Target]) -> tuple[str, ...]:
    """Tell the receivers that no audit was made; the answer is as that of `notify`."""
    return _send(targets, lambda _form, _limit: failure_message(site, problem))


def _send(targets: Sequence[Target], render: Callable[[Form, int], Message]) -> tuple[str, ...]:
    try:
        import apprise
    except ModuleNotFoundError as error:
        raise UsageError(
            "Telling people needs the package apprise.", where="--notify", next_step="Install `bi-auditor[notify]`."
        ) from error
    asset = apprise.AppriseAsset(
        app_id="bi-auditor", app_desc="bi-auditor", app_url="", image_url_mask="", image_url_logo=""
    )
    failures = []
    for target in targets:
        with _listening() as heard:
            problem = _send_one(apprise, asset, target, render, heard)
        if problem:
            failures.append(f"The receiver '{target.name}' was not told: {problem}")
    return tuple(failures)


def _send_one(
    apprise: Any, asset: Any, target: Target, render: Callable[[Form, int], Message], heard: list[str]
) -> str | None:
    """Send to one receiver; what went wrong, in words that hold nothing of its address."""
    plugin = apprise.Apprise.instantiate(target.url, asset=asset)
    if plugin is None:
        return "its address is not one that Apprise understands. Check the URL that its setting or variable holds."
    form = _form(plugin)
    message = render(form, min(LIMIT, int(plugin.body_maxlen or LIMIT)))
    box = apprise.Apprise(asset=asset)
    box.add(plugin)
    if box.notify(title=message.title, body=message.body, body_format=form):
        return None
    if status := _STATUS.search(" ".join(heard)):
        return f"it answered with HTTP status {status.group(1)}. Check that its address is still valid."
    return "it could not be reached or refused the message. Check its address and that it can be reached from here."


def _form(plugin: Any) -> Form:
    """Markdown where that is the receiver's own form. Any other gets text, which Apprise escapes where it makes HTML."""
    resolve = getattr(plugin, "resolve_format", None)  # Apprise 2.1 and newer: a receiver may take several forms
    wanted = resolve() if resolve is not None else plugin.notify_format
    return "markdown" if str(getattr(wanted, "value", wanted)) == "markdown" else "text"


class _Ear(logging.Handler):
    def __init__(self, heard: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        self._heard.append(record.getMessage())


@contextmanager
def _listening() -> Iterator[list[str]]:
    """Hear what Apprise logs instead of letting it out: its words may hold parts of an address."""
    heard: list[str] = []
    logger = logging.getLogger("apprise")
    ear, before = _Ear(heard), logger.propagate
    handlers = list(logger.handlers)
    logger.handlers, logger.propagate = [ear], False
    try:
        yield heard
    finally:
        logger.handlers, logger.propagate = handlers, before
