"""wsgi.input (PEP 3333 "Input and Error Streams").

A body that is here already is an io.BytesIO: all methods, all sizes, written in C. A large one lies in a file that is
opened here. One that still comes from the client is a raw stream under an io.BufferedReader, which gives the same
methods over whatever pieces arrive.
"""

from __future__ import annotations

import io
import os
from collections import deque
from typing import TYPE_CHECKING, Any, BinaryIO

from . import wire
from .answer import ClientDisconnected

if TYPE_CHECKING:
    from .exchange import Exchange
    from .link import Link

# wire §7.2: bytes asked for ahead of the application.
INPUT_WINDOW = 256 * 1024
BUFFER_SIZE = 64 * 1024


class StreamedInput(io.RawIOBase):
    """The raw stream. Nothing is asked for before the first read, so an unread body stays with the client."""

    def __init__(self, link: Link, exchange: Exchange) -> None:
        self._link = link
        self._exchange = exchange
        self._pieces: deque[memoryview] = deque()
        self._complete = False
        self._wanted = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Waits for bytes; 0 is the end of the body. Raises ClientDisconnected when the rest will never come."""
        if not self._pieces and not self._complete:
            self._ask()
            self._exchange.wait_until(self._ready)
            if not self._pieces and not self._complete:
                raise ClientDisconnected("the client went away before its whole body had come")
        if not self._pieces:
            return 0
        piece = self._pieces[0]
        size = min(len(piece), len(buffer))
        buffer[:size] = piece[:size]
        if size == len(piece):
            self._pieces.popleft()
        else:
            self._pieces[0] = piece[size:]
        self._wanted -= size
        return size

    def _ask(self) -> None:
        missing = INPUT_WINDOW - self._wanted
        if missing >= INPUT_WINDOW // 2:
            self._wanted += missing
            self._link.put(wire.encode(wire.WANT, self._exchange.number, wire.NUMBER.pack(missing)))

    def _ready(self) -> bool:
        return bool(self._pieces) or self._complete or self._exchange.cancelled

    def arrived(self, data: bytes, last: bool) -> None:
        """Called by the thread that reads the link."""
        if data:
            self._pieces.append(memoryview(data))
        if last:
            self._complete = True


def streamed_input(link: Link, exchange: Exchange) -> io.BufferedReader:
    exchange.input = raw = StreamedInput(link, exchange)
    return io.BufferedReader(raw, BUFFER_SIZE)


def filed_input(place: bytes) -> BinaryIO:
    """Opens the body that the front has put into a file (wire §4.2.1). Raises OSError when it isn't there or isn't whole."""
    (length,) = wire.BODY_FILE_PREFIX.unpack_from(place)
    path = place[wire.BODY_FILE_PREFIX.size :]
    body = open(path, "rb", BUFFER_SIZE)  # noqa: SIM115 - the request closes it
    try:
        size = os.fstat(body.fileno()).st_size
        if size != length:
            raise OSError("the file of the body has %d bytes instead of %d" % (size, length))
        if not path.startswith(b"/proc/"):
            os.unlink(path)
    except BaseException:
        body.close()
        raise
    return body
