"""The end of a request whose application has produced nothing for too long (wire §4.8).

The front has answered the client already. Here the stack of the thread is logged, and RequestTimeout is raised in it, so
that its `finally` blocks run and the thread is free. What can't be freed that way the front ends with the process.

In the first thread a signal does it: it also ends a system call or a lock that the thread waits in. Other threads get the
exception when they run Python code the next time; Python knows no way to wake them.

The exception may only come up in the application. Raised in the server's own code it could leave the link in the middle
of a frame. So it is raised while the nearest frame of the server on the thread's stack is one that called the
application; else it is tried again a little later.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
import time
from types import CodeType, FrameType
from typing import TYPE_CHECKING

from .answer import ERROR
from .link import FrontGone

if TYPE_CHECKING:
    from .answer import Answer
    from .link import Link

# Ignored where nobody handles it, and used by next to no application.
RAISE_SIGNAL = getattr(signal, "SIGURG", None)
# Likewise. The stacks are written by C code, also when a thread doesn't let go of the interpreter.
DUMP_SIGNAL = getattr(signal, "SIGWINCH", None)
STDERR = 2

FIRST_RETRY_SECONDS = 0.01
LONGEST_RETRY_SECONDS = 0.5
# While the exception is handed over no other thread should get its turn.
UNDISTURBED_SECONDS = 0.05

_OWN = os.path.join(os.path.dirname(__file__), "")


_TOLD = "its thread was here when --timeout was up (most recent call last):\n%s"
# Without the interpreter's lock nothing keeps a thread where it has been seen.
_FREE_THREADED = not getattr(sys, "_is_gil_enabled", lambda: True)()


class RequestTimeout(BaseException):
    """Raised into the application. Not an Exception: to whoever tries again it must not look like a failed try."""


class Trouble:
    """What happened to a request beside its own thread. Guarded by `link.settling`."""

    __slots__ = ("held", "timed_out", "interrupted")

    def __init__(self) -> None:
        self.held = (
            False  # The front knows that it keeps its thread although it is over (wire §5.12).
        )
        self.timed_out = False
        self.interrupted = False  # by RequestTimeout


def trouble_of(link: Link, exchange: Answer) -> Trouble | None:
    """The caller holds `link.settling`. None: its thread has come back."""
    if exchange not in link.running:
        return None
    if exchange.trouble is None:
        exchange.trouble = Trouble()
    # Its thread may have come back in this moment, without seeing the trouble.
    return exchange.trouble if exchange in link.running else None


class Interrupter:
    """One for a worker. `callers`: the code of the server that calls the application."""

    def __init__(self, link: Link, callers: frozenset[CodeType]) -> None:
        self._link = link
        self._callers = callers
        self._first_thread = _thread.get_ident()

    def start(self) -> None:
        """To be called by the first thread."""
        self._link.on_timeout = self.interrupt
        if RAISE_SIGNAL is not None:
            signal.signal(RAISE_SIGNAL, self._raise_here)

    def interrupt(self, exchange: Answer) -> None:
        """The front has sent TIMEOUT. Called by the thread that reads the link, which may be the one that is meant."""
        link = self._link
        with link.settling:
            trouble = trouble_of(link, exchange)
            if trouble is None:
                return
            slot = link.running.index(exchange)  # type: ignore[arg-type]
        exchange.cancel()
        # Below `threading`, so that the application does not find a thread that it did not start.
        _thread.start_new_thread(self._insist, (slot, exchange, trouble))

    def _insist(self, slot: int, exchange: Answer, trouble: Trouble) -> None:
        link = self._link
        ident = link.idents[slot]
        try:
            if not _FREE_THREADED:
                frame = sys._current_frames().get(ident)
                link.log(exchange.number, ERROR, _TOLD % render_stack(frame))
            elif ident != self._first_thread:
                # What runs beside this thread can't be looked at, and could be anywhere when the exception comes:
                # the front replaces the process.
                link.log(
                    exchange.number, ERROR, "its thread can't be shown or freed by this Python"
                )
                trouble.interrupted = True
            link.flush()
        except FrontGone:
            return  # The first thread gets the same and ends the process.
        # Not before the stack was told: the front sends the signal, too, to wake workers of greenlets.
        trouble.timed_out = True
        seconds = FIRST_RETRY_SECONDS
        while link.running[slot] is exchange and not trouble.interrupted:
            if ident != self._first_thread:
                self._raise_there(slot, exchange, trouble)
            elif RAISE_SIGNAL is not None:
                signal.pthread_kill(ident, RAISE_SIGNAL)
            time.sleep(seconds)
            seconds = min(seconds * 2, LONGEST_RETRY_SECONDS)

    def _raise_here(self, signum: int, frame: FrameType | None) -> None:
        exchange = self._link.running[0]
        trouble = None if exchange is None else exchange.trouble
        if trouble is None or not trouble.timed_out or trouble.interrupted:
            return
        if in_application(frame, self._callers):
            trouble.interrupted = True
            if _FREE_THREADED and exchange is not None:
                self._link.log(exchange.number, ERROR, _TOLD % render_stack(frame))
                self._link.flush()
            raise RequestTimeout

    def _raise_there(self, slot: int, exchange: Answer, trouble: Trouble) -> None:
        ident = self._link.idents[slot]
        usual = sys.getswitchinterval()
        sys.setswitchinterval(UNDISTURBED_SECONDS)
        try:
            time.sleep(0)
            with self._link.settling:
                if self._link.running[slot] is exchange and in_application(
                    sys._current_frames().get(ident), self._callers
                ):
                    trouble.interrupted = _set_async_exception(ident, RequestTimeout)
        finally:
            sys.setswitchinterval(usual)


def in_application(frame: FrameType | None, callers: frozenset[CodeType]) -> bool:
    while frame is not None:
        code = frame.f_code
        if code in callers:
            return True
        if code.co_filename.startswith(_OWN):
            return False
        frame = frame.f_back
    return False


def settle(link: Link, trouble: Trouble) -> bool:
    """The thread has come back from a request that was not left alone. Returns whether the front thinks it is held."""
    while True:
        try:
            with link.settling:  # Whoever raises or tells something about it has finished.
                _set_async_exception(threading.get_ident(), None)
                return trouble.held
        except RequestTimeout:
            pass  # It has come too late to be anybody's.


def _set_async_exception(ident: int, kind: type[BaseException] | None) -> bool:
    """False: this Python can't do it."""
    try:
        import ctypes

        raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
        argument = None if kind is None else ctypes.py_object(kind)
        return bool(raise_in(ctypes.c_ulong(ident), argument))
    except (ImportError, AttributeError):
        return False


def render_stack(frame: FrameType | None) -> str:
    """Where a thread or greenlet is, without the server's own frames; never raises."""
    import traceback

    try:
        if frame is None:
            return "  (it has ended)"
        stack = traceback.extract_stack(frame)
        own = [at for at, entry in enumerate(stack) if entry.filename.startswith(_OWN)]
        first = own[0] if own else 0  # Before it is what starts a thread.
        shown = [entry for at, entry in enumerate(stack) if at >= first and at not in own]
        return "".join(traceback.format_list(shown or stack)).rstrip()
    except Exception as error:  # A source file that can't be read, whatever that may raise.
        return "  (it can't be shown: %r)" % error


def dump_on_signal() -> None:
    """For the front, when a worker doesn't answer: the signal writes the stacks of all threads to standard error."""
    try:
        import faulthandler

        if DUMP_SIGNAL is not None:
            faulthandler.register(DUMP_SIGNAL, file=STDERR, all_threads=True)
    except (ImportError, AttributeError, RuntimeError, ValueError, OSError):
        pass  # The process is ended without it.
