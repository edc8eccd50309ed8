"""The crew of a worker with --worker-class gevent: each request runs in a greenlet of its own.

gevent's loop is the leader. One greenlet reads the link and starts a greenlet for each request at once, as many as there
are slots (--worker-connections); nothing is looked for in a loop, and no thread watches. Answers gather while greenlets
run and leave together when it is the writer's turn. A greenlet that waits for the front sleeps on an event of its own.

Only one greenlet runs at a time, and it is exchanged only where it waits. So what stands between two waits needs no
lock; the locks of link.py are gevent's here, because the link is made after patch().

A greenlet that computes, or waits for something that gevent does not know, keeps all others waiting, and the link with
them. When the time of its request is up the front sends a signal, and the link is read where that greenlet is. A process
that can't see a signal either is ended like one whose interpreter is held by C code.
"""

from __future__ import annotations

import os
import signal
import socket
from types import CodeType, FrameType
from typing import Any, Callable

import gevent
from gevent import monkey
from gevent.event import Event
from gevent.hub import get_hub, reinit

from . import wire
from .answer import ERROR
from .crew import WIND_UP_SECONDS, Crew
from .environ import EnvironMaker
from .errors import ErrorStream
from .exchange import Exchange
from .ledger import Ledger
from .link import FrontGone, Link
from .timeout import (
    FIRST_RETRY_SECONDS,
    LONGEST_RETRY_SECONDS,
    RAISE_SIGNAL,
    RequestTimeout,
    Trouble,
    in_application,
    render_stack,
)
from .wire import Frame

READ = 1
WRITE = 2

# A request that is over and keeps its slot for longer than one to two of these is told to the front (wire §5.12).
LOOK_SECONDS = 0.05


def patch() -> None:
    """Puts gevent's own in the place of what waits. In the nursery, before anything of the application is imported."""
    monkey.patch_all()


def renew() -> None:
    """To be called in a worker when it has been forked from the patched nursery."""
    reinit()


class GreenLink(Link):
    """A link whose waits are gevent's."""

    def __init__(self, sock: Any, ledger: Ledger, environs: EnvironMaker) -> None:
        super().__init__(sock, ledger, environs)
        # Those that run, by number: a list of a thousand slots is not searched for each frame.
        self.exchanges: dict[int, GreenExchange] = {}
        # Those whose greenlet has not had its first turn.
        self.starting: set[int] = set()
        loop = get_hub().loop
        self.readable = loop.io(sock.fileno(), READ)
        self._writable = loop.io(sock.fileno(), WRITE)

    def _exchange(self, number: int) -> Exchange | None:
        return self.exchanges.get(number)

    def _is_waiting(self, number: int) -> bool:
        return number in self.starting or any(frame[3] == number for frame in self.inbox)

    def _note_ended_client(self, number: int) -> None:
        ended = self.ended_clients | {number}
        self.ended_clients = {
            number for number in ended if number in self.exchanges or self._is_waiting(number)
        }

    def _send_all(self, data: bytes | memoryview) -> None:
        """The caller holds the lock of what goes out, so that one greenlet at a time waits here."""
        view = memoryview(data)
        while view:
            try:
                view = view[self.sock.send(view, socket.MSG_DONTWAIT) :]
            except BlockingIOError:
                get_hub().wait(self._writable)
            except ConnectionError:
                raise FrontGone from None

    def stop_reading(self) -> None:
        """In a process that the application has forked: what wakes there must not be the server's."""
        self.readable.stop()


class GreenExchange(Exchange):
    __slots__ = ("greenlet", "_news")

    def __init__(self, link: GreenLink, number: int, is_head: bool) -> None:
        super().__init__(link, number, is_head)
        self.greenlet = gevent.getcurrent()
        self._news: Event | None = None
        link.exchanges[number] = self
        link.starting.discard(number)

    def wait_until(self, ready: Callable[[], bool]) -> None:
        self._link.flush()
        if self._news is None:
            self._news = Event()
        while not ready():
            self._news.clear()
            self._news.wait()

    def _notify(self) -> None:
        if self._news is not None:
            self._news.set()


