"""A worker's threads over a real pair of sockets: requests in, answers out. This test plays the front."""

from __future__ import annotations

import contextlib
import os
import socket
import threading

import pytest
from test_link import Front
from wizgy_worker import crew as crew_module
from wizgy_worker import wire
from wizgy_worker.crew import Crew
from wizgy_worker.environ import EnvironMaker
from wizgy_worker.errors import ErrorStream
from wizgy_worker.ledger import Ledger
from wizgy_worker.link import FrontGone, Link
from wizgy_worker.watcher import CALM_TICK_SECONDS, CALM_TICKS, TICK_SECONDS, Watcher


class Worker:
    """A crew that serves `app` in threads of this process."""

    def __init__(self, app, threads):
        mine, theirs = socket.socketpair()
        self.front = Front(mine)
        self.sock = theirs
        self.ledger = Ledger(threads)
        environs = EnvironMaker({"wsgi.errors": ErrorStream()})
        self.link = Link(theirs, self.ledger, environs)
        self.crew = Crew(self.link, environs, app, ErrorStream(), threads)
        self.faults = []
        run = self.crew.run_single if threads == 1 else self.crew.run_many
        self.thread = threading.Thread(target=self._run, args=(run,))
        self.front.send(wire.encode(wire.CONSTANTS, 1, b"SERVER_NAME\0a"))
        self.thread.start()

    def _run(self, run):
        try:
            run()
        except FrontGone:
            pass
        except BaseException as error:
            self.faults.append(error)

    def end(self):
        self.front.sock.close()
        self.thread.join(10)
        assert not self.thread.is_alive(), "the end of the link must end the worker (wire §1.2)"
        for thread in threading.enumerate():
            if thread.name.startswith("wizgy-"):
                thread.join(10)
                assert not thread.is_alive()
        self.sock.close()
        assert self.faults == []

    def answer(self):
        """(number, status, body) of the next answer that comes in one frame."""
        kind, number, flags, status, payload = self.front.frame()
        assert (kind, flags & wire.LAST) == (wire.ANSWER, wire.LAST), (kind, payload)
        return (number, status, payload[12 + wire.NUMBER.unpack_from(payload)[0] :])


@contextlib.contextmanager
def serving(app, threads=1):
    worker = Worker(app, threads)
    try:
        yield worker
    finally:
        worker.end()


def request(number, path=b"/", body=b"", method=b"GET", flags=0):
    slots = b"%s\0%s\0\0%s\0\0" % (method, path, path)
    payload = wire.REQUEST_PREFIX.pack(1, len(slots)) + b"1" + slots + body
    return wire.encode(wire.REQUEST, number, payload, flags)


def echo(environ, start_response):
    start_response("200 OK", [])
    return [environ["PATH_INFO"].encode("latin-1") + b" " + environ["wsgi.input"].read()]


@pytest.fixture(params=[1, 4], ids=["one thread", "four threads"])
def threads(request):
    return request.param


def test_requests_are_answered(threads):
    with serving(echo, threads) as worker:
        for number in range(1, 50):
            worker.front.send(request(number, b"/%d" % number, b"body"))
            assert worker.answer() == (number, 200, b"/%d body" % number)
        assert worker.ledger.report()[0] == 49


def test_many_requests_at_once_are_all_answered_once(threads):
    with serving(echo, threads) as worker:
        count = 500
        worker.front.send(*(request(number, b"/%d" % number) for number in range(1, count + 1)))
        answers = sorted(worker.answer() for _ in range(count))
        assert answers == [(number, 200, b"/%d " % number) for number in range(1, count + 1)]


def test_one_thread_answers_in_the_order_of_the_numbers():
    """wire §3.2"""
    with serving(echo) as worker:
        worker.front.send(*(request(number) for number in range(1, 200)))
        assert [worker.answer()[0] for _ in range(1, 200)] == list(range(1, 200))


def test_while_a_request_runs_the_ledger_names_it(threads):
    """wire §6.1"""
    running, go = threading.Event(), threading.Event()

    def app(environ, start_response):
        running.set()
        go.wait(10)
        return echo(environ, start_response)

    with serving(app, threads) as worker:
        worker.front.send(request(9))
        running.wait(10)
        assert worker.ledger.report()[0] == 9
        assert 9 in [worker.ledger.running(slot) for slot in range(threads)]
        go.set()
        assert worker.answer()[0] == 9
        worker.front.send(request(10))
        worker.answer()
        assert worker.ledger.report()[0] == 10


def test_threads_run_requests_at_the_same_time():
    together = threading.Barrier(4)

    def app(environ, start_response):
        together.wait(10)
        return echo(environ, start_response)

    with serving(app, 4) as worker:
        worker.front.send(*(request(number) for number in range(1, 5)))
        assert sorted(worker.answer()[0] for _ in range(4)) == [1, 2, 3, 4]


