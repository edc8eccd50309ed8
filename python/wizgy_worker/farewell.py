"""No worker outlives its front (wire §1.2), whatever it is doing and whoever else has died.

A worker that serves sees the end of its link. One that imports, spins in the application, or waits for a thread of the
application that never ends does not; for those there is a thread that waits for nothing but that end. Most of the time
the nursery ends orphans before it does, but the nursery may be gone, too.
"""

from __future__ import annotations

import os
import select
import socket

# By name, from before gevent puts its own in their place: these threads have to run whatever greenlets do.
from _thread import start_new_thread
from time import sleep
from typing import Any

_Socket = socket.socket
_poll: Any = getattr(select, "poll", None)

# A process that dies does not close all that it has at the same moment.
PROBES = 5
PROBE_SECONDS = 0.05

# What running requests and the application's own threads get to end in order. Their answers have nowhere to go.
FAREWELL_SECONDS = 3.0


def leave_in_time() -> None:
    """From now on the process has FAREWELL_SECONDS: neither a request nor a thread of the application keeps it longer."""
    start_new_thread(_leave_later, ())


def _leave_later() -> None:
    sleep(FAREWELL_SECONDS)
    os._exit(0)


class FrontWatch:
    """Ends the process soon after the other end of the link was closed, which a front that dies does, too."""

    def __init__(self, link: socket.socket, link_path: str, nursery: int) -> None:
        self._link = link
        self._link_path = link_path
        self._nursery = nursery

    def start(self) -> None:
        if _poll is not None:  # Without it the nursery has to do.
            # Below `threading`, so that the application does not find a thread that it did not start.
            start_new_thread(self._run, ())

    def _run(self) -> None:
        self._link_is_closed(None)
        self.tidy_up()
        _leave_later()

    def _link_is_closed(self, timeout: float | None) -> bool:
        poll = _poll()
        # No event is asked for: data wakes nobody here, only the end of both directions, which is always told.
        poll.register(self._link.fileno(), 0)
        return bool(poll.poll(timeout))

    def tidy_up(self) -> None:
        """Removes the link's directory when neither the front nor the nursery is there to do it."""
        if _poll is None or not self._link_is_closed(0):
            return  # A front that asks its worker to leave closes its own direction only.
        for _ in range(PROBES):
            if os.getppid() != self._nursery and _front_is_gone(self._link_path):
                remove_link_directory(self._link_path)
                return
            sleep(PROBE_SECONDS)


def _front_is_gone(link_path: str) -> bool:
    """A front that lives may have closed one link only; it still accepts others."""
    with _Socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(link_path)
        except OSError:
            return True
    return False


def remove_link_directory(link_path: str) -> None:
    """A front that was killed could not do it."""
    folder = os.path.dirname(link_path)
    control = os.path.join(folder, "control")  # where the front took commands
    for remove, path in ((os.unlink, link_path), (os.unlink, control), (os.rmdir, folder)):
        try:
            remove(path)
        except OSError:
            pass
