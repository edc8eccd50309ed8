"""For the golden conversations that need an application: /answers/NAME is one of those below, all else its environ."""

from environment import app as environ_as_json

PLAIN = [("Content-Type", "text/plain")]

#: Status, fields and body of what an application may try.
ANSWERS = {
    "good": ("200 OK", [], [b"good"]),
    "status-crlf": ("200 OK\r\nX-Smuggled: 1", [], [b"secret"]),
    "status-lf": ("200 O\nK", [], [b"secret"]),
    "status-cr": ("200 O\rK", [], [b"secret"]),
    "name-crlf": ("200 OK", [("X-A\r\nX-Smuggled", "1")], [b"secret"]),
    "name-colon": ("200 OK", [("X-A:", "1")], [b"secret"]),
    "name-space": ("200 OK", [("X A", "1")], [b"secret"]),
    "name-empty": ("200 OK", [("", "1")], [b"secret"]),
    "value-crlf": ("200 OK", [("X-A", "1\r\nX-Smuggled: 1")], [b"secret"]),
    "value-cr": ("200 OK", [("X-A", "1\r2")], [b"secret"]),
    "value-lf": ("200 OK", [("X-A", "1\n2")], [b"secret"]),
    "value-folded": ("200 OK", [("X-A", "1\r\n 2")], [b"secret"]),
    "value-nul": ("200 OK", [("X-A", "1\0")], [b"secret"]),
    "transfer-encoding": ("200 OK", [("Transfer-Encoding", "chunked")], [b"0\r\n\r\n"]),
    "connection": ("200 OK", [("Connection", "keep-alive")], [b"secret"]),
    "length-negative": ("200 OK", [("Content-Length", "-1")], [b"secret"]),
    "length-twice": ("200 OK", [("Content-Length", "6"), ("Content-Length", "5")], [b"secret"]),
    "short": ("200 OK", [("Content-Length", "9")], [b"secret"]),
    "long": ("200 OK", [("Content-Length", "4")], [b"goodHTTP/1.1 200 OK\r\n\r\n"]),
    "204": ("204 No Content", [], [b"secret"]),
    "304": ("304 Not Modified", [("Content-Length", "6")], [b"secret"]),
    "100": ("100 Continue", [], [b"secret"]),
    "101": ("101 Switching Protocols", [], [b"secret"]),
    "199": ("199 Early", [], [b"secret"]),
    "0200": ("0200 OK", [], [b"secret"]),
    "1000": ("1000 OK", [], [b"secret"]),
}


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if not path.startswith("/answers/"):
        return environ_as_json(environ, start_response)
    if path == "/answers/raises":
        raise ValueError("secret")
    if path == "/answers/raises-later":
        return raises_later(start_response)
    status, fields, body = ANSWERS[path[len("/answers/") :]]
    start_response(status, PLAIN + fields)
    return body


def raises_later(start_response):
    start_response("200 OK", PLAIN)
    yield b"begun"
    raise ValueError("secret")
