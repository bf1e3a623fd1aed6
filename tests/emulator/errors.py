"""Refusals, worded as Tableau words them (tsc-wire-and-files.md, section 4)."""

from __future__ import annotations

from tests.emulator.xml import el, response

SUMMARIES = {
    "400006": "Invalid Page Number",
    "400007": "Invalid Page Size",
    "400000": "Bad Request",
    "400023": "Invalid Fields Expression",
    "401001": "Signin Error",
    "401002": "Unauthorized Access",
    "403004": "Forbidden",
    "403014": "Page Size Limit Exceeded",
    "403069": "Forbidden",
    "403070": "Forbidden",
    "404000": "Resource Not Found",
    "404002": "Resource Not Found",
    "404003": "Resource Not Found",
    "404004": "Resource Not Found",
    "404005": "Resource Not Found",
    "404006": "Resource Not Found",
    "404011": "Resource Not Found",
    "404012": "Resource Not Found",
    "405000": "Invalid Request Method",
    "429000": "Too Many Requests",
    "500000": "Internal Server Error",
}

# Which code says that a thing of this kind is not there.
NOT_FOUND = {
    "site": "404000",
    "user": "404002",
    "datasource": "404004",
    "project": "404005",
    "workbook": "404006",
    "view": "404011",
    "group": "404012",
}


class Refusal(Exception):  # noqa: N818 - it is an answer, not an accident
    """An answer with an error body. The HTTP status is the first three digits of the code."""

    def __init__(self, code: str, detail: str, **headers: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.headers = headers

    @property
    def status(self) -> int:
        return int(self.code[:3])

    def body(self, version: str) -> bytes:
        summary = el("summary", text=SUMMARIES.get(self.code, "Error"))
        return response([el("error", {"code": self.code}, summary, el("detail", text=self.detail))], version=version)


def not_found(kind: str, luid: str) -> Refusal:
    name = {"virtualConnection": "Virtual connection", "groupSet": "Group set"}.get(kind, kind.capitalize())
    return Refusal(NOT_FOUND.get(kind, "404003"), f"{name} '{luid}' could not be found.")