def test_one_thread_never_runs_two_requests_at_the_same_time(threads):
    inside, most = [], []

    def app(environ, start_response):
        inside.append(1)
        most.append(len(inside))
        inside.pop()
        return echo(environ, start_response)

    with serving(app, threads) as worker:
        worker.front.send(*(request(number) for number in range(1, 300)))
        for _ in range(1, 300):
            worker.answer()
    assert max(most) <= threads


def test_a_failing_application_fails_its_request_alone(threads):
    def app(environ, start_response):
        if environ["PATH_INFO"] == "/fail":
            raise ValueError("x")
        return echo(environ, start_response)

    with serving(app, threads) as worker:
        worker.front.send(request(1, b"/fail"))
        kind, number, _, status, payload = worker.front.frame()
        assert (kind, number, status) == (wire.LOG, 1, 40)
        assert payload.endswith(b"ValueError: x")
        assert worker.front.frame() == (wire.ABORT, 1, 0, 0, b"")
        worker.front.send(request(2))
        assert worker.answer() == (2, 200, b"/ ")


def test_a_head_request_has_no_body(threads):
    with serving(echo, threads) as worker:
        worker.front.send(request(1, method=b"HEAD"))
        assert worker.answer() == (1, 200, b"")


def test_a_body_that_follows_is_asked_for_and_read(threads):
    """wire §4.3, §5.7 and §7.2"""
    with serving(echo, threads) as worker:
        body = os.urandom(700_000)
        worker.front.send(request(1, flags=wire.BODY_FOLLOWS))
        sent = granted = 0
        while sent < len(body):
            if sent == granted:
                kind, number, _, _, payload = worker.front.frame()
                assert (kind, number) == (wire.WANT, 1)
                granted += wire.NUMBER.unpack(payload)[0]
            piece = body[sent : min(granted, sent + 50_000)]
            sent += len(piece)
            flags = wire.LAST if sent == len(body) else 0
            worker.front.send(wire.encode(wire.BODY, 1, piece, flags))
        frame = worker.front.frame()
        while frame[0] == wire.WANT:
            frame = worker.front.frame()
        assert frame[4].endswith(b"/ " + body)


def test_a_body_whose_client_goes_ends_the_request_without_a_word(threads):
    """wire §3.3 and §4.4"""
    with serving(echo, threads) as worker:
        worker.front.send(request(1, flags=wire.BODY_FOLLOWS))
        assert worker.front.frame()[0] == wire.WANT
        worker.front.send(wire.encode(wire.BODY, 1, b"part"), wire.encode(wire.CANCEL, 1))
        assert worker.front.frame() == (wire.ABORT, 1, 0, 0, b"")
        worker.front.send(request(2))
        assert worker.answer()[0] == 2


def test_a_request_that_was_cancelled_before_it_started_never_runs():
    """wire §4.4"""
    ran = []

    def app(environ, start_response):
        ran.append(environ["PATH_INFO"])
        return echo(environ, start_response)

    with serving(app) as worker:
        worker.front.send(
            request(1, b"/1"), request(2, b"/2"), wire.encode(wire.CANCEL, 2), request(3, b"/3")
        )
        assert worker.answer()[0] == 1
        assert worker.front.frame() == (wire.ABORT, 2, 0, 0, b"")
        assert worker.answer()[0] == 3
    assert ran == ["/1", "/3"]


def test_a_long_answer_goes_on_as_credit_comes(threads):
    """wire §4.5 and §7.1"""
    block = b"x" * wire.ANSWER_WINDOW
    count = 6

    def app(environ, start_response):
        start_response("200 OK", [])
        return iter([block] * count)

    with serving(app, threads) as worker:
        worker.front.send(request(1))
        received, ended = 0, False
        while not ended:
            kind, _, flags, _, payload = worker.front.frame()
            ended = bool(flags & wire.LAST)
            head = 12 + wire.NUMBER.unpack_from(payload)[0] if kind == wire.ANSWER else 0
            received += len(payload) - head
            if not ended:
                worker.front.send(
                    wire.encode(wire.CREDIT, 1, wire.NUMBER.pack(len(payload) - head))
                )
        assert received == count * len(block)


def test_an_unfinished_line_in_the_log_ends_with_its_request(monkeypatch):
    written = []
    monkeypatch.setattr("wizgy_worker.errors._write", written.append)

    def app(environ, start_response):
        environ["wsgi.errors"].write("open")
        return echo(environ, start_response)

    with serving(app) as worker:
        worker.crew._errors = worker.crew._environs._always["wsgi.errors"]
        worker.front.send(request(1), request(2))
        worker.answer(), worker.answer()
    assert written == ["open\n", "open\n"]


def test_an_idle_worker_sleeps_instead_of_looking(monkeypatch):
    """After some looks in vain it blocks: an idle worker costs nothing."""
    looks = []
    blocked = threading.Event()
    receive = Link.receive

    def counted(link, wait):
        if wait:
            blocked.set()
        else:
            looks.append(1)
        return receive(link, wait)

    monkeypatch.setattr(Link, "receive", counted)
    # Every sleep counts as long, however quick this test's front is.
    monkeypatch.setattr(crew_module, "SHORT_SLEEP_SECONDS", 0.0)
    with serving(echo) as worker:
        for number in range(1, 7):
            blocked.wait(10)
            blocked.clear()
            worker.front.send(request(number))
            worker.answer()
    assert len(looks) <= crew_module.LOOKS * (crew_module.MAX_MISSES + 1)


