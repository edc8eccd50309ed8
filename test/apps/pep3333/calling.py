"""How the application is called (PEP 3333 "Specification Overview", "Specification Details")."""

from by_path import PLAIN, by_path

_calls = 0


def count(environ, start_response):
    global _calls
    _calls += 1
    start_response("200 OK", PLAIN)
    return [str(_calls).encode()]


def environ_type(environ, start_response):
    start_response("200 OK", PLAIN)
    return [str(type(environ) is dict).encode()]


def clears_environ(environ, start_response):
    environ.pop("wsgi.input")
    environ.clear()
    environ["x"] = object()
    start_response("200 OK", PLAIN)
    return [b"ok"]


def leaks(environ, start_response):
    leaked = "leak" in environ
    environ["leak"] = environ["HTTP_HOST"] = 1
    start_response("200 OK", PLAIN)
    return [str(leaked).encode()]


def two_arguments(environ, start_response):
    start_response("200 OK", PLAIN)
    return [b"ok"]


def three_arguments(environ, start_response):
    start_response("200 OK", PLAIN, None)
    return [b"ok"]


def uses_write(environ, start_response):
    write = start_response("200 OK", PLAIN)
    write(b"a")
    return []


def generator(environ, start_response):
    start_response("200 OK", PLAIN)
    yield b"late"


class LateIterable:
    def __init__(self, start_response):
        self.start_response = start_response

    def __iter__(self):
        self.start_response("200 OK", PLAIN)
        return iter([b"late"])


def late_iter(environ, start_response):
    return LateIterable(start_response)


def never_starts(environ, start_response):
    return [b"secret"]


def never_starts_empty(environ, start_response):
    return []


def returns_none(environ, start_response):
    return None


def returns_number(environ, start_response):
    start_response("200 OK", [*PLAIN, ("X-App", "1")])
    return 5


application = by_path(globals())
