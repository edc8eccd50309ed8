"""An application for the tests of abuse: what life.py does, and what is worth abusing.

It notes what it does as life.py does, and its boots. Its process ends while it is imported if the file $SLOW_FILE.boot is there.
"""

import os
import time
from urllib.parse import parse_qs

from life import answer, do_work, note

note("boot")
if os.path.exists(os.environ["SLOW_FILE"] + ".boot"):
    os._exit(5)

MIB = b"%063d\n" % 0 * 16384


def application(environ, start_response):
    query = parse_qs(environ["QUERY_STRING"])
    identity = query.get("id", [""])[0]
    behaviour = globals()["do" + environ["PATH_INFO"].replace("/", "_").replace("-", "_")]
    return behaviour(environ, start_response, identity, query)


def do_hello(environ, start_response, identity, query):
    return answer(start_response, "hello")


def do_hold(environ, start_response, identity, query):
    """Keeps its slot until the file that the tests make is there."""
    note(identity)
    while not os.path.exists(os.environ["SLOW_FILE"]):
        time.sleep(0.01)
    note("held " + identity)
    return answer(start_response, identity)


def do_echo(environ, start_response, identity, query):
    return do_work(environ, start_response, identity, 0)


def do_input(environ, start_response, identity, query):
    """What the body comes in."""
    return answer(start_response, type(environ["wsgi.input"]).__name__)


def do_exit(environ, start_response, identity, query):
    os._exit(7)


def do_megabytes(environ, start_response, identity, query):
    """So many of them, one by one."""
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    try:
        for _ in range(int(query["count"][0])):
            yield MIB
    finally:
        note("closed " + identity)


def do_whole(environ, start_response, identity, query):
    """So many of them, in one piece."""
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return [MIB * int(query["count"][0])]
