"""No worker outlives its front (wire §1.2), whatever it is doing and whoever else has died.

A worker that serves sees the end of its link. One that imports, spins in the application, or waits for a thread of the
application that never ends does not; for those there is a thread that waits for nothing but that end. Most of the time
the nursery ends orphans before it does, but the nursery may be gone, too.
"""

from __future__ import annotations

import _thread
import os
import select
import socket
import time

# What running requests and the application's own threads get to end in order. Their answers have nowhere to go.
FAREWELL_SECONDS = 3.0


def leave_in_time() -> None:
    """From now on the process has FAREWELL_SECONDS: neither a request nor a thread of the application keeps it longer."""
    _thread.start_new_thread(_leave_later, ())


def _leave_later() -> None:
    time.sleep(FAREWELL_SECONDS)
    os._exit(0)


def watch_front(link: socket.socket, link_path: str) -> None:
    """Ends the process soon after the other end of the link was closed, which a front that dies does, too."""
    if not hasattr(select, "poll"):
        return  # The nursery has to do.
    poll = select.poll()
    # No event is asked for: data wakes nobody here, only the end, which is always told.
    poll.register(link.fileno(), 0)
    # Below `threading`, so that the application does not find a thread that it did not start.
    _thread.start_new_thread(_await_end, (poll, link_path))


def _await_end(poll: select.poll, link_path: str) -> None:
    poll.poll()
    if _front_is_gone(link_path):
        remove_link_directory(link_path)
    _leave_later()


def _front_is_gone(link_path: str) -> bool:
    """A front that lives may have closed one link only; it still accepts others."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(link_path)
        except OSError:
            return True
    return False


def remove_link_directory(link_path: str) -> None:
    """A front that was killed could not do it."""
    for remove, path in ((os.unlink, link_path), (os.rmdir, os.path.dirname(link_path))):
        try:
            remove(path)
        except OSError:
            pass
