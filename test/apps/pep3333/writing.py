"""Uses of write() (PEP 3333 "The write() Callable")."""

from by_path import PLAIN, answer_json, by_path, note
from gate import Gate

_kept = []


def held(environ, start_response):
    write = start_response("200 OK", PLAIN)
    gate = Gate(environ)
    write(b"a")
    gate.wait("written")
    return [b"b"]


def before_iterable(environ, start_response):
    write = start_response("200 OK", PLAIN)
    write(b"1")
    return [b"2"]


def alone(environ, start_response):
    write = start_response("200 OK", PLAIN)
    write(b"x")
    return []


def wrong_type(environ, start_response):
    write = start_response("200 OK", PLAIN)
    for value in ("str", 5, None):
        try:
            write(value)
            note("wrong_type", "no error")
        except TypeError:
            note("wrong_type", "TypeError")
    return [b"ok"]


def empty(environ, start_response):
    write = start_response("200 OK", PLAIN)
    write(b"")
    return [b"ok"]


def past_length(environ, start_response):
    write = start_response("200 OK", [*PLAIN, ("Content-Length", "5")])
    write(b"123")
    try:
        write(b"45678")
        note("past_length", "no error")
    except Exception as error:
        note("past_length", type(error).__name__)
    return []


def keeps(environ, start_response):
    _kept.append(start_response("200 OK", PLAIN))
    return [b"first"]


def uses_kept(environ, start_response):
    raised = None
    try:
        _kept.pop()(b"late")
    except Exception as error:
        raised = type(error).__name__
    return answer_json(start_response, raised)


def head(environ, start_response):
    write = start_response("200 OK", PLAIN)
    write(b"secret")
    return [b"secret"]


application = by_path(globals())
