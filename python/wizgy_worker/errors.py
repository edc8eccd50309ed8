"""wsgi.errors: the application's own log (PEP 3333 "Input and Error Streams").

Whole lines leave in one write to the process's standard error, which the front hands on to where the error log goes,
so that lines of several threads and processes are never torn. What has no line end yet waits until it has, until
flush(), or until the request is over.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable

STDERR = 2


class ErrorStream:
    """One for all requests of a worker; each thread, or greenlet, collects its own unfinished line."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self) -> None:
        # By thread, and only those that have one: so the end of a request costs one look at an empty dictionary.
        self._unfinished: dict[int, str] = {}

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError("wsgi.errors takes str, not %s" % type(text).__name__)
        thread = threading.get_ident()
        pending = self._unfinished.pop(thread, "") + text
        end = pending.rfind("\n") + 1
        if end < len(pending):
            self._unfinished[thread] = pending[end:]
        if end:
            _write(pending[:end])
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        pending = self._unfinished.pop(threading.get_ident(), "")
        if pending:
            _write(pending)

    def end_request(self) -> None:
        """Ends a line that the application left open, so that the next one starts at its place."""
        if self._unfinished and threading.get_ident() in self._unfinished:
            self.write("\n")

    def isatty(self) -> bool:
        return False

    def writable(self) -> bool:
        return True


def _write(text: str) -> None:
    data = memoryview(text.encode("utf-8", "backslashreplace"))
    while data:
        try:
            data = data[os.write(STDERR, data) :]
        except BlockingIOError:
            # Standard error may be a terminal or pipe that someone made non-blocking: wait until it takes more.
            import select

            select.select([], [STDERR], [])
        except OSError:
            return  # Nobody reads the log any more: there is no place left to say so.
