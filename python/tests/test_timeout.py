"""The end of a request that has taken too long (wire §4.8)."""

from __future__ import annotations

import signal
import sys
import threading

import pytest
from recorder import make_exchange
from wizgy_worker import timeout
from wizgy_worker.timeout import Interrupter, RequestTimeout


def test_a_signal_from_elsewhere_does_not_end_a_request_before_its_stack_is_told(monkeypatch):
    """The front sends the same signal to wake workers of greenlets, and other programs may, too."""
    link, exchange = make_exchange()
    link.running = [exchange]
    link.idents = [threading.get_ident()]
    link.settling = threading.Lock()
    started = []
    monkeypatch.setattr(timeout._thread, "start_new_thread", lambda *call: started.append(call))

    def application():
        interrupter.interrupt(exchange)
        interrupter._raise_here(signal.SIGURG, sys._getframe())
        assert link.logged == []
        [(insist, arguments)] = started
        insist(*arguments)

    interrupter = Interrupter(link, frozenset([application.__code__]))
    monkeypatch.setattr(
        timeout.signal,
        "pthread_kill",
        lambda ident, signum: interrupter._raise_here(signum, sys._getframe(2)),
    )
    with pytest.raises(RequestTimeout):
        application()
    [(_, told)] = link.logged
    assert "insist(*arguments)" in told
