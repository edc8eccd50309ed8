"""The threads of a worker: who reads the link, who runs requests (design: leader and followers).

The leader holds `link.lead`: it alone receives and takes the next request. With one thread that is all there is.
With more, there are two ways to go on, chosen by how long requests took lately:

* slow applications: the leader gives the lead to a follower before it runs its request, so requests overlap at once;
* fast ones: it keeps the lead and runs them itself, because waking another thread would cost more than the request.
  When one of them turns out to be slow, the watcher (watcher.py) takes the lead away for it.

Before it sleeps, the leader looks again for a while: waking a sleeping process costs more than most requests. It
stops doing so while it doesn't pay, so an idle or slow worker burns nothing.
"""

from __future__ import annotations

import io
import os
import sys
import threading
import time
from time import perf_counter
from typing import Any, Callable

from . import wire
from .answer import ERROR
from .environ import EnvironMaker
from .errors import ErrorStream
from .exchange import Exchange
from .input import filed_input, streamed_input
from .link import FrontGone, Link
from .timeout import Trouble, settle
from .wire import Frame

# About 100 to 200 microseconds of looking (measured), what a wake-up costs at low load.
LOOKS = 200
# After so many times in vain it sleeps at once, until a sleep turned out to be shorter than a look.
MAX_MISSES = 3
SHORT_SLEEP_SECONDS = 0.0003

# Requests above this time are better run beside each other than one after the other.
FAST_SECONDS = 0.0003

# While a worker that was asked to stop waits for its other threads: how often it looks.
WIND_UP_SECONDS = 0.005

_yield = getattr(os, "sched_yield", None)


