"""What goes to the front about a request: its answer, whole or in blocks, or the file that stands for it.

Content-Length is counted here, and no more is sent than the front has room for (wire §7.1). An answer ends exactly once
on the wire: with LAST or with ABORT (wire §3.1). The order of the calls that PEP 3333 asks for is in exchange.py.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Callable

from . import wire
from .hand_over import BY_PATH, head_for_front, paths_in_fields
from .head import Head

if TYPE_CHECKING:
    from .input import StreamedInput
    from .link import Link
    from .timeout import Trouble

# From here on it is cheaper to give the body to the kernel as it is than to copy it behind its head.
LARGE_BODY = 32 * 1024

# wire §7.1: what ends an answer needs no credit, so that the application is free at once; but the front must
# be able to keep it for a slow client. It is also far below what a frame can hold.
LARGEST_LAST = 8 * 1024 * 1024

# RFC 9112 §6.3: these end with their head.
WITHOUT_BODY = frozenset((204, 304))

# The front answers about a file within this time, unless it is busy or the file system is slow.
REPLY_SECONDS = 0.005

ERROR = 40
WARNING = 30


class ClientDisconnected(ConnectionError):
    """Raised into the application when it reads or writes after its client has gone."""


class Answer:
    __slots__ = (
        "number",
        "input",
        "cancelled",
        "_link",
        "_is_head",
        "_head",
        "_started",
        "_begun",
        "_ended",
        "_left",
        "_sent",
        "_granted",
        "_wake",
        "_file_taken",
        "trouble",
    )

    def __init__(self, link: Link, number: int, is_head: bool) -> None:
        self.number = number
        self.input: StreamedInput | None = None
        self.cancelled = False
        self._link = link
        self._is_head = is_head
        self._head: Head | None = None
        self._started = False  # start_response was called, perhaps without success
        self._begun = False  # the head has gone out
        self._ended = False
        self._left = -1  # bytes still owed under the application's Content-Length
        # Bytes of the body, and room for them: each is written by one thread only, so that none is lost between two.
        self._sent = 0
        self._granted = wire.ANSWER_WINDOW
        self._wake: threading.Condition | None = None
        self._file_taken: bool | None = None
        self.trouble: Trouble | None = None  # of a request that takes long

    # Sending

    def _answer_whole(self, head: Head, body: bytes) -> None:
        """Head and complete body in one frame."""
        if head.flags & BY_PATH and self._offer_by_path(head):
            return
        length = head.content_length
        size = len(body)
        lines = head.lines
        if self._is_head or head.code in WITHOUT_BODY:
            # RFC 9110 §8.6: HEAD may say the length that GET would have had; 204 never has one.
            if self._is_head and length < 0 and size and head.code not in WITHOUT_BODY:
                length = size
                lines.append(b"Content-Length: %d\r\n" % size)
            if body:
                self._left_out(head)
            body = b""
        elif length < 0:
            length = size
            lines.append(b"Content-Length: %d\r\n" % size)
        elif size != length:
            if size < length:
                self._too_short(head, body)
                return
            self._too_long(size)
            body = body[:length]
        if len(body) > LARGEST_LAST:
            head.content_length = length
            self._send_in_pieces(head, body, True)
            return
        self._begun = self._ended = True
        self._put_answer(head, length, body, wire.LAST)

    def _put_answer(self, head: Head, length: int, body: bytes, flags: int) -> None:
        text = b"".join(head.lines)
        size = len(text)
        frame_head = (
            wire.ANSWER_HEADER.pack(
                wire.ANSWER_PREFIX_SIZE + size + len(body),
                self.number,
                wire.ANSWER,
                flags | head.flags,
                head.code,
                size,
                length if length >= 0 else wire.LENGTH_UNKNOWN,
            )
            + text
        )
        if len(body) < LARGE_BODY:
            self._link.put(frame_head + body)
        else:
            self._link.put_large(frame_head, body)

    def _send_block(self, block: bytes, only: bool) -> int:
        """Sends a block, with the head before the first one. `only`: there is no other block.

        Returns how many bytes were left out because they go beyond the application's Content-Length.
        """
        head = self._head
        assert head is not None
        if head.flags & BY_PATH and not self._begun and self._offer_by_path(head):
            return 0
        if self._is_head or head.code in WITHOUT_BODY:
            if not self._begun:
                self._begun = self._ended = True
                self._put_answer(head, head.content_length, b"", wire.LAST)
                if block:
                    self._left_out(head)
            return 0
        if self._ended:
            return len(block)
        if self.cancelled:
            raise ClientDisconnected("the client has gone")
        if not self._begun:
            if only:
                head.lines.append(b"Content-Length: %d\r\n" % len(block))
                head.content_length = len(block)
            self._left = head.content_length
        last = False
        excess = 0
        if self._left >= 0:
            excess = max(0, len(block) - self._left)
            if excess:
                block = block[: self._left]
            self._left -= len(block)
            last = self._left == 0
        self._send_in_pieces(head, block, last)
        return excess

    def _send_in_pieces(self, head: Head, block: bytes, last: bool) -> None:
        """wire §7.1: no more ahead of the client than the window, except for what ends the answer."""
        start = 0
        end = len(block) - LARGEST_LAST if last else len(block)
        while start < end:
            piece = block[start : min(end, start + self._granted - self._sent)]
            start += len(piece)
            self._send_piece(head, piece, False)
            if self._sent >= self._granted:
                self._await_credit()
        if last:
            self._send_piece(head, block[start:] if start else block, True)

    def _send_piece(self, head: Head, piece: bytes, last: bool) -> None:
        self._sent += len(piece)
        self._ended = last
        flags = wire.LAST if last else 0
        if not self._begun:
            self._begun = True
            self._put_answer(head, head.content_length, piece, flags)
        elif piece or last:
            frame_head = wire.HEADER.pack(len(piece), self.number, wire.BLOCK, flags, 0)
            if len(piece) < LARGE_BODY:
                self._link.put(frame_head + piece)
            else:
                self._link.put_large(frame_head, piece)

    def _finish(self) -> None:
        """The iterable is exhausted."""
        head = self._head
        if head is None:
            raise RuntimeError(NEVER_STARTED)
        if not self._begun:
            # PEP 3333: the head goes out at the latest now.
            self._answer_whole(head, b"")
        elif self._left > 0:
            self._too_short(head, b"")
        else:
            self._send_piece(head, b"", True)

    def _too_short(self, head: Head, body: bytes) -> None:
        """PEP 3333 "Handling the Content-Length Header": the client must see that something is missing."""
        missing = self._left if self._begun else head.content_length - len(body)
        self._link.log(
            self.number,
            ERROR,
            "The application sent %d bytes less than its Content-Length of %d. The connection is closed, so that the client sees it."
            % (missing, head.content_length),
        )
        if not self._begun:
            self._begun = True
            self._put_answer(head, head.content_length, body, 0)
        self._abort()

    def _too_long(self, size: int) -> None:
        assert self._head is not None
        self._link.log(
            self.number,
            WARNING,
            "The application sent more than its Content-Length of %d bytes (at least %d). The rest is left out."
            % (self._head.content_length, size),
        )

    @property
    def is_over(self) -> bool:
        """For the front; the application may still be running."""
        return self._ended

    def _left_out(self, head: Head) -> None:
        """A body for HEAD is what most applications return; with 204 or 304 somebody expects it to arrive."""
        if not self._is_head:
            self._link.log(
                self.number,
                WARNING,
                "The application sent a body with status %d, which has none. It is left out."
                % head.code,
            )

    def _abort(self) -> None:
        if not self._ended:
            self._ended = True
            self._link.put(wire.encode(wire.ABORT, self.number))

    # A file in place of a body

    def _offer(
        self, head: Head, flags: int, numbers: tuple[int, int, int, int], path: bytes
    ) -> bool:
        """Asks the front to send a file in place of a body (wire §5.11). True: nothing is left to be sent."""
        link = self._link
        self._file_taken = None
        flags |= head.flags & (wire.HAS_DATE | wire.HAS_SERVER)
        text = head_for_front(head)
        link.put(wire.encode_file(self.number, head.code, flags, text, numbers, path))
        link.flush()
        # The reply comes soon: what waits behind this request isn't worth being given back for it.
        if link.lead.acquire(False):
            try:
                while not self._has_reply() and link.receive_within(REPLY_SECONDS):
                    pass
            finally:
                link.lead.release()
        self.wait_until(self._has_reply)
        if self._file_taken:
            self._begun = self._ended = True
        elif self.cancelled:
            self._abort()
        return self._ended

    def _has_reply(self) -> bool:
        return self._file_taken is not None or self.cancelled

    def _offer_by_path(self, head: Head) -> bool:
        """X-Sendfile and X-Accel-Redirect: the front acts on them when it was told to; else they are plain fields."""
        numbers = (wire.LENGTH_UNKNOWN, 0, 0, 0)
        for flag, path in paths_in_fields(head):
            if self._offer(head, flag, numbers, path):
                # The application's body, if it has one, is not the answer's.
                self._is_head = True
                return True
        head.flags &= ~BY_PATH
        return False

    # Waiting for the front

    def _await_credit(self) -> None:
        self.wait_until(self._may_send)
        if self.cancelled:
            raise ClientDisconnected("the client has gone")

    def _may_send(self) -> bool:
        return self._sent < self._granted or self.cancelled

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Waits for a frame about this exchange. Reads the link itself while no other thread does."""
        link = self._link
        link.flush()
        if self._wake is None:
            self._wake = threading.Condition()
        while not ready():
            # With requests waiting, the lead belongs to a thread that can run them.
            if not link.inbox and link.lead.acquire(False):
                try:
                    link.receive(wait=True)
                finally:
                    link.lead.release()
            else:
                with self._wake:
                    if not ready():
                        # The bound only matters when the reading thread gives up the lead in this very moment.
                        self._wake.wait(0.05)

    # From the front, called by the thread that reads the link

    def cancel(self) -> None:
        self.cancelled = True
        self._notify()

    def grant(self, size: int) -> None:
        self._granted += size
        self._notify()

    def file_replied(self, taken: bool) -> None:
        self._file_taken = taken
        self._notify()

    def body_arrived(self, data: bytes, last: bool) -> None:
        if self.input is not None:
            self.input.arrived(data, last)
            self._notify()

    def _notify(self) -> None:
        wake = self._wake
        if wake is not None:
            with wake:
                wake.notify_all()


NEVER_STARTED = (
    "the application returned a body without calling start_response: call "
    'start_response("200 OK", [("Content-Type", "text/plain")]) before the first block'
)
