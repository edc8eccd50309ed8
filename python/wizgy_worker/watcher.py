"""The watcher: one thread that looks after the link while requests run long.

A thread that is inside the application can't read the link, send what it gathered, or give back what waits behind it.
So while requests run the watcher looks every 2 ms; a request that is still the same one has its worker's link looked
after: gathered answers leave, a follower gets the lead, waiting requests are handed back so that they run elsewhere,
and news for running requests (the client has gone, more body, more credit) is taken in. It never runs a request.

When nothing runs it sleeps on an event and costs nothing.
"""

from __future__ import annotations

import select
import threading
import time

from .crew import Crew
from .farewell import leave_in_time
from .link import FrontGone
from .wire import WireFault

# A request waits behind another one this long at the most before it is offered to an idle worker.
TICK_SECONDS = 0.002
# So many looks without a running request, and it goes to sleep.
IDLE_TICKS = 5


class Watcher:
    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._link = crew.link
        self._last: list[int] = []
        self._idle = 0

    def start(self) -> None:
        threading.Thread(target=self._run, name="wizgy-watcher", daemon=True).start()

    def _run(self) -> None:
        try:
            while True:
                if self._idle >= IDLE_TICKS:
                    self._sleep()
                time.sleep(TICK_SECONDS)
                self._tick()
        except (FrontGone, WireFault, OSError):
            # Requests that still run get a moment for their `finally` blocks.
            leave_in_time()

    def _sleep(self) -> None:
        crew = self._crew
        crew.wake_watcher.clear()
        crew.watcher_asleep = True
        crew.wake_watcher.wait()
        crew.watcher_asleep = False
        self._idle = 0
        self._last = []

    def _tick(self) -> None:
        crew = self._crew
        link = self._link
        ledger = link.ledger
        now = [ledger.running(slot) for slot in range(crew.threads)]
        if not any(now):
            self._idle += 1
            self._last = now
            return
        self._idle = 0
        stuck = [number for number, before in zip(now, self._last) if number and number == before]
        self._last = now
        if not stuck:
            return
        if link.has_gathered:
            link.flush()
        with crew.turn:
            if crew.leader >= 0 and now[crew.leader] in stuck:
                # It runs long and still leads: the next thread takes over.
                crew.leader = -1
                link.lead.release()
                return
        if len(stuck) < crew.threads:
            # A follower has the lead or is about to take it.
            if link.lead.locked():
                self._idle = IDLE_TICKS
            return
        self._read_for_the_busy(now)

    def _read_for_the_busy(self, now: list[int]) -> None:
        """All threads are inside the application: reads the link in their place until one comes back."""
        link = self._link
        ledger = link.ledger
        poller = _poller(link.sock.fileno())
        while all(ledger.running(slot) == number for slot, number in enumerate(now)):
            if not link.lead.acquire(False):
                return  # A thread has come back, or waits for news itself.
            try:
                while link.receive(wait=False):
                    pass
            finally:
                link.lead.release()
            link.hand_back()
            # Woken by the next frame, which is also the sign to look whether the threads are still busy.
            poller()


def _poller(fileno: int):  # type: ignore[no-untyped-def]
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(fileno, select.POLLIN)
        return poll.poll
    return lambda: select.select([fileno], [], [])
