"""The life of a worker process: connect, say hello, load the application, serve, leave."""

from __future__ import annotations

import os
import platform
import signal
import socket
import sys
from types import CodeType, FrameType
from typing import Any, Callable

from . import django_static, wire
from .crew import Crew
from .environ import Environ, EnvironMaker
from .errors import ErrorStream
from .exchange import CALLERS
from .farewell import FrontWatch, leave_in_time
from .file_wrapper import FileWrapper
from .forked import disown_after_fork
from .ledger import Ledger
from .link import FrontGone, Link
from .loader import LoadFault, load
from .timeout import Interrupter, dump_on_signal
from .watcher import Watcher

# What the command promises (docs/guide/run.md): the application can't be imported.
EXIT_CANNOT_LOAD = 4
EXIT_CANNOT_BOOT = 3


class Plan:
    """What the front told the nursery about its workers, the same for all of them."""

    def __init__(
        self, link_path: str, token: str, application: str, threads: int, greenlets: bool = False
    ) -> None:
        self.link_path = link_path
        self.token = token
        self.application = application
        self.threads = threads  # or slots for greenlets
        self.greenlets = greenlets
        # Set where the nursery has loaded it.
        self.loaded: Callable[..., Any] | None = None
        # Set in a worker where there are hooks: takes the application, returns it as it is to be called.
        self.hook: Callable[[Callable[..., Any]], Callable[..., Any]] | None = None
        # Likewise: takes what ends a request that takes too long, returns it as it is to be called.
        self.on_timeout: Callable[[Callable[[Any], None]], Callable[[Any], None]] | None = None


class _Stop(Exception):
    """Raised by the signal handler into a first thread that runs nothing."""


def run_worker(plan: Plan, ledger: Ledger, sock: socket.socket, nursery: int, shared: bool) -> int:
    """Runs until the front ends the link; returns the exit status.

    `sock`: the worker's end of the link, connected. `nursery`: the process id of the parent. `shared`: other processes
    run the same application.
    """
    try:
        return _live(plan, ledger, sock, nursery, shared)
    except _Stop:
        return 0  # It was leaving already.


def _live(plan: Plan, ledger: Ledger, sock: socket.socket, nursery: int, shared: bool) -> int:
    front_watch = FrontWatch(sock, plan.link_path, nursery)
    front_watch.start()
    crew: Crew | None = None
    errors = ErrorStream()
    environs = EnvironMaker(_always(plan, shared, errors))
    link = _make_link(plan, sock, ledger, environs)
    disown_after_fork(link)
    dump_on_signal()
    # Ctrl-C in a terminal is the front's business.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        link.put(wire.encode(wire.HELLO, payload=_hello(plan), status=wire.VERSION))
        link.flush()
        application = plan.loaded or _load(plan, link)
        if application is None:
            return EXIT_CANNOT_LOAD
        called = application if plan.hook is None else plan.hook(application)
        callers = CALLERS
        if plan.hook is not None:
            from .hooked_application import CALLER

            callers = CALLERS | {CALLER}
        crew = _make_crew(plan, link, environs, called, errors, callers)
        if plan.on_timeout is not None:
            link.on_timeout = plan.on_timeout(link.on_timeout)
        ready = django_static.encode(django_static.find(application))
        link.put(wire.encode(wire.READY, payload=ready))
        link.flush()
        crew.run()
    except FrontGone:
        pass
    except _Stop:
        if crew is not None:
            crew.wind_up()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    leave_in_time()
    if crew is not None:
        crew.see_out()
    front_watch.tidy_up()
    return 0


def _make_link(plan: Plan, sock: socket.socket, ledger: Ledger, environs: EnvironMaker) -> Link:
    if not plan.greenlets:
        return Link(sock, ledger, environs)
    from .green_crew import GreenLink

    return GreenLink(sock, ledger, environs)


def _make_crew(
    plan: Plan,
    link: Link,
    environs: EnvironMaker,
    application: Callable[..., Any],
    errors: ErrorStream,
    callers: frozenset[CodeType],
) -> Crew:
    """And whatever looks after it."""
    if plan.greenlets:
        from .green_crew import GreenCrew, GreenLink

        assert isinstance(link, GreenLink)
        green = GreenCrew(link, environs, application, errors, plan.threads, callers)
        green.attend()
        return green
    crew = Crew(link, environs, application, errors, plan.threads)
    _stop_on_term(crew)
    Interrupter(link, callers).start()
    Watcher(crew).start()
    return crew


def _load(plan: Plan, link: Link) -> Callable[..., Any] | None:
    try:
        application: Callable[..., Any] = load(plan.application).application
        return application
    except LoadFault as fault:
        texts = (fault.kind, fault.message, fault.traceback_text or "")
        payload = "\0".join(text.replace("\0", "") for text in texts).encode(
            "utf-8", "backslashreplace"
        )
        link.put(wire.encode(wire.BOOT_FAILED, payload=payload))
        link.flush()
        return None


def _always(plan: Plan, shared: bool, errors: ErrorStream) -> Environ:
    """PEP 3333 "environ Variables": what is the same for every request of this worker."""
    return {
        "wsgi.version": (1, 0),
        "wsgi.errors": errors,
        # Greenlets take turns, so that calls of the application overlap all the same.
        "wsgi.multithread": plan.threads > 1 or plan.greenlets,
        "wsgi.multiprocess": shared,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper,
        "wsgi.input_terminated": True,
        # Set for each request; with their keys here a copy of the dictionary need not grow.
        "wsgi.input": None,
        "wsgi.early_hints": None,
        "wizgy.client_disconnected": None,
    }


def _hello(plan: Plan) -> bytes:
    texts = (
        plan.token,
        str(os.getpid()),
        platform.python_implementation(),
        platform.python_version(),
    )
    return "\0".join(texts).encode("latin-1")


def _stop_on_term(crew: Crew) -> None:
    """TERM: the worker finishes what it runs and leaves; an idle one leaves at once."""

    def stop(signum: int, frame: FrameType | None) -> None:
        crew.stopping = True
        # Signals come to the first thread. While it runs a request it goes on, and sees `stopping` after it.
        if not crew.link.ledger.running(0):
            raise _Stop

    signal.signal(signal.SIGTERM, stop)


def describe_python() -> str:
    return "%s %s" % (platform.python_implementation(), sys.version.split()[0])
