"""The Metadata API's address. What it knows is `site.metadata`, a function of query and variables."""

from __future__ import annotations

import json
from typing import Any

from tests.emulator.calls import Answer, Call
from tests.emulator.errors import Refusal

JSON = "application/json;charset=UTF-8"


def answer(call: Call) -> Answer:
    """401 has no XML body here (tsc-wire-and-files.md, section 4)."""
    try:
        call.session = call.emulator.sessions.find(call.token)
    except Refusal:
        return Answer(401, b'{"timestamp":0,"status":401,"error":"Unauthorized"}', JSON)
    if call.path != "/api/metadata/graphql":
        return Answer(200, b'{"status":"DONE"}', JSON)
    try:
        asked = json.loads(call.body)
    except ValueError:
        return Answer(400, b'{"errors":[{"message":"not JSON"}]}', JSON)
    if call.site.metadata is None:
        return _json(
            {
                "data": None,
                "errors": [{"message": "The Metadata API is not enabled.", "extensions": {"code": "FEATURE_DISABLED"}}],
            }
        )
    return _json(call.site.metadata(asked.get("query") or "", asked.get("variables") or {}))


def _json(value: dict[str, Any]) -> Answer:
    return Answer(200, json.dumps(value).encode(), JSON)
