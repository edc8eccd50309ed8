"""An application for tests of process life: each path is one behaviour, each request notes that it was started.

The query is what a behaviour needs: `id`, which is noted in the file $STARTED_LOG and answered, and `ms`, how long.
"""

import ctypes
import os
import signal
import threading
import time
from urllib.parse import parse_qs

LOG = os.environ.get("STARTED_LOG")

# How long an import takes, and whether it fails while the file is there that is made when a test tells it to.
time.sleep(float(os.environ.get("IMPORT_MS", "0")) / 1000)
if "FAIL_IMPORT" in os.environ and os.path.exists(os.environ["SLOW_FILE"]):
    raise RuntimeError("told to fail")

grown = []
imported_by = os.getpid()


def note(text):
    """One line, in one write, at the end of the file: complete whatever happens to the process afterwards."""
    if LOG:
        fd = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(fd, (text + "\n").encode())
        os.close(fd)


def application(environ, start_response):
    query = parse_qs(environ["QUERY_STRING"])
    identity = query.get("id", [""])[0]
    seconds = float(query.get("ms", ["0"])[0]) / 1000
    note(identity)
    name = "do" + environ["PATH_INFO"].replace("/", "_").replace("-", "_")
    behaviour = globals()["do_options" if environ["REQUEST_METHOD"] == "OPTIONS" else name]
    return behaviour(environ, start_response, identity, seconds)


def answer(start_response, text):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [text.encode("latin-1")]


def do_options(environ, start_response, identity, seconds):
    """What `OPTIONS *` asks for."""
    return answer(start_response, "%(REQUEST_METHOD)s %(PATH_INFO)s %(REQUEST_URI)s" % environ)


def do_imported(environ, start_response, identity, seconds):
    return answer(start_response, str(imported_by))


def do_warm(environ, start_response, identity, seconds):
    """200, or the status that the id names while the file is there that is made when a test tells it to."""
    told = os.path.exists(os.environ["SLOW_FILE"])
    start_response(identity + " As Asked" if told else "200 OK", [])
    return []


def do_empty(environ, start_response, identity, seconds):
    """The status that the id names, without a body."""
    start_response(identity + " As Asked", [])
    return []


def do_work(environ, start_response, identity, seconds):
    """Takes the body in, works for a while, answers its id, its body and who ran it."""
    body = environ["wsgi.input"].read()
    if seconds:
        time.sleep(seconds)
    return answer(start_response, "%s %s %d" % (identity, body.decode("latin-1"), os.getpid()))


class Noted(list):
    """A body that notes when it is closed: its last block is on its way then."""

    def __init__(self, identity, blocks):
        super().__init__(blocks)
        self._identity = identity

    def close(self):
        note("closed " + self._identity)


def do_close(environ, start_response, identity, seconds):
    time.sleep(seconds)
    return Noted(identity, answer(start_response, "%s  %d" % (identity, os.getpid())))


def do_turn(environ, start_response, identity, seconds):
    """Fast, until the file that the id names is there; then slow."""
    if os.path.exists(os.environ["SLOW_FILE"]):
        time.sleep(seconds)
    return answer(start_response, "%s  %d" % (identity, os.getpid()))


def do_ids(environ, start_response, identity, seconds):
    """Whose rights this process has, and what comes of asking for root's."""
    texts = [repr(os.getresuid()), repr(os.getresgid()), repr(os.getgroups()), os.environ["HOME"]]
    for ask in (os.setuid, os.seteuid, os.setgid, os.setegid):
        try:
            ask(0)
            texts.append("root again")
        except PermissionError:
            texts.append("refused")
    return answer(start_response, "; ".join(texts))


def do_mask(environ, start_response, identity, seconds):
    mask = os.umask(0o77)
    os.umask(mask)
    return answer(start_response, "%03o" % mask)


def do_wait(environ, start_response, identity, seconds):
    """Until the file is there."""
    while not os.path.exists(os.environ["SLOW_FILE"]):
        time.sleep(0.01)
    return answer(start_response, "%s  %d" % (identity, os.getpid()))


def do_wait_in_close(environ, start_response, identity, seconds):
    """The answer is complete; close() returns when the file is there."""

    class Waiting(Noted):
        def close(self):
            while not os.path.exists(os.environ["SLOW_FILE"]):
                time.sleep(0.01)
            super().close()

    return Waiting(identity, answer(start_response, identity))


