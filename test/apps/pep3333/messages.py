"""Uses of wsgi.errors (PEP 3333 "Input and Error Streams")."""

import logging
import sys

from by_path import PLAIN, by_path
from gate import Gate


def writes(environ, start_response):
    errors = environ["wsgi.errors"]
    errors.write("written one\n")
    errors.writelines(["written two\n", "written three\n"])
    errors.flush()
    start_response("200 OK", PLAIN)
    return [b"ok"]


def any_text(environ, start_response):
    errors = environ["wsgi.errors"]
    for text in ("\u20ac", "\U0001f600", "\ud800", "\0", "", "\r"):
        errors.write("text <%s> written\n" % text)
    errors.flush()
    start_response("200 OK", PLAIN)
    return [b"ok"]


def flushes(environ, start_response):
    environ["wsgi.errors"].write("flushed without a line end")
    environ["wsgi.errors"].flush()
    Gate(environ).wait("flushed")
    environ["wsgi.errors"].write("\n")
    start_response("200 OK", PLAIN)
    return [b"ok"]


def prints(environ, start_response):
    print("printed", 1, 2, file=environ["wsgi.errors"])
    handler = logging.StreamHandler(environ["wsgi.errors"])
    logger = logging.Logger("messages")
    logger.addHandler(handler)
    logger.warning("logged %s", "so")
    sys.stderr.write("to standard error\n")
    sys.stderr.flush()
    start_response("200 OK", PLAIN)
    return [b"ok"]


def many_lines(environ, start_response):
    """200 lines of 500 times one letter."""
    letter = environ["QUERY_STRING"]
    errors = environ["wsgi.errors"]
    for _ in range(200):
        print(letter * 500, file=errors)
    print("all of", letter, file=errors)
    errors.flush()
    start_response("200 OK", PLAIN)
    return [b"ok"]


application = by_path(globals())
