"""The worker's end of the link to the front: frames in, frames out (wire §1, §7).

In: whoever holds `lead` may receive. REQUEST frames go to `inbox`; the others are handed to the exchange they are for.
Several threads use a link, also where no lock of the interpreter makes them take turns: what they share is written by one
thread alone or under a lock, and the inbox is copied, not iterated, as others may take from it meanwhile.

Out: small frames gather in the ledger's outbox and leave together at flush(); so sixty answers cost one system call, and
answers that are ready survive the process (wire §6). Large ones go out at once, behind what was gathered.
"""

from __future__ import annotations

import select
import socket
import threading
from collections import deque
from typing import TYPE_CHECKING, Callable

from . import wire
from .ledger import OUTBOX_SIZE, Ledger
from .wire import Frame

if TYPE_CHECKING:
    from .environ import EnvironMaker
    from .exchange import Exchange

# One receive takes everything that many requests of a usual size can be.
RECEIVE_SIZE = 256 * 1024
# Gathered answers leave at this size even when more work is waiting: the front should not idle meanwhile.
FLUSH_SIZE = 64 * 1024


# For bursts of large bodies; the system's own default is a fifth of it.
LINK_BUFFER = 1024 * 1024


# Kept from before gevent puts its own in the place: the nursery is no program of gevent's.
_Socket = socket.socket


def connect_link(path: str) -> socket.socket | None:
    """The worker's end of a new link; None: the front has gone."""
    sock = _Socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LINK_BUFFER)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, LINK_BUFFER)
        sock.connect(path)
    except OSError:
        sock.close()
        return None
    return sock


def _ignore(exchange: Exchange) -> None:
    """There is nobody who could end a request."""


class FrontGone(Exception):
    """The link has ended: the front is gone or wants this worker to stop (wire §1.2)."""