def test_a_worker_that_shall_stop_hands_back_what_it_did_not_start():
    """wire §5.9"""

    def app(environ, start_response):
        worker.crew.stopping = True
        return echo(environ, start_response)

    with serving(app) as worker:
        worker.front.send(request(1), request(2), request(3))
        frames = [worker.front.frame()]
        handed_back = b""
        while len(handed_back) < 8 and frames[-1] is not None:
            frames.append(worker.front.frame())
            if frames[-1] is not None and frames[-1][0] == wire.HANDBACK:
                handed_back += frames[-1][4]
        assert frames[0][:2] == (wire.ANSWER, 1)
        assert handed_back == wire.NUMBER.pack(2) + wire.NUMBER.pack(3)


def test_what_waits_behind_slow_requests_is_handed_back(threads):
    """wire §5.9: the watcher reads the link while every thread is inside the application."""
    entered = threading.Semaphore(0)
    go = threading.Event()

    def app(environ, start_response):
        entered.release()
        go.wait(10)
        return echo(environ, start_response)

    with serving(app, threads) as worker:
        watcher = Watcher(worker.crew)
        watching = threading.Thread(target=watch, args=(watcher, go), daemon=True)
        watching.start()
        worker.front.send(*(request(number) for number in range(1, threads + 1)))
        for _ in range(threads):
            assert entered.acquire(timeout=10)
        worker.front.send(request(threads + 1), request(threads + 2))
        back = b""
        while len(back) < 8:
            kind, number, _, _, payload = worker.front.frame()
            assert (kind, number) == (wire.HANDBACK, 0)
            back += payload
        assert back == wire.NUMBER.pack(threads + 1) + wire.NUMBER.pack(threads + 2)
        go.set()
        # The watcher may still find all threads busy and hand this one back too.
        worker.front.send(request(threads + 3))
        frames = [worker.front.frame() for _ in range(threads + 1)]
        answered = sorted(number for kind, number, *_ in frames if kind == wire.ANSWER)
        back = [payload for kind, *_, payload in frames if kind == wire.HANDBACK]
        last = wire.NUMBER.pack(threads + 3)
        assert (answered, back) in (
            ([*range(1, threads + 1), threads + 3], []),
            ([*range(1, threads + 1)], [last]),
        )
    watching.join(10)
    assert not watching.is_alive(), "its wait ends with the link"


def test_the_watcher_looks_less_often_while_no_request_runs_long():
    with serving(echo) as worker:
        watcher = Watcher(worker.crew)
        for number in range(1, CALM_TICKS + 1):
            assert watcher.pause_seconds == TICK_SECONDS
            worker.ledger.start(0, number)
            watcher._tick()
        assert watcher.pause_seconds == CALM_TICK_SECONDS
        watcher._tick()  # The same request as before runs.
        assert watcher.pause_seconds == TICK_SECONDS
        worker.ledger.finish(0)


def watch(watcher, done):
    """The watcher's ticks without its end of the process."""
    try:
        while not done.is_set():
            done.wait(0.002)
            watcher._tick()
    except (FrontGone, OSError):
        pass  # The link has ended while it looked.


def test_a_body_in_a_file_is_the_input_and_is_closed_with_the_request(tmp_path):
    """wire §4.2.1: also when the application keeps it."""
    kept = []

    def app(environ, start_response):
        kept.append(environ["wsgi.input"])
        return echo_body(environ, start_response)

    path = tmp_path / "body"
    path.write_bytes(b"in a file")
    place = wire.BODY_FILE_PREFIX.pack(9) + str(path).encode()
    with serving(app) as worker:
        worker.front.send(request(1, body=place, method=b"POST", flags=wire.BODY_IN_FILE))
        assert worker.answer() == (1, 200, b"in a file")
    assert kept[0].closed
    assert not path.exists()


def test_a_body_whose_file_is_gone_fails_that_request_alone(tmp_path):
    """wire §5.6: the application isn't called, the log says why."""
    place = wire.BODY_FILE_PREFIX.pack(9) + str(tmp_path / "none").encode()
    with serving(echo_body) as worker:
        worker.front.send(request(1, body=place, method=b"POST", flags=wire.BODY_IN_FILE))
        kind, number, _, status, payload = worker.front.frame()
        assert (kind, number, status) == (wire.LOG, 1, 40)
        assert b"can't be opened" in payload
        assert worker.front.frame()[:2] == (wire.ABORT, 1)
        worker.front.send(request(2, body=b"here", method=b"POST"))
        assert worker.answer() == (2, 200, b"here")


def echo_body(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["wsgi.input"].read()]
