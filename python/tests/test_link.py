"""The worker's end of the link over a real pair of sockets: this test plays the front."""

from __future__ import annotations

import os
import select
import socket
import threading

import pytest
from wizgy_worker import wire
from wizgy_worker.environ import EnvironMaker
from wizgy_worker.ledger import OUTBOX_SIZE, Ledger
from wizgy_worker.link import FLUSH_SIZE, FrontGone, Link
from wizgy_worker.wire import WireFault


class Front:
    """The other end: reads frames as plainly as it can."""

    def __init__(self, sock):
        self.sock = sock
        sock.settimeout(10)
        self.pending = b""

    def send(self, *frames):
        self.sock.sendall(b"".join(frames))

    def frame(self):
        """(type, number, flags, status, payload) of the next frame; None at the end of the stream."""
        while len(self.pending) < 12 or len(self.pending) < 12 + self._length():
            data = self.sock.recv(1 << 20)
            if not data:
                assert self.pending == b""
                return None
            self.pending += data
        length, number, kind, flags, status = wire.HEADER.unpack_from(self.pending)
        payload = self.pending[12 : 12 + length]
        self.pending = self.pending[12 + length :]
        return (kind, number, flags, status, payload)

    def _length(self):
        return wire.NUMBER.unpack_from(self.pending)[0]

    def nothing_came(self):
        return not self.pending and not select.select([self.sock], [], [], 0)[0]


@pytest.fixture
def pair():
    mine, theirs = socket.socketpair()
    ledger = Ledger(2)
    link = Link(theirs, ledger, EnvironMaker({}))
    yield Front(mine), link
    mine.close()
    theirs.close()


def request(number):
    slots = b"GET\0/\0\0/\0\0"
    return wire.encode(wire.REQUEST, number, wire.REQUEST_PREFIX.pack(1, len(slots)) + b"1" + slots)


def receive(link, wait=True):
    with link.lead:
        return link.receive(wait)


class NotedExchange:
    """What an exchange hears from the front."""

    def __init__(self, number):
        self.number = number
        self.heard = []

    def cancel(self):
        self.heard.append("cancel")

    def grant(self, size):
        self.heard.append(("grant", size))

    def body_arrived(self, data, last):
        self.heard.append(("body", data, last))


# In


def test_requests_go_to_the_inbox_in_their_order(pair):
    front, link = pair
    front.send(request(1), request(2), request(3))
    assert receive(link)
    assert [frame[3] for frame in link.inbox] == [1, 2, 3]


def test_without_waiting_nothing_there_is_no_end(pair):
    _, link = pair
    assert receive(link, wait=False) is False


@pytest.mark.parametrize("end", ["close", "shutdown"])
def test_the_end_of_the_stream_is_the_front_gone(pair, end):
    """wire §1.2"""
    front, link = pair
    if end == "close":
        front.sock.close()
    else:
        front.sock.shutdown(socket.SHUT_WR)
    with pytest.raises(FrontGone):
        receive(link)


def test_news_go_to_the_exchange_they_are_for(pair):
    """wire §4.3, §4.4 and §4.5"""
    front, link = pair
    one, two = NotedExchange(1), NotedExchange(2)
    link.running[0], link.running[1] = one, two
    front.send(
        wire.encode(wire.BODY, 2, b"abc"),
        wire.encode(wire.CREDIT, 1, wire.NUMBER.pack(5)),
        wire.encode(wire.BODY, 2, b"", wire.LAST),
        wire.encode(wire.CANCEL, 1),
        wire.encode(wire.CANCEL, 9),
        wire.encode(wire.CREDIT, 9, wire.NUMBER.pack(1)),
        wire.encode(wire.BODY, 9, b"x"),
    )
    while not one.heard or one.heard[-1] != "cancel":
        receive(link)
    receive(link, wait=False)
    assert one.heard == [("grant", 5), "cancel"]
    assert two.heard == [("body", b"abc", False), ("body", b"", True)]


def test_a_waiting_request_that_is_cancelled_is_noted_and_others_are_not(pair):
    """wire §4.4"""
    front, link = pair
    front.send(request(4), wire.encode(wire.CANCEL, 4), wire.encode(wire.CANCEL, 3))
    receive(link)
    assert link.cancelled == {4}


def test_a_request_that_a_thread_has_just_taken_is_cancelled(pair):
    """wire §4.4: it is not in the inbox any more, and there is no exchange yet."""
    front, link = pair
    link.ledger.start(1, 5)
    front.send(wire.encode(wire.CANCEL, 5), wire.encode(wire.CLIENT_ENDED, 5))
    receive(link)
    assert link.cancelled == {5}
    assert link.ended_clients == {5}


def test_a_request_that_begins_while_it_is_cancelled_is_cancelled(pair):
    """wire §4.4: its thread has looked for news just before they were noted."""
    front, link = pair
    link.ledger.start(1, 5)
    exchange = NotedExchange(5)

    class Noting(set):
        def add(self, number):
            link.running[1] = exchange
            super().add(number)

    link.cancelled = Noting()
    front.send(wire.encode(wire.CANCEL, 5))
    receive(link)
    assert (exchange.heard, link.cancelled) == (["cancel"], set())