class Link:
    def __init__(self, sock: socket.socket, ledger: Ledger, environs: EnvironMaker) -> None:
        self.sock = sock
        self.ledger = ledger
        self.inbox: deque[Frame] = deque()
        self.lead = threading.Lock()
        # The exchange that each thread is running; a plain list because it is written for every request.
        self.running: list[Exchange | None] = [None] * ledger.threads
        self.cancelled: set[int] = set()
        # Requests whose client has sent its last byte, waiting and running ones (wire §4.7).
        self.ended_clients: set[int] = set()
        # The thread of each slot, for who has to end a request from outside.
        self.idents: list[int] = [0] * ledger.threads
        self.on_timeout: Callable[[Exchange], None] = _ignore
        # Held by whoever acts on a request of another thread; that one takes it when it has come back.
        self.settling = threading.Lock()
        # Set while the watcher sleeps beside a long request: what comes now may take long, too.
        self.wake_watcher: Callable[[], None] | None = None
        self._environs = environs
        self._decoder = wire.FrameDecoder()
        # Used again for each receive; who holds the lead has it.
        self._received = memoryview(bytearray(RECEIVE_SIZE))
        self._outgoing = threading.Lock()
        self._gathered = 0

    # In (the caller holds `lead`)

    def receive(self, wait: bool) -> bool:
        """Takes what is there. With `wait` blocks until something is; without, False says that there was nothing.

        Raises FrontGone at the end of the stream and WireFault when the front breaks the protocol.
        """
        try:
            size = self.sock.recv_into(
                self._received, RECEIVE_SIZE, 0 if wait else socket.MSG_DONTWAIT
            )
        except BlockingIOError:
            return False
        except ConnectionError:
            size = 0
        if size == 0:
            raise FrontGone
        data = self._received[:size]
        if size <= wire.MAX_JOINT:
            frames = self._decoder.feed(data.tobytes())
        else:
            frames = self._decoder.feed_view(data)
        for frame in frames:
            if frame[4] == wire.REQUEST:
                self.inbox.append(frame)
            else:
                self._control(frame)
        return True

    def _control(self, frame: Frame) -> None:
        data, start, end, number, kind, flags, _ = frame
        if kind == wire.CONSTANTS:
            self._environs.add_constants(number, data[start:end])
            return
        exchange = self._exchange(number)
        if kind == wire.CANCEL:
            if exchange is None and self._is_waiting(number):
                self.cancelled.add(number)
                # Its thread may have come this far in between, and not have seen it.
                exchange = self._exchange(number)
            if exchange is not None:
                self.cancelled.discard(number)
                exchange.cancel()
        elif kind == wire.TIMEOUT:
            if exchange is not None:
                self.on_timeout(exchange)
        elif kind == wire.CREDIT:
            if exchange is not None:
                exchange.grant(wire.NUMBER.unpack_from(data, start)[0])
        elif kind == wire.FILE_REPLY:
            if exchange is not None:
                exchange.file_replied(bool(flags & wire.TAKEN))
        elif kind == wire.CLIENT_ENDED:
            self._note_ended_client(number)
        elif kind == wire.BODY:
            if exchange is not None:
                exchange.body_arrived(data[start:end], bool(flags & wire.LAST))
        else:
            raise wire.WireFault("a frame of the unknown type 0x%02x" % kind)

    def _exchange(self, number: int) -> Exchange | None:
        for exchange in self.running:
            if exchange is not None and exchange.number == number:
                return exchange
        return None

    def _is_waiting(self, number: int) -> bool:
        """In the inbox, or taken from there by a thread that has not made an exchange of it yet."""
        ledger = self.ledger
        return any(ledger.running(slot) == number for slot in range(ledger.threads)) or any(
            waiting[3] == number for waiting in self.inbox.copy()
        )

    def _note_ended_client(self, number: int) -> None:
        present = {waiting[3] for waiting in self.inbox.copy()}
        present.update(self.ledger.running(slot) for slot in range(self.ledger.threads))
        self.ended_clients = (self.ended_clients | {number}) & present

    def receive_within(self, seconds: float) -> bool:
        """As receive() with `wait`, but not for longer than that; False: nothing came, or it can't be told."""
        if not hasattr(select, "poll"):
            return False
        poll = select.poll()
        poll.register(self.sock.fileno(), select.POLLIN)
        return bool(poll.poll(seconds * 1000)) and self.receive(wait=False)

    def hand_back(self) -> None:
        """Returns what was received and not started (wire §5.9). Safe beside a thread that takes from the inbox."""
        numbers = []
        while True:
            try:
                number = self.inbox.popleft()[3]
            except IndexError:
                break
            numbers.append(wire.NUMBER.pack(number))
            self.cancelled.discard(number)
        if numbers:
            self.put(wire.encode(wire.HANDBACK, payload=b"".join(numbers)))
            self.flush()

    # Out (any thread)

    def put(self, frame: bytes) -> None:
        """Adds a frame to what leaves at the next flush()."""
        with self._outgoing:
            size = len(frame)
            if self._gathered + size > FLUSH_SIZE:
                self._flush()
                if size > OUTBOX_SIZE:
                    self._send(frame)
                    return
            self._gathered = self.ledger.put(self._gathered, frame)

    def put_large(self, head: bytes, body: bytes) -> None:
        """Sends a frame whose end is a large body, without copying the body."""
        with self._outgoing:
            self._flush()
            self._send(head)
            self._send(body)

    def flush(self) -> None:
        if self._gathered:
            with self._outgoing:
                self._flush()

    @property
    def has_gathered(self) -> bool:
        return self._gathered > 0

    def _flush(self) -> None:
        size = self._gathered
        if size:
            self._send_all(self.ledger.outbox[:size])
            self.ledger.sent(size)
            self._gathered = 0

    def _send(self, data: bytes) -> None:
        self._send_all(data)
        self.ledger.sent(len(data))

    def _send_all(self, data: bytes | memoryview) -> None:
        try:
            self.sock.sendall(data)
        except ConnectionError:
            raise FrontGone from None

    def log(self, number: int, level: int, text: str) -> None:
        """A paragraph for the error log about a request (wire §5.8). Levels as in the `logging` module."""
        self.put(
            wire.encode(wire.LOG, number, text.encode("utf-8", "backslashreplace"), status=level)
        )
