"""The ledger: what a worker leaves behind when it dies (wire §6).

An anonymous shared mapping, made by the nursery before the fork. It holds the highest request number started, the
number each thread is running, and the bytes that have not been written to the link yet: the outbox lives *in* the
mapping, so that answers which were ready are not lost with the process.

Every update is one store of an aligned 8-byte word and the order of the stores matters: a kill between any two of
them must leave a ledger that is true. `outbox_end` is set after the bytes; it goes back to 0 before `origin` moves.
"""

from __future__ import annotations

import mmap

OUTBOX_SIZE = 256 * 1024

_STARTED = 0
_ORIGIN = 1
_OUTBOX_END = 2
_RUNNING = 8


class Ledger:
    """`threads` slots. All numbers are request numbers, 0 for none; `origin` is a position in the byte stream."""

    __slots__ = ("_map", "words", "outbox", "threads")

    def __init__(self, threads: int) -> None:
        self.threads = threads
        words = _RUNNING + threads
        self._map = mmap.mmap(-1, words * 8 + OUTBOX_SIZE)
        view = memoryview(self._map)
        self.words = view[: words * 8].cast("Q")
        self.outbox = view[words * 8 :]

    def start(self, slot: int, number: int) -> None:
        """The request is about to run. `running` first: started without running would look like a lost answer."""
        words = self.words
        words[_RUNNING + slot] = number
        words[_STARTED] = number

    def finish(self, slot: int) -> None:
        self.words[_RUNNING + slot] = 0

    def running(self, slot: int) -> int:
        return self.words[_RUNNING + slot]

    def started(self) -> int:
        """The highest number."""
        return self.words[_STARTED]

    def put(self, end: int, data: bytes) -> int:
        """Adds bytes at `end` of the outbox; returns the new end. The caller checked that they fit."""
        new_end = end + len(data)
        self.outbox[end:new_end] = data
        self.words[_OUTBOX_END] = new_end
        return new_end

    def sent(self, size: int) -> None:
        """`size` more bytes of the stream have been written to the link, and the outbox is empty."""
        words = self.words
        words[_OUTBOX_END] = 0
        words[_ORIGIN] += size

    def reset(self) -> None:
        """Makes the mapping ready for another process."""
        for i in range(len(self.words)):
            self.words[i] = 0

    def close(self) -> None:
        self.words.release()
        self.outbox.release()
        self._map.close()

    def report(self) -> tuple[int, int, bytes]:
        """(highest number started, origin, unsent bytes), as left by a process that has ended."""
        words = self.words
        return words[_STARTED], words[_ORIGIN], bytes(self.outbox[: words[_OUTBOX_END]])