def do_half_lines(environ, start_response, identity, seconds):
    """A line to wsgi.errors in two halves; the second one comes when the file is there."""
    environ["wsgi.errors"].write("%s begins, " % identity)
    while not os.path.exists(os.environ["SLOW_FILE"]):
        time.sleep(0.01)
    environ["wsgi.errors"].write("%s ends\n" % identity)
    return answer(start_response, identity)


def do_stubborn(environ, start_response, identity, seconds):
    """Computes without end, whatever is raised in it."""
    while True:
        try:
            while True:
                pass
        except BaseException:
            note("caught " + identity)


def do_pids(environ, start_response, identity, seconds):
    return answer(start_response, "%d %d" % (os.getpid(), os.getppid()))


def do_spin(environ, start_response, identity, seconds):
    while True:
        pass


def do_exit(environ, start_response, identity, seconds):
    os._exit(7)


def do_kill(environ, start_response, identity, seconds):
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


def do_segfault(environ, start_response, identity, seconds):
    ctypes.string_at(0)


def do_exit_after_head(environ, start_response, identity, seconds):
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"begun")
    os._exit(7)


def do_exit_when_told(environ, start_response, identity, seconds):
    """Its head and first block are out; ends when the file that the query names is there."""
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"begun")
    while not os.path.exists(os.environ["SLOW_FILE"]):
        time.sleep(0.01)
    os._exit(7)


class Endless:
    """A body without an end that says when it is closed."""

    def __init__(self, identity):
        self._identity = identity

    def __iter__(self):
        return self

    def __next__(self):
        return b"x" * 4096

    def close(self):
        note("closed " + self._identity)


def do_endless(environ, start_response, identity, seconds):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return Endless(identity)


def do_stream(environ, start_response, identity, seconds):
    """20 MiB in blocks of 64 KiB."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return (b"%064d" % 0 * 1024 for _ in range(320))


def do_stream_slowly(environ, start_response, identity, seconds):
    """Ten blocks, one after the other in the given time."""

    def blocks():
        for number in range(10):
            yield b"%d\n" % number
            time.sleep(seconds / 10)

    start_response("200 OK", [("Content-Type", "text/plain")])
    return blocks()


def do_read(environ, start_response, identity, seconds):
    """Reads the body to its end and notes how that went."""
    try:
        size = len(environ["wsgi.input"].read())
    except Exception as error:
        note("raised %s %s" % (identity, type(error).__name__))
        raise
    note("read %s %d" % (identity, size))
    return answer(start_response, str(size))


def do_grow(environ, start_response, identity, seconds):
    """Takes so many MiB of memory and keeps them."""
    grown.append(bytearray(os.urandom(1)) * (int(identity) * 1024 * 1024))
    time.sleep(seconds)
    return answer(start_response, identity)


def do_ignore_body(environ, start_response, identity, seconds):
    return answer(start_response, identity)


def do_environ(environ, start_response, identity, seconds):
    """One entry of environ, or of the process's environment, or of sys.path, or the working folder."""
    import sys

    query = parse_qs(environ["QUERY_STRING"])
    if "variable" in query:
        return answer(start_response, os.environ.get(query["variable"][0], ""))
    if "path" in query:
        return answer(start_response, "\n".join(sys.path))
    if "cwd" in query:
        return answer(start_response, os.getcwd())
    return answer(start_response, str(environ.get(query["key"][0])))


def do_thread(environ, start_response, identity, seconds):
    """Leaves a thread behind that never ends and isn't a daemon."""
    threading.Thread(target=threading.Event().wait).start()
    return answer(start_response, "%d" % os.getpid())


def do_fork(environ, start_response, identity, seconds):
    """Forks; the child comes back out of the application like its parent, and notes it when it does more than that."""
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
    return answer(start_response, "%s %s" % (identity, "parent" if pid else "child"))


def do_fork_in_close(environ, start_response, identity, seconds):
    class Forking(Noted):
        def close(self):
            pid = os.fork()
            if pid:
                os.waitpid(pid, 0)

    return Forking(identity, answer(start_response, identity))


def do_fork_and_die(environ, start_response, identity, seconds):
    """The child comes back, then the worker dies: what the child did must not be in what the worker leaves."""
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
        os.kill(os.getpid(), signal.SIGKILL)
    return answer(start_response, "child")
