"""Each greeting waits 10 ms first, as for a service elsewhere."""

from time import sleep


def app(environ, start_response):
    sleep(0.01)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "13")])
    return [b"Hello, world!"]
