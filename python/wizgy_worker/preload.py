"""--preload: the nursery loads the application once, and the workers that it forks share its memory.

While it loads, the nursery can't hear the front; so a thread waits for the first word or the end of the socket between
them, both of which mean that nobody wants the application any more. It has ended before the first fork: a process with
several threads is not to be forked.
"""

from __future__ import annotations

import binascii
import gc
import os
import select
import socket

# By name, from before gevent puts its own in their place.
from _thread import allocate_lock, start_new_thread
from typing import Any, Callable

from .farewell import remove_link_directory
from .load_fault import LoadFault
from .loader import load

_poll: Any = getattr(select, "poll", None)


def preload(spec: str, link_path: str, control: socket.socket) -> Callable[..., Any] | None:
    """The application; None: it can't be loaded, and the front has been told why."""
    watch = _Watch(link_path, control)
    try:
        application: Callable[..., Any] = load(spec).application
    except LoadFault as fault:
        tell_unloadable(control, fault.kind, fault.message, fault.traceback_text or "")
        return None
    finally:
        watch.end()
    gc.collect()
    if hasattr(gc, "freeze"):
        # The collector writes into each object that it looks at; what it leaves alone stays shared.
        gc.freeze()
    return application


def tell_unloadable(control: socket.socket, *texts: str) -> None:
    """Kind, message and traceback (nursery.py)."""
    words = [
        binascii.hexlify(text.encode("utf-8", "backslashreplace")).decode("ascii") for text in texts
    ]
    control.sendall(("unloadable %s\n" % " ".join(words)).encode("ascii"))


class _Watch:
    def __init__(self, link_path: str, control: socket.socket) -> None:
        self._link_path = link_path
        self._control = control
        self._ended = allocate_lock()
        self._wake_read, self._wake_write = os.pipe()
        self._runs = _poll is not None
        if self._runs:
            self._ended.acquire()
            # Below `threading`, which the application may replace while it is loaded.
            poll = _poll()
            poll.register(control.fileno(), select.POLLIN)
            poll.register(self._wake_read, select.POLLIN)
            start_new_thread(self._run, (poll,))

    def _run(self, poll: Any) -> None:
        ready = [descriptor for descriptor, _ in poll.poll()]
        if self._wake_read not in ready:
            if not self._control.recv(1, socket.MSG_PEEK):
                remove_link_directory(self._link_path)
            os._exit(0)
        self._ended.release()

    def end(self) -> None:
        os.write(self._wake_write, b"!")
        if self._runs:
            self._ended.acquire()
        os.close(self._wake_read)
        os.close(self._wake_write)
