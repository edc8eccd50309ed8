"""WSGI by hand: a function that takes the environ and start_response.

Run it: npx wizgy examples/callable/app.py
"""

from html import escape
from urllib.parse import parse_qs


def utf8(text):
    """WSGI strings hold one byte in each character (PEP 3333, Unicode Issues)."""
    return text.encode("latin-1").decode("utf-8", "replace")


def app(environ, start_response):
    path = utf8(environ["PATH_INFO"])
    if path == "/":
        status, text = "200 OK", "<h1>Hello, world</h1><p><a href='/stream'>Stream</a>"
    elif path.startswith("/hello/"):
        query = parse_qs(environ["QUERY_STRING"])
        greeting = query.get("greeting", ["Hello"])[0]
        status, text = "200 OK", f"{escape(greeting)}, {escape(path[len('/hello/') :])}!"
    elif path == "/form" and environ["REQUEST_METHOD"] == "POST":
        size = int(environ.get("CONTENT_LENGTH") or 0)
        fields = parse_qs(environ["wsgi.input"].read(size).decode())
        status, text = "200 OK", f"Thank you, {escape(fields.get('name', ['stranger'])[0])}."
    elif path == "/stream":
        start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
        return count()
    else:
        status, text = "404 Not Found", f"Nothing at {escape(path)}."
    body = text.encode()
    start_response(
        status,
        [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))],
    )
    return [body]


def count():
    for number in range(1, 4):
        yield f"{number}\n".encode()
