"""Requests off the wire and answers onto it: keep-alive, exact lengths, one write an answer, and the faults."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from tests.emulator.calls import Answer
from tests.emulator.errors import Refusal
from tests.emulator.faults import Changed, Cut, Effect, Endless, Happens, Instead, Reset, Slow

if TYPE_CHECKING:
    from tests.emulator.server import Emulator

_REASONS = {
    200: "OK",
    204: "No Content",
    302: "Found",
    404: "Not Found",
    405: "Method Not Allowed",
    429: "Too Many Requests",
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    server: Any
    raw_requestline: bytes

    @property
    def emulator(self) -> Emulator:
        emulator: Emulator = self.server.emulator
        return emulator

    def setup(self) -> None:
        super().setup()
        self.server.alive.add(self.connection)

    def finish(self) -> None:
        self.server.alive.discard(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def parse_request(self) -> bool:
        """The request's head as a plain dictionary: the standard library's parser for e-mail is most of a fast answer."""
        parts = self.raw_requestline.decode("latin-1").split()
        if len(parts) != 3:
            return False
        self.command, self.path, self.request_version = parts
        heads: dict[str, str] = {}
        while (line := self.rfile.readline(65537)) not in (b"\r\n", b"\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            heads[name.strip().lower()] = value.strip()
        self.headers = heads  # type: ignore[assignment]
        self.close_connection = heads.get("connection", "").lower() == "close"
        return True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: what was asked is in `Emulator.requests`."""

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if (told := self.emulator.told(self.path)) is not None:
            self._send(told, [])
            return
        effects = [fault.effect for fault in self.emulator.note(self.command, self.path)]
        if self.emulator.latency:
            time.sleep(self.emulator.latency)
        for effect in effects:
            if isinstance(effect, Happens) and not effect.after:
                effect.action(self.emulator)
        replaced = next((e for e in effects if isinstance(e, Instead)), None)
        answer = self._instead(replaced) if replaced else self._true(body)
        for effect in effects:
            if isinstance(effect, Happens) and effect.after:
                effect.action(self.emulator)
            if isinstance(effect, Changed):
                answer.body = effect.change(answer.body)
        self._send(answer, effects)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = do_CONNECT = _any  # noqa: N815 - the base class's names

    def _true(self, body: bytes) -> Answer:
        return self.emulator.answer(self.command, self.path, body, self.headers.get("x-tableau-auth"))

    def _instead(self, effect: Instead) -> Answer:
        headers = {name: value[:-1] + self.path if value.endswith("*") else value for name, value in effect.headers}
        if effect.code is None:
            return Answer(effect.status, effect.body, effect.content_type, headers)
        return Answer(effect.status, Refusal(effect.code, effect.detail).body(self.emulator.version), headers=headers)

    def _head(self, answer: Answer, length: int | None) -> bytes:
        lines = [
            f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Status')}",
            "Server: Tableau",
            "X-Tableau: Tableau Server",
        ]
        lines += [f"Date: {self.date_time_string()}"]
        lines += [f"Content-Type: {answer.content_type}"] if answer.content_type and length != 0 else []
        if length is None:
            lines.append("Connection: close")
            self.close_connection = True
        elif answer.status != 204:
            lines.append(f"Content-Length: {length}")
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def _send(self, answer: Answer, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Reset(sent):
                    return self._break((self._head(answer, len(answer.body)) + answer.body)[:sent])
                case Cut(keep, complete):
                    kept = answer.body[: int(len(answer.body) * keep)]
                    if complete:
                        return self._write(self._head(answer, len(kept)) + kept)
                    self._write(self._head(answer, len(answer.body)) + kept)
                    self.close_connection = True
                    return None
                case Endless(size, announced):
                    return self._stream(answer, size, announced=announced)
                case Slow(before, piece, pause):
                    time.sleep(before)
                    if piece is not None:
                        return self._drip(self._head(answer, len(answer.body)) + answer.body, piece, pause)
        body = b"" if self.command == "HEAD" else answer.body
        return self._write(self._head(answer, len(answer.body)) + body)

    def _write(self, data: bytes) -> None:
        try:
            self.wfile.write(data)
        except OSError:
            self.close_connection = True

    def _drip(self, data: bytes, piece: int, pause: float) -> None:
        for start in range(0, len(data), piece):
            if self.close_connection and start:
                return
            self._write(data[start : start + piece])
            time.sleep(pause)

    def _stream(self, answer: Answer, size: int, *, announced: bool) -> None:
        """XML that goes on and on: an opening, and then comments."""
        self._write(self._head(answer, size if announced else None) + b"<tsResponse xmlns='http://tableau.com/api'>")
        chunk = b"<!-- " + b"x" * 65520 + b" -->"
        left = size - 43
        self.close_connection = False
        while left > 0 and not self.close_connection:
            self._write(chunk[: min(left, len(chunk))])
            left -= len(chunk)
        self.close_connection = True

    def _break(self, data: bytes) -> None:
        if data:
            self._write(data)
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
