"""Writes one comment on a pull request: the earlier one with the same hidden marker is changed, not followed by another.

Only the standard library. The token comes from the environment (GITHUB_TOKEN) and goes into one header, nowhere else.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any

PAGES = 50  # of 100 comments
TIMEOUT = 30


class CommentError(Exception):
    """A sentence for the log. The review's own exit code stays what it is."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The token goes to the API's own address only."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def main(environment: Mapping[str, str]) -> int:
    path = Path(environment.get("INPUT_COMMENT_FILE", ""))
    if not path.is_file():
        print("There is no comment to write.", file=sys.stderr)
        return 0
    try:
        number = pull_request(environment)
        if number is None:
            print("::notice title=bi-auditor::This is not a pull request, so no comment is written.")
            return 0
        quiet = environment.get("INPUT_QUIET", "").strip() == "true"
        print(write(environment, number, path.read_text(encoding="utf-8"), only_update=quiet))
    except CommentError as error:
        # The verdict is in the annotations, the summary and the exit code; a missing comment must not hide it.
        print(f"::warning title=bi-auditor::{str(error).replace('%', '%25')}")
    return 0


def pull_request(environment: Mapping[str, str]) -> int | None:
    """The number of the pull request that the event is about; None where it is about something else."""
    try:
        event = json.loads(Path(environment["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    except (KeyError, OSError, ValueError):
        return None
    number = (event.get("pull_request") or {}).get("number")
    return number if isinstance(number, int) else None


def write(environment: Mapping[str, str], number: int, text: str, *, only_update: bool) -> str:
    """Change the earlier comment or write the first; the answer says which. `only_update`: there is no news to begin with."""
    marker = text.split("\n", 1)[0].strip()
    if not (marker.startswith("<!--") and marker.endswith("-->")):
        raise CommentError("The comment does not begin with its hidden marker, so it was not written.")
    key = environment.get("INPUT_KEY", "").strip()
    if key:
        hidden = f"<!-- bi-auditor-report {''.join(char for char in key if char.isalnum() or char in '-_')} -->"
        text, marker = text.replace(marker, hidden, 1), hidden
    author = environment.get("INPUT_COMMENT_AUTHOR", "").strip() or "github-actions[bot]"
    comments = f"/repos/{environment.get('GITHUB_REPOSITORY', '')}/issues"
    earlier = _find(environment, f"{comments}/{number}/comments", marker, author)
    if earlier is not None:
        _call(environment, "PATCH", f"{comments}/comments/{earlier}", {"body": text})
        return "The comment was brought up to date."
    if only_update:
        return "This change alters no verdict, so no comment is begun."
    _call(environment, "POST", f"{comments}/{number}/comments", {"body": text})
    return "The comment was written."


def _find(environment: Mapping[str, str], path: str, marker: str, author: str) -> int | None:
    """The id of our own earlier comment. One by somebody else that holds the marker is not ours to change."""
    for page in range(1, PAGES + 1):
        found = _call(environment, "GET", f"{path}?per_page=100&page={page}")
        for comment in found:
            mine = (comment.get("user") or {}).get("login") == author
            if mine and str(comment.get("body") or "").lstrip().startswith(marker):
                return int(comment["id"])
        if len(found) < 100:
            return None
    return None


def _call(environment: Mapping[str, str], method: str, path: str, body: Mapping[str, str] | None = None) -> Any:
    address = environment.get("GITHUB_API_URL", "https://api.github.com").rstrip("/") + path
    token = environment.get("GITHUB_TOKEN", "").strip()
    if not token:
        raise CommentError("There is no GITHUB_TOKEN, so no comment was written.")
    if not address.startswith(("https://", "http://127.0.0.1:")):
        raise CommentError("The address of the API is not https, so the token was not sent there.")
    request = urllib.request.Request(
        address,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Accept": "application/vnd.github+json",
            "Content-Type": "application/json",
            "User-Agent": "bi-auditor",
        },
    )
    request.add_unredirected_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=TIMEOUT) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        hint = " The job needs `permissions: pull-requests: write`." if error.code in (401, 403, 404) else ""
        error.close()
        raise CommentError(f"GitHub answered {error.code} to the comment.{hint}") from None
    except (urllib.error.URLError, OSError, ValueError, HTTPException) as error:
        raise CommentError(f"The comment could not be written: {type(error).__name__}.") from None


if __name__ == "__main__":
    sys.exit(main(os.environ))