def test_a_frame_that_the_front_may_not_send_is_a_fault(pair):
    """wire §2.2"""
    front, link = pair
    front.send(wire.encode(wire.ANSWER, 1, bytes(12)))
    with pytest.raises(WireFault):
        receive(link)


def test_a_large_body_arrives_whole(pair):
    """wire §1.3"""
    front, link = pair
    exchange = NotedExchange(1)
    link.running[0] = exchange
    body = os.urandom(3_000_000)
    sender = threading.Thread(target=front.send, args=(wire.encode(wire.BODY, 1, body, wire.LAST),))
    sender.start()
    while not exchange.heard:
        receive(link)
    sender.join()
    assert exchange.heard == [("body", body, True)]


# Hand back


def test_what_was_not_started_is_handed_back_once(pair):
    """wire §5.9"""
    front, link = pair
    front.send(request(5), request(6), wire.encode(wire.CANCEL, 6))
    receive(link)
    link.hand_back()
    link.hand_back()
    payload = wire.NUMBER.pack(5) + wire.NUMBER.pack(6)
    assert front.frame() == (wire.HANDBACK, 0, 0, 0, payload)
    assert front.nothing_came()
    assert (len(link.inbox), link.cancelled) == (0, set())


def test_with_nothing_waiting_nothing_is_handed_back(pair):
    front, link = pair
    link.hand_back()
    assert front.nothing_came()


# Out


def test_small_frames_leave_together_at_the_flush(pair):
    """wire §1.3"""
    front, link = pair
    link.put(wire.encode(wire.BLOCK, 1, b"a"))
    link.put(wire.encode(wire.BLOCK, 2, b"b"))
    assert front.nothing_came()
    assert link.has_gathered
    link.flush()
    assert not link.has_gathered
    assert [front.frame()[4], front.frame()[4]] == [b"a", b"b"]
    link.flush()
    assert front.nothing_came()


def test_what_was_gathered_is_in_the_ledger_until_it_has_left(pair):
    """wire §6.1"""
    _, link = pair
    frame = wire.encode(wire.BLOCK, 1, b"abc")
    link.put(frame)
    link.put(frame)
    assert link.ledger.report() == (0, 0, frame * 2)
    link.flush()
    assert link.ledger.report() == (0, 2 * len(frame), b"")


def test_gathered_frames_leave_before_they_are_too_many(pair):
    front, link = pair
    frame = wire.encode(wire.BLOCK, 1, bytes(FLUSH_SIZE // 2))
    link.put(frame)
    assert front.nothing_came()
    link.put(frame)
    assert front.frame()[0] == wire.BLOCK
    assert front.nothing_came()


@pytest.mark.parametrize("size", [FLUSH_SIZE, OUTBOX_SIZE - 12, OUTBOX_SIZE - 11, 3_000_000])
def test_frames_of_every_size_keep_their_order(pair, size):
    front, link = pair
    body = os.urandom(size)
    received = []
    reader = threading.Thread(target=lambda: received.extend(front.frame()[4] for _ in range(5)))
    reader.start()
    link.put(wire.encode(wire.BLOCK, 1, b"first"))
    link.put(wire.encode(wire.BLOCK, 1, body))
    link.put(wire.encode(wire.BLOCK, 1, b"third"))
    link.put_large(wire.HEADER.pack(size, 1, wire.BLOCK, 0, 0), body)
    link.put(wire.encode(wire.BLOCK, 1, b"last"))
    link.flush()
    reader.join()
    assert received == [b"first", body, b"third", body, b"last"]
    assert link.ledger.report() == (0, 5 * 12 + 2 * size + 14, b"")


def test_a_paragraph_for_the_log_is_a_frame(pair):
    """wire §5.8"""
    front, link = pair
    link.log(3, 40, "one\n\u20ac \ud800")
    link.flush()
    assert front.frame() == (wire.LOG, 3, 0, 40, "one\n\u20ac \\ud800".encode())


@pytest.mark.parametrize("send", ["put", "put_large"])
def test_sending_to_a_front_that_has_gone_says_so(pair, send):
    """wire §1.2"""
    front, link = pair
    front.sock.close()
    with pytest.raises(FrontGone):  # noqa: PT012 - which of the calls notices is the system's choice
        for _ in range(3):
            if send == "put":
                link.put(wire.encode(wire.BLOCK, 1, b"x"))
                link.flush()
            else:
                link.put_large(wire.HEADER.pack(1, 1, wire.BLOCK, 0, 0), b"x")


def test_frames_of_several_threads_are_not_torn(pair):
    front, link = pair
    threads, each = 4, 300
    got = {number: [] for number in range(threads)}

    def send(number):
        for count in range(each):
            payload = b"%d " % count + b"x" * (count * 37 % 5000)
            if count % 50 == 49:
                link.put_large(wire.HEADER.pack(len(payload), number, wire.BLOCK, 0, 0), payload)
            else:
                link.put(wire.encode(wire.BLOCK, number, payload))
            if count % 7 == 0:
                link.flush()
        link.flush()

    running = [threading.Thread(target=send, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for _ in range(threads * each):
        _, number, _, _, payload = front.frame()
        got[number].append(payload)
    for thread in running:
        thread.join()
    expected = [b"%d " % count + b"x" * (count * 37 % 5000) for count in range(each)]
    assert all(payloads == expected for payloads in got.values())
