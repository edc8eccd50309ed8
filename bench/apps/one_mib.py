"""A 1 MiB answer in one block."""

BODY = b"0123456789abcdef" * 65536


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "1048576")])
    return [BODY]