class GreenCrew(Crew):
    """`threads` counts the slots."""

    link: GreenLink
    _exchange_type = GreenExchange

    def __init__(
        self,
        link: GreenLink,
        environs: EnvironMaker,
        application: Callable[..., Any],
        errors: ErrorStream,
        threads: int,
        callers: frozenset[CodeType],
    ) -> None:
        super().__init__(link, environs, application, errors, threads)
        self._callers = callers
        self._free = list(range(threads - 1, -1, -1))
        self._gathered = Event()  # something waits to be flushed
        self._busy = Event()  # a request runs
        self._over = Event()  # the link has ended, or the worker was asked to stop
        self._fault: BaseException | None = None
        self._signalled: FrameType | None = None

    def attend(self) -> None:
        """See Crew.attend: what threads do there, greenlets and events of gevent do here."""
        self.link.on_timeout = self._end_request  # type: ignore[assignment]
        gevent.signal_handler(signal.SIGTERM, self._stop)
        if RAISE_SIGNAL is not None:
            signal.signal(RAISE_SIGNAL, self._look_at_link)
        os.register_at_fork(after_in_child=self.link.stop_reading)

    def run(self) -> None:
        """Serves until the front ends the link. Raises FrontGone then."""
        self.link.lead.acquire()  # Nobody else reads.
        for work in (self._read, self._write, self._tell_held):
            gevent.spawn(self._work, work)
        self._over.wait()
        if self.stopping:
            self.wind_up()
            raise FrontGone
        for exchange in list(self.link.exchanges.values()):
            exchange.cancel()  # It would wait for the front.
        raise self._fault or FrontGone()

    def _work(self, work: Callable[..., None], *args: Any) -> None:
        """In a greenlet of its own: what goes wrong with the link ends the worker."""
        try:
            work(*args)
        except BaseException as error:
            self._fault = error
            self._over.set()

    def _stop(self) -> None:
        self.stopping = True
        self._over.set()

    def _read(self) -> None:
        link = self.link
        wait = get_hub().wait
        while True:
            wait(link.readable)
            link.receive(wait=False)
            self._start_requests()

    def _start_requests(self) -> None:
        inbox = self.link.inbox
        free = self._free
        while inbox and free and not self.stopping:
            frame = inbox.popleft()
            self.link.starting.add(frame[3])
            gevent.spawn(self._work, self._run_request, free.pop(), frame)
        if not self._busy.is_set():
            self._busy.set()

    @property
    def _runs_any(self) -> bool:
        return len(self._free) < self.threads

    def _run_request(self, slot: int, frame: Frame) -> None:
        # gevent's loop gives first turns in the order of spawn(), which is that of the numbers (wire §3.2).
        self.link.ledger.start(slot, frame[3])
        try:
            self._serve(slot, frame)
        finally:
            self.link.exchanges.pop(frame[3], None)
            self.link.running[slot] = None
            self._free.append(slot)
        self._gathered.set()
        if self.link.inbox:
            self._start_requests()

    def _write(self) -> None:
        while True:
            self._gathered.wait()
            self._gathered.clear()
            self.link.flush()

    # Requests that keep their slots

    def _tell_held(self) -> None:
        link = self.link
        over: set[int] = set()
        while True:
            if not self._runs_any:
                self._busy.clear()
                self._busy.wait()
            gevent.sleep(LOOK_SECONDS)
            before = over
            over = {number for number, exchange in link.exchanges.items() if exchange.is_over}
            held = [link.exchanges[number] for number in over & before]
            for exchange in held:
                trouble = _trouble_of(exchange)
                if not trouble.held:
                    trouble.held = True
                    link.put(wire.encode(wire.HELD, exchange.number))
            if held and not self._free:
                # The front thought that there was room.
                link.hand_back()
            self._gathered.set()

    def _settle(self, trouble: Trouble) -> bool:
        return trouble.held

    # Requests that take too long

    def _end_request(self, exchange: GreenExchange) -> None:
        """The front has sent TIMEOUT (wire §4.8)."""
        _trouble_of(exchange).timed_out = True
        exchange.cancel()
        # A greenlet that runs has its frame where the signal has found it.
        stack = render_stack(exchange.greenlet.gr_frame or self._signalled)
        gevent.spawn(self._work, self._insist, exchange, stack)

    def _look_at_link(self, signum: int, frame: FrameType | None) -> None:
        """The front has sent TIMEOUT and heard nothing: a greenlet doesn't let go. If its time is up it ends here.

        Other greenlets stand where they wait, none of which is inside receive(). So this one may read the link, if it is
        not doing so.
        """
        if not in_application(frame, self._callers):
            return
        self._signalled = frame
        try:
            while self.link.receive(wait=False):
                pass
        except (FrontGone, wire.WireFault) as error:
            self._fault = error
            self._over.set()
        self._signalled = None
        greenlet = gevent.getcurrent()
        for exchange in self.link.exchanges.values():
            if exchange.greenlet is greenlet and exchange.trouble is not None:
                _raise_once(exchange.trouble)

    def _insist(self, exchange: GreenExchange, stack: str) -> None:
        link = self.link
        text = "its greenlet was here when --timeout was up (most recent call last):\n%s"
        link.log(exchange.number, ERROR, text % stack)
        link.flush()
        seconds = FIRST_RETRY_SECONDS
        while link.exchanges.get(exchange.number) is exchange:
            if _trouble_of(exchange).interrupted:
                return
            # Looked at and raised in one go, so that it is not somewhere else by then.
            get_hub().loop.run_callback(self._raise_in, exchange)
            gevent.sleep(seconds)
            seconds = min(seconds * 2, LONGEST_RETRY_SECONDS)

    def _raise_in(self, exchange: GreenExchange) -> None:
        """Called by gevent's loop. Only in the application, for the reason that timeout.py gives."""
        trouble = _trouble_of(exchange)
        if not trouble.interrupted and in_application(exchange.greenlet.gr_frame, self._callers):
            trouble.interrupted = True
            exchange.greenlet.throw(RequestTimeout)

    # The end

    def wind_up(self) -> None:
        """Asked to stop: waits for the requests that run, gives back everything else."""
        link = self.link
        try:
            while self._runs_any and self._fault is None:
                link.hand_back()
                link.flush()
                gevent.sleep(WIND_UP_SECONDS)
            link.hand_back()
            link.flush()
        except FrontGone:
            pass  # Nobody waits for what is left.

    def see_out(self) -> None:
        while self._runs_any:
            gevent.sleep(WIND_UP_SECONDS)


def _trouble_of(exchange: GreenExchange) -> Trouble:
    if exchange.trouble is None:
        exchange.trouble = Trouble()
    return exchange.trouble


def _raise_once(trouble: Trouble) -> None:
    if trouble.timed_out and not trouble.interrupted:
        trouble.interrupted = True
        raise RequestTimeout
