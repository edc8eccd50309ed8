"""Reads the body, whichever way it is framed, and greets."""


def app(environ, start_response):
    if environ["REQUEST_METHOD"] == "POST":
        body = environ["wsgi.input"]
        length = environ.get("CONTENT_LENGTH")
        got = len(body.read(int(length)) if length else body.read())
        if got != 1024:
            start_response("400 Bad Request", [("Content-Length", "0")])
            return []
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "13")])
    return [b"Hello, world!"]
