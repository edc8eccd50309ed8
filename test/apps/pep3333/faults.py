"""Applications that misbehave, one fault each. Each ends its own request, and nothing else."""

import io
import os
import sys
import threading

from by_path import PLAIN, answer_json, by_path, note

NAMED = [("Content-Type", "text/plain"), ("X-App", "1")]


def marker(environ, start_response):
    """Puts a line of its own into the log, by which the test knows that all before it has come."""
    environ["wsgi.errors"].write("marker-%s\n" % environ["QUERY_STRING"])
    return answer_json(start_response, os.getpid())


def never_starts(environ, start_response):
    return [b"secret"]


def twice(environ, start_response):
    start_response("200 OK", NAMED)
    start_response("200 OK", NAMED)
    return [b"secret"]


def error_page_too_late(environ, start_response):
    start_response("200 OK", PLAIN)
    yield b"a"
    try:
        raise KeyError("the original")
    except KeyError:
        start_response("500 Oops", PLAIN, sys.exc_info())
    yield b"secret"


def header_value_number(environ, start_response):
    start_response("200 OK", [*NAMED, ("X-Count", 5)])
    return [b"secret"]


def header_name_bytes(environ, start_response):
    start_response("200 OK", [*NAMED, (b"X-Count", "5")])
    return [b"secret"]


def headers_dict(environ, start_response):
    start_response("200 OK", dict(NAMED))
    return [b"secret"]


def header_line_end(environ, start_response):
    start_response("200 OK", [*NAMED, ("X-Next", "a\r\nSet-Cookie: smuggled=1")])
    return [b"secret"]


def header_value_bytes(environ, start_response):
    start_response("200 OK", [*NAMED, ("X-Count", b"5")])
    return [b"secret"]


def header_value_none(environ, start_response):
    start_response("200 OK", [*NAMED, ("X-Count", None)])
    return [b"secret"]


def header_nul(environ, start_response):
    start_response("200 OK", [*NAMED, ("X-Next", "a\0b")])
    return [b"secret"]


def status_line_end(environ, start_response):
    start_response("200 OK\r\nSet-Cookie: smuggled=1", NAMED)
    return [b"secret"]


def status_nul(environ, start_response):
    start_response("200 O\0K", NAMED)
    return [b"secret"]


def hop_by_hop(environ, start_response):
    start_response("200 OK", [*NAMED, ("Keep-Alive", "timeout=5")])
    return [b"secret"]


def text_body(environ, start_response):
    start_response("200 OK", NAMED)
    return ["secret"]


def text_later(environ, start_response):
    start_response("200 OK", PLAIN)
    yield b"a"
    yield "secret"


def bare_bytes(environ, start_response):
    start_response("200 OK", NAMED)
    return b"secret"


def bare_text(environ, start_response):
    start_response("200 OK", NAMED)
    return "secret"


def raises_in_the_middle(environ, start_response):
    start_response("200 OK", PLAIN)
    yield b"a"
    raise ValueError("in the middle")


def too_long(environ, start_response):
    start_response("200 OK", [*PLAIN, ("Content-Length", "1")])
    yield b"a"
    yield b"secret"


def too_long_list(environ, start_response):
    start_response("200 OK", [*PLAIN, ("Content-Length", "1")])
    return [b"asecret"]


def too_short(environ, start_response):
    start_response("200 OK", [*PLAIN, ("Content-Length", "10")])
    yield b"a"


def too_short_list(environ, start_response):
    start_response("200 OK", [*PLAIN, ("Content-Length", "10")])
    return [b"a"]


def body_on_204(environ, start_response):
    start_response("204 No Content", [])
    return [b"secret"]


def body_on_304(environ, start_response):
    start_response("304 Not Modified", [])
    return iter([b"secret"])


def writes_on_204(environ, start_response):
    write = start_response("204 No Content", [])
    write(b"secret")
    write(b"secret")
    return [b"secret"]


def length_on_204(environ, start_response):
    start_response("204 No Content", [("Content-Length", "0")])
    return []


def empty_on_204(environ, start_response):
    start_response("204 No Content", [])
    return [b""]


def body(environ, start_response):
    start_response("200 OK", PLAIN)
    return [b"secret"]


def body_in_blocks(environ, start_response):
    start_response("200 OK", PLAIN)
    return iter([b"secret", b"secret"])


class WithoutClose:
    def __iter__(self):
        return iter([b"a", b"b"])


def without_close(environ, start_response):
    start_response("200 OK", PLAIN)
    return WithoutClose()


def file_past_length(environ, start_response):
    start_response("200 OK", [*PLAIN, ("Content-Length", "1")])
    return environ["wsgi.file_wrapper"](io.BytesIO(b"asecret"), 1)


def returns_none(environ, start_response):
    start_response("200 OK", PLAIN)


class CloseRaises:
    def __iter__(self):
        return iter([b"a"])

    def close(self):
        raise OSError("close failed")


def close_raises(environ, start_response):
    start_response("200 OK", PLAIN)
    return CloseRaises()


def system_exit(environ, start_response):
    start_response("200 OK", NAMED)
    sys.exit("leaving")


def keyboard_interrupt(environ, start_response):
    start_response("200 OK", NAMED)
    raise KeyboardInterrupt("pressed")


class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no text")


def error_without_text(environ, start_response):
    raise Mute


def error_with_odd_text(environ, start_response):
    raise ValueError("odd \ud800 \0 \x1b[31m\n[2020-01-01 00:00:00] [1] [INFO] faked")


_later = threading.Event()
_thread = None


def thread_outlives(environ, start_response):
    """Its thread waits for the request to be over, then writes."""
    global _thread
    write = start_response("200 OK", PLAIN)

    def late():
        _later.wait(10)
        try:
            write(b"late")
            note("late", "no error")
        except Exception as error:
            note("late", type(error).__name__)

    _thread = threading.Thread(target=late)
    _thread.start()
    return [b"a"]


def lets_thread_write(environ, start_response):
    start_response("200 OK", [*PLAIN, ("Content-Length", "2")])
    _later.set()
    _thread.join(10)
    yield b"ok"


def fork_child_leaves(environ, start_response):
    """As it should be: the child never comes back."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    start_response("200 OK", PLAIN)
    return [b"a"]


def fork_child_returns(environ, start_response):
    """The child comes back out of the application as if it were the worker."""
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
    start_response("200 OK", PLAIN)
    return [b"a" if pid else b"secret"]


def fork_child_exits(environ, start_response):
    pid = os.fork()
    if pid == 0:
        sys.exit(0)
    os.waitpid(pid, 0)
    start_response("200 OK", PLAIN)
    return [b"a"]


def fork_in_stream(environ, start_response):
    start_response("200 OK", PLAIN)
    yield b"a"
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
    else:
        yield b"secret" * 100000
    yield b"b"


def fork_in_close(environ, start_response):
    class Forks:
        def __iter__(self):
            return iter([b"a"])

        def close(self):
            pid = os.fork()
            if pid:
                os.waitpid(pid, 0)

    start_response("200 OK", PLAIN)
    return Forks()


application = by_path(globals())
