"""A greeting that is quick, and one that waits 50 ms first, as for a database."""

from time import sleep


def app(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        sleep(0.05)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "13")])
    return [b"Hello, world!"]
