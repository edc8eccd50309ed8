"""A 10 KiB answer in one block: shows what copying a body costs."""

BODY = b"0123456789abcdef" * 640


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "10240")])
    return [BODY]
