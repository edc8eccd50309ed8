"""A link that records what an exchange sends, and the answer that the front would make of it."""

from __future__ import annotations

import struct
import threading
from collections import deque
from typing import Any, Callable

from wizgy_worker import wire
from wizgy_worker.exchange import Exchange


class RecordingLink:
    """`events` holds what happened, in order: frames as tuples, "flush", and what the application notes there.

    `news` are calls that a wait for the front makes, one for each time it looks.
    """

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.logged: list[tuple[int, str]] = []
        self.news: deque[Callable[[], None]] = deque()
        self.inbox: deque[Any] = deque()
        self.lead = threading.Lock()
        self.wake_watcher: Callable[[], None] | None = None

    def put(self, frame: bytes) -> None:
        self._record(frame)

    def put_large(self, head: bytes, body: bytes) -> None:
        self._record(head + body)

    def flush(self) -> None:
        self.events.append("flush")

    def log(self, number: int, level: int, text: str) -> None:
        self.logged.append((level, text))

    def receive(self, wait: bool) -> bool:
        assert self.lead.locked(), "only who leads may read"
        self.news.popleft()()
        return True

    def _record(self, data: bytes) -> None:
        length, number, kind, flags, status = wire.HEADER.unpack_from(data)
        payload = data[wire.HEADER_SIZE :]
        assert len(payload) == length
        assert number == 7
        last = "last" if flags & wire.LAST else "more"
        if kind == wire.ANSWER:
            head_size, content_length = struct.unpack_from("<IQ", payload)
            head = payload[12 : 12 + head_size].decode("latin-1")
            known = None if content_length == wire.LENGTH_UNKNOWN else content_length
            self.events.append(("answer", status, head, known, payload[12 + head_size :], last))
        elif kind == wire.BLOCK:
            self.events.append(("block", payload, last))
        elif kind == wire.ABORT:
            self.events.append(("abort",))
        elif kind == wire.WANT:
            self.events.append(("want", *wire.NUMBER.unpack(payload)))
        else:
            raise AssertionError("an exchange never sends 0x%02x" % kind)

    @property
    def frames(self) -> list[Any]:
        return [event for event in self.events if isinstance(event, tuple)]


class Served:
    """The answer: `end` is "whole", "cut" (the client sees that something is missing) or "500" (before any head)."""

    def __init__(self, link: RecordingLink) -> None:
        frames = [frame for frame in link.frames if frame[0] != "want"]
        self.events = link.events
        self.logged = link.logged
        self.status, self.lines, self.length, self.body = 0, [], None, b""
        ends = 0
        for frame in frames:
            assert ends == 0, "nothing may follow the end (wire §3.1)"
            if frame[0] == "answer":
                assert self.status == 0, "one ANSWER"
                _, self.status, head, self.length, self.body, _ = frame
                self.line, *self.lines = head.split("\r\n")[:-1]
                assert head.endswith("\r\n")
            elif frame[0] == "block":
                assert self.status, "a BLOCK before the ANSWER"
                self.body += frame[1]
            ends += frame[-1] == "last" or frame == ("abort",)
        assert ends == 1, "exactly one end (wire §3.1)"
        self.frames = frames
        aborted = frames[-1] == ("abort",)
        self.end = "whole" if not aborted else "cut" if self.status else "500"
        if self.length is not None:
            assert (
                "Content-Length: %d" % self.length in self.lines
                or "content-length" in str(self.lines).lower()
            )

    @property
    def log(self) -> str:
        return "\n".join(text for _, text in self.logged)


def make_exchange(method: str = "GET") -> tuple[RecordingLink, Exchange]:
    link = RecordingLink()
    return link, Exchange(link, 7, method == "HEAD")  # type: ignore[arg-type]


def serve(
    app: Callable[..., Any], method: str = "GET", link: RecordingLink | None = None
) -> Served:
    """Runs an application as the crew does."""
    link = link or RecordingLink()
    exchange = Exchange(link, 7, method == "HEAD")  # type: ignore[arg-type]
    exchange.run(app, {"REQUEST_METHOD": method, "link": link, "exchange": exchange})
    exchange.end()
    return Served(link)
