"""Computes for about 5 ms of CPU time, as a page that does real work would."""

from time import thread_time

SECONDS = 0.005


def app(environ, start_response):
    end = thread_time() + SECONDS
    while thread_time() < end:
        sum(range(1000))
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "13")])
    return [b"Hello, world!"]
