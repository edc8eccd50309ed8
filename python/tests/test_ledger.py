"""What a worker leaves behind (wire §6), also when it is killed in the middle of anything."""

from __future__ import annotations

import itertools
import os
import random
import signal
import socket

import pytest
from wizgy_worker import wire
from wizgy_worker.environ import EnvironMaker
from wizgy_worker.ledger import OUTBOX_SIZE, Ledger
from wizgy_worker.link import Link


@pytest.fixture
def ledger():
    made = Ledger(3)
    yield made
    made.close()


def test_a_new_ledger_reports_nothing(ledger):
    assert ledger.report() == (0, 0, b"")
    assert [ledger.running(slot) for slot in range(3)] == [0, 0, 0]


def test_it_knows_the_highest_number_started_and_what_each_thread_runs(ledger):
    """wire §6.1"""
    ledger.start(0, 4)
    ledger.start(2, 5)
    ledger.finish(0)
    assert [ledger.running(slot) for slot in range(3)] == [0, 0, 5]
    assert ledger.report()[0] == 5


def test_it_holds_what_was_not_sent_with_its_place_in_the_stream(ledger):
    """wire §6.1"""
    end = ledger.put(0, b"abc")
    end = ledger.put(end, b"de")
    assert (end, ledger.report()) == (5, (0, 0, b"abcde"))
    ledger.sent(5)
    assert ledger.report() == (0, 5, b"")
    ledger.put(0, b"f")
    assert ledger.report() == (0, 5, b"f")


def test_the_outbox_can_be_filled_to_its_last_byte(ledger):
    data = os.urandom(OUTBOX_SIZE)
    assert ledger.put(ledger.put(0, data[:-1]), data[-1:]) == OUTBOX_SIZE
    assert ledger.report()[2] == data
    assert [ledger.running(slot) for slot in range(3)] == [0, 0, 0]


def test_numbers_and_positions_may_be_larger_than_four_bytes(ledger):
    ledger.start(0, wire.MAX_PAYLOAD * 4 - 1)
    for _ in range(8):
        ledger.sent(1 << 31)
    assert ledger.report() == ((1 << 32) - 1, 1 << 34, b"")


def test_it_can_be_used_again_for_another_process(ledger):
    ledger.start(1, 9)
    ledger.put(0, b"left")
    ledger.sent(100)
    ledger.put(0, b"left")
    ledger.reset()
    assert ledger.report() == (0, 0, b"")
    assert ledger.running(1) == 0


def test_what_a_killed_process_did_is_in_the_report(ledger):
    """wire §6.2"""
    ready, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            ledger.start(0, 41)
            ledger.start(1, 42)
            ledger.finish(0)
            ledger.sent(1000)
            ledger.put(ledger.put(0, b"answer "), b"41")
            os.write(told, b"x")
            signal.pause()
        finally:
            os._exit(1)
    assert os.read(ready, 1) == b"x"
    kill(pid)
    os.close(ready)
    os.close(told)
    assert ledger.report() == (42, 1000, b"answer 41")
    assert [ledger.running(slot) for slot in range(3)] == [0, 42, 0]


@pytest.mark.parametrize("seed", range(12))
def test_wherever_a_process_is_killed_every_answer_is_received_or_in_the_ledger(seed):
    """wire §6.2: received bytes and ledger together are whole frames, up to what was running."""
    rng = random.Random(seed)
    ledger = Ledger(1)
    mine, theirs = socket.socketpair()
    flush_every = rng.choice([1, 2, 7, 40])
    size = rng.choice([0, 50, 3000])
    pid = os.fork()
    if pid == 0:
        try:
            mine.close()
            answer_for_ever(Link(theirs, ledger, EnvironMaker({})), flush_every, size)
        finally:
            os._exit(1)
    theirs.close()
    received = bytearray()
    enough = rng.randint(1, 300_000)
    while len(received) < enough:
        received += mine.recv(65536)
    kill(pid)
    received += b"".join(iter(lambda: mine.recv(65536), b""))
    mine.close()

    started, origin, outbox = ledger.report()
    assert origin <= len(received) <= origin + len(outbox)
    stream = bytes(received) + outbox[len(received) - origin :]
    frames = wire.FrameDecoder()
    # The decoder knows the front's frames: an answer in this test is a BODY.
    answered = [frame[3] for frame in frames.feed(stream)]
    assert answered == list(range(1, len(answered) + 1))
    assert sum(wire.HEADER_SIZE + size for _ in answered) == len(stream), "half a frame is left"
    running = ledger.running(0)
    assert started in (len(answered), len(answered) + 1)
    assert running in (0, started, started + 1)
    if running == 0:
        assert started == len(answered)
    ledger.close()


def answer_for_ever(link, flush_every, size):
    for number in itertools.count(1):
        link.ledger.start(0, number)
        link.put(wire.encode(wire.BODY, number, b"x" * size))
        link.ledger.finish(0)
        if number % flush_every == 0:
            link.flush()


def kill(pid):
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
