"""Reads wsgi.input as a script says (PEP 3333 "Input and Error Streams").

A script is a list of steps joined by commas: a method's letter and its argument.

    r      read()          r5  read(5)       rN  read(None)
    l      readline()      l5  readline(5)
    L      readlines()     L5  readlines(5)
    i      the rest by iteration             n   one next() of an iterator
"""

import hashlib
import io
from functools import lru_cache
from urllib.parse import parse_qs

from by_path import PLAIN, answer_json, by_path
from gate import Gate


def run_step(stream, step):
    method, argument = step[0], step[1:]
    arguments = () if not argument else (None,) if argument == "N" else (int(argument),)
    if method == "r":
        return stream.read(*arguments)
    if method == "l":
        return stream.readline(*arguments)
    if method == "L":
        return stream.readlines(*arguments)
    if method == "n":
        return next(iter(stream), b"")
    return list(stream)


def _shown(result):
    """As the test compares it; a wrong type shows itself."""
    if type(result) is list:
        return [_shown(line) for line in result]
    return result.decode("latin-1") if type(result) is bytes else repr(result)


def script(environ, start_response):
    """Runs the script of the query; the results as JSON."""
    steps = parse_qs(environ["QUERY_STRING"])["steps"][0].split(",")
    return answer_json(
        start_response, [_shown(run_step(environ["wsgi.input"], step)) for step in steps]
    )


def facts(environ, start_response):
    stream = environ["wsgi.input"]
    terminated = environ.get("wsgi.input_terminated", False)
    data = stream.read() if terminated else stream.read(int(environ.get("CONTENT_LENGTH") or 0))
    return answer_json(start_response, [bool(terminated), data.decode("latin-1")])


def digest(environ, start_response):
    """Reads all in the way the query says; size and SHA-256."""
    stream = environ["wsgi.input"]
    how, _, size = environ["QUERY_STRING"].partition("=")
    total, sha = 0, hashlib.sha256()

    def pieces():
        if how == "all":
            yield stream.read()
        elif how == "lines":
            yield from stream
        elif how == "readline":
            yield from iter(lambda: stream.readline(int(size)), b"")
        else:
            yield from iter(lambda: stream.read(int(size)), b"")

    for piece in pieces():
        total += len(piece)
        sha.update(piece)
    return answer_json(start_response, [total, sha.hexdigest()])


def unread(environ, start_response):
    start_response("200 OK", PLAIN)
    return [b"unread"]


def partly(environ, start_response):
    start_response("200 OK", PLAIN)
    return [environ["wsgi.input"].read(3)]


def interrupted(environ, start_response):
    """Tells the gate what reading a body gives whose client goes away."""
    gate = Gate(environ)
    gate.tell("called")
    try:
        environ["wsgi.input"].read()
        gate.tell("complete")
    except BaseException as error:
        gate.tell(
            "raised" if isinstance(error, OSError) else "raised another " + type(error).__name__
        )
        raise
    start_response("200 OK", PLAIN)
    return [b"complete"]


def answers_first(environ, start_response):
    """Begins its answer before it reads."""
    start_response("200 OK", PLAIN)
    yield b"early "
    yield str(len(environ["wsgi.input"].read())).encode()


def in_two_parts(environ, start_response):
    """Reads as much as the query says, tells the gate, then reads the rest."""
    query = parse_qs(environ["QUERY_STRING"])
    first = len(environ["wsgi.input"].read(int(query["first"][0])))
    Gate(environ).tell("read the first part")
    rest = len(environ["wsgi.input"].read())
    return answer_json(start_response, [first, rest])


@lru_cache(maxsize=4)
def made_body(seed, size):
    """The same bytes that body-maker.ts makes."""
    blocks = (hashlib.sha512(b"%d:%d" % (seed, i)).digest() for i in range(size // 64 + 1))
    return b"".join(blocks)[:size]


def model(environ, start_response):
    """Runs the script on wsgi.input and on an io.BytesIO of the same bytes; the first difference, or none."""
    query = parse_qs(environ["QUERY_STRING"])
    body = made_body(int(query["seed"][0]), int(query["size"][0]))
    reference = io.BytesIO(body)
    stream = environ["wsgi.input"]
    for step in query["steps"][0].split(","):
        got = run_step(stream, step)
        if step[0] == "L" and len(step) > 1:
            # PEP 3333: the hint may be taken or not. The lines must be whole and the next ones.
            joined = b"".join(got)
            expected = reference.read(len(joined))
            fits = joined == expected and all(line.endswith(b"\n") for line in got[:-1])
            if got and not got[-1].endswith(b"\n"):
                fits = fits and reference.tell() == len(body)
            if not got:
                fits = reference.tell() == len(body)
        else:
            expected = run_step(reference, step)
            fits = got == expected and type(got) is type(expected)
        if not fits:
            at = reference.tell()
            return answer_json(
                start_response,
                "%s, model at %d: %r..., not %r..." % (step, at, got[:40], expected[:40]),
            )
    return answer_json(start_response, "same")


application = by_path(globals())