class Crew:
    _exchange_type: type[Exchange] = Exchange

    def __init__(
        self,
        link: Link,
        environs: EnvironMaker,
        application: Callable[..., Any],
        errors: ErrorStream,
        threads: int,
    ) -> None:
        self.link = link
        self.threads = threads
        self.stopping = False
        self.leader = -1  # the slot of a thread that runs a request and still holds the lead
        self.turn = threading.Lock()  # guards `leader`
        # The watcher's own: set while it sleeps, and how to end that.
        self.watcher_asleep = False
        self.wake_watcher: Callable[[], None] = _nobody
        self._environs = environs
        self._application = application
        self._errors = errors
        self._misses = 0
        # Where threads really run at the same time there is no reason to keep requests together.
        self._parallel = not getattr(sys, "_is_gil_enabled", lambda: True)()
        self._seconds = 1.0  # a high quantile of the time of a request, see _measure

    def run(self) -> None:
        """Serves until the front ends the link. Raises FrontGone then."""
        if self.threads == 1:
            self.run_single()
        else:
            self.run_many()

    # One thread

    def run_single(self) -> None:
        """Serves until the front ends the link. Raises FrontGone then."""
        link = self.link
        link.idents[0] = threading.get_ident()
        inbox = link.inbox
        half = 0
        while not self.stopping:
            try:
                frame = inbox.popleft()
            except IndexError:
                with link.lead:
                    self._refill()
                half = len(inbox) // 2
                continue
            self._serve(0, frame)
            if half and len(inbox) == half:
                # The front has the first half of the answers, and sends new requests, while the second half runs.
                link.flush()
        self._leave()

    # Several threads

    def run_many(self) -> None:
        """Serves with all threads; the calling one is one of them. Raises FrontGone at the end of the link."""
        for slot in range(1, self.threads):
            thread = threading.Thread(
                target=self._run_follower, args=(slot,), name="wizgy-%d" % slot, daemon=True
            )
            thread.start()
        try:
            self._run_thread(0)
        except FrontGone:
            if self.stopping:
                self.wind_up()
            raise

    def _run_follower(self, slot: int) -> None:
        try:
            self._run_thread(slot)
        except FrontGone:
            pass  # The first thread gets the same and ends the process.
        finally:
            self.link.running[slot] = None

    def _run_thread(self, slot: int) -> None:
        link = self.link
        link.idents[slot] = threading.get_ident()
        leading = False
        while True:
            if not leading:
                if self.stopping:
                    raise FrontGone
                link.lead.acquire()
                leading = True
            try:
                frame = self._next_frame()
                # Taken and noted in one go: the ledger's highest number must not fall (wire §3.2).
                link.ledger.start(slot, frame[3])
            except BaseException:
                link.lead.release()
                raise
            if self._parallel or self._seconds > FAST_SECONDS:
                leading = False
                link.lead.release()
            else:
                self.leader = slot
            began = perf_counter()
            self._serve(slot, frame)
            self._measure(perf_counter() - began)
            if leading:
                with self.turn:
                    leading = self.leader == slot
                    self.leader = -1 if leading else self.leader
            if not leading:
                link.flush()

    def _next_frame(self) -> Frame:
        while True:
            if self.stopping:
                self._leave()
            try:
                return self.link.inbox.popleft()
            except IndexError:
                self._refill()

    def _measure(self, seconds: float) -> None:
        """Follows about the 90th percentile: up by 18% for a longer time, down by 2% for a shorter one."""
        self._seconds = min(
            1.0, max(1e-6, self._seconds * (1.18 if seconds > self._seconds else 0.98))
        )

    # Both

    def _refill(self) -> None:
        """Sends what is ready, then waits for frames. The caller leads."""
        link = self.link
        link.flush()
        if self._misses < MAX_MISSES and _yield is not None:
            for _ in range(LOOKS):
                if link.receive(wait=False):
                    self._misses = 0
                    return
                _yield()
            self._misses += 1
        began = perf_counter()
        link.receive(wait=True)
        if perf_counter() - began < SHORT_SLEEP_SECONDS:
            self._misses = 0

    def _serve(self, slot: int, frame: Frame) -> None:
        data, start, end, number, _, flags, _ = frame
        link = self.link
        if self.threads == 1:
            link.ledger.start(0, number)
        if self.watcher_asleep:
            self.watcher_asleep = False
            self.wake_watcher()
        fragment_size, slots_size = wire.REQUEST_PREFIX.unpack_from(data, start)
        slots_at = start + 8 + fragment_size
        body_at = slots_at + slots_size
        if body_at > end:
            raise wire.WireFault("a REQUEST shorter than its fragment and slots")
        environ = self._environs.make(
            data[start + 8 : slots_at], data[slots_at:body_at], bool(flags & wire.EXTRA)
        )
        exchange = self._exchange_type(link, number, environ["REQUEST_METHOD"] == "HEAD")
        environ["wsgi.early_hints"] = exchange.early_hints
        environ["wizgy.client_disconnected"] = exchange.client_disconnected
        link.running[slot] = exchange
        if link.cancelled and number in link.cancelled:
            link.cancelled.discard(number)
            exchange.cancel()
        elif flags & wire.BODY_IN_FILE:
            self._run_with_file(exchange, environ, data[body_at:end])
        else:
            if flags & wire.BODY_FOLLOWS:
                environ["wsgi.input"] = streamed_input(link, exchange)
            else:
                environ["wsgi.input"] = io.BytesIO(data[body_at:end])
            exchange.run(self._application, environ)
        exchange.end()
        self._errors.end_request()
        link.running[slot] = None
        link.ledger.finish(slot)
        trouble = exchange.trouble
        if trouble is not None and self._settle(trouble):
            link.put(wire.encode(wire.HELD, number, flags=wire.LAST))

    def _settle(self, trouble: Trouble) -> bool:
        return settle(self.link, trouble)

    def _run_with_file(self, exchange: Exchange, environ: dict[str, Any], place: bytes) -> None:
        try:
            body = filed_input(place)
        except OSError as error:
            self.link.log(
                exchange.number,
                ERROR,
                "The temporary file of the request's body can't be opened: %s" % error,
            )
            return  # The exchange ends without an answer, which is a 500.
        # Not left to the collector: an open file keeps the disk space.
        with body:
            environ["wsgi.input"] = body
            exchange.run(self._application, environ)

    def wind_up(self) -> None:
        """Asked to stop: waits for the requests of other threads, gives back everything else. The first thread's part."""
        link = self.link
        try:
            while any(exchange is not None for exchange in link.running):
                # A thread that waits for news of its request may be reading itself.
                if link.lead.acquire(timeout=WIND_UP_SECONDS):
                    try:
                        link.receive(wait=False)
                    finally:
                        link.lead.release()
                link.hand_back()
                link.flush()
                time.sleep(WIND_UP_SECONDS)
            link.hand_back()
            link.flush()
        except FrontGone:
            pass  # Nobody waits for what is left.

    def see_out(self) -> None:
        """Waits for what other threads still run: close() of an answer that has left, or a `finally`. The caller has
        seen to it that the process does not wait for long."""
        while any(exchange is not None for exchange in self.link.running[1:]):
            time.sleep(WIND_UP_SECONDS)

    def _leave(self) -> None:
        """Asked to stop by a signal: what was not started goes to another worker."""
        self.link.hand_back()
        self.link.flush()
        raise FrontGone


def _nobody() -> None:
    """There is no watcher."""
