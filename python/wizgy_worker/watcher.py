"""The watcher: one thread that looks after the link while requests run long.

A thread that is inside the application can't read the link, send what it gathered, or give back what waits behind it.
So while requests run the watcher looks every 2 ms, or every 10 ms when none has run for long lately; a request that is
still the same one has its worker's link looked after: gathered answers leave, a follower gets the lead, waiting requests
are handed back so that they run elsewhere, and news for running requests (the client has gone, more body, more credit)
is taken in. It never runs a request.

When nothing runs it sleeps on an event and costs nothing.
"""

from __future__ import annotations

import os
import select
import threading
import time

from . import wire
from .crew import Crew
from .farewell import leave_in_time
from .link import FrontGone
from .timeout import trouble_of
from .wire import WireFault

# A request waits behind another one for two looks at the most before it is offered to an idle worker.
TICK_SECONDS = 0.002
# Each look takes the interpreter's lock from the thread that runs requests. With looks of 10 ms a Flask request costs
# 51.7 microseconds instead of 54.3, without any 51.6 (one worker, 64 connections, CPython 3.11).
CALM_TICK_SECONDS = 0.01
# After so many looks that found none that runs long; that is a second.
CALM_TICKS = 500
# So many looks without a running request, and it goes to sleep.
IDLE_TICKS = 5


class Watcher:
    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._link = crew.link
        self._last: list[int] = []
        self._idle = 0
        self._calm = 0
        # A request that starts while the watcher sleeps wakes it through this pipe.
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        crew.wake_watcher = self._wake

    def start(self) -> None:
        threading.Thread(target=self._run, name="wizgy-watcher", daemon=True).start()

    def _run(self) -> None:
        try:
            while True:
                if self._idle >= IDLE_TICKS:
                    self._sleep()
                    self._idle = 0
                    self._last = []
                time.sleep(self.pause_seconds)
                self._tick()
        except (FrontGone, WireFault, OSError):
            # Requests that still run get a moment for their `finally` blocks.
            leave_in_time()

    @property
    def pause_seconds(self) -> float:
        """Until the next look."""
        return TICK_SECONDS if self._calm < CALM_TICKS else CALM_TICK_SECONDS

    def _wake(self) -> None:
        try:
            os.write(self._wake_write, b"!")
        except BlockingIOError:
            pass  # Full: it has been woken often enough.

    def _sleep(self, *descriptors: int) -> None:
        """Until a request starts or one of the descriptors can be read."""
        crew = self._crew
        crew.watcher_asleep = True
        self._link.wake_watcher = self._wake
        # Whoever started a request before it could see that we sleep has not woken us.
        if self._running() == self._last:
            _wait_readable(self._wake_read, *descriptors)
        self._link.wake_watcher = None
        crew.watcher_asleep = False
        try:
            os.read(self._wake_read, 4096)
        except BlockingIOError:
            pass

    def _running(self) -> list[int]:
        ledger = self._link.ledger
        return [ledger.running(slot) for slot in range(self._crew.threads)]

    def _tick(self) -> None:
        crew = self._crew
        link = self._link
        now = self._running()
        if not any(now):
            self._idle += 1
            self._last = now
            return
        self._idle = 0
        stuck = [number for number, before in zip(now, self._last) if number and number == before]
        self._last = now
        if not stuck:
            self._calm += 1
            return
        self._calm = 0
        self._tell_held(stuck)
        if link.has_gathered:
            link.flush()
        with crew.turn:
            if crew.leader >= 0 and now[crew.leader] in stuck:
                # It runs long and still leads: the next thread takes over.
                crew.leader = -1
                link.lead.release()
                return
        if len(stuck) < crew.threads:
            # A thread that runs nothing and has the lead reads the link: nothing to do until the next request starts.
            if 0 in now and crew.leader < 0 and link.lead.locked():
                self._idle = IDLE_TICKS
            return
        self._read_for_the_busy()

    def _read_for_the_busy(self) -> None:
        """All threads are inside the application: reads the link in their place until one comes back."""
        link = self._link
        while self._running() == self._last:
            link.flush()
            self._tell_held(self._last)
            if not link.lead.acquire(False):
                return  # A thread has come back, or waits for news itself.
            try:
                while link.receive(wait=False):
                    pass
            finally:
                link.lead.release()
            link.hand_back()
            # Not on the link alone: a thread that comes back may read what arrives before we are awake.
            self._sleep(link.sock.fileno())
            if any(exchange is not None and exchange.is_over for exchange in link.running):
                # Its answer leaves; that it keeps its thread is told when that takes long, too.
                link.flush()
                time.sleep(TICK_SECONDS)

    def _tell_held(self, stuck: list[int]) -> None:
        """wire §5.12"""
        link = self._link
        for exchange in link.running:
            if exchange is None or not exchange.is_over or exchange.number not in stuck:
                continue
            with link.settling:
                trouble = trouble_of(link, exchange)
                if trouble is not None and not trouble.held:
                    trouble.held = True
                    link.put(wire.encode(wire.HELD, exchange.number))


def _wait_readable(*descriptors: int) -> None:
    if hasattr(select, "poll"):
        poll = select.poll()
        for descriptor in descriptors:
            poll.register(descriptor, select.POLLIN)
        poll.poll()
    else:
        select.select(descriptors, [], [])
