"""A process that the application forked is not the worker: it has no link, and it never comes back into the server.

As a copy of the worker it shares what an answer goes through, and would add to it, or run requests as well. So the
child's link leads nowhere, and the first use of it ends the child: when it returns from the application, when it raises,
or when it asks for the next block.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any, NoReturn

from .link import Link


def disown_after_fork(link: Link) -> None:
    """From now on a child of this process loses the link the moment it is forked."""
    os.register_at_fork(after_in_child=lambda: _disown(link))


def _disown(link: Link) -> None:
    try:
        # The number stays taken, so that nothing else of the child gets it.
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, link.sock.fileno(), inheritable=False)
        os.close(null)
    except OSError:
        os._exit(1)
    link.inbox.clear()
    # The ledger is memory that is shared with the worker (wire §6.1), so it must not be touched, and a lock may be
    # held by a thread that the child does not have.
    link.ledger = _Nobody()  # type: ignore[assignment]
    for name in ("put", "put_large", "flush", "receive", "hand_back", "log"):
        setattr(link, name, _leave)


class _Nobody:
    def __getattr__(self, name: str) -> Any:
        _leave()


def _leave(*_: object, **__: object) -> NoReturn:
    """Ends the child as if the application's code had been all of its program, and says how it should have ended."""
    error = sys.exc_info()[1]
    sys.stderr.write(
        "%s [%d] [ERROR] worker %d: a process that the application forked came back out of the application, and is "
        "ended. Let it end with os._exit(), or start it with the subprocess module.\n"
        % (time.strftime("[%Y-%m-%d %H:%M:%S %z]"), os.getpid(), os.getppid())
    )
    status = 0
    if isinstance(error, SystemExit):
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
    elif error is not None:
        import traceback

        traceback.print_exc()
        status = 1
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # Whatever it is, the child has no other place to tell it.
            status = status or 1
    os._exit(status)
