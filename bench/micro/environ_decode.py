"""The environ of a request: the dictionary of a fragment that was seen before is copied; the plain twin makes it anew."""

from __future__ import annotations

from compare import compare
from plain import plain_environ
from wizgy_worker.environ import EnvironMaker

FRAGMENT = (
    b"1\0SERVER_PROTOCOL\0HTTP/1.1\0HTTP_HOST\0www.example.org:8000\0"
    b"HTTP_USER_AGENT\0Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\0"
    b"HTTP_ACCEPT\0text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\0"
    b"HTTP_ACCEPT_LANGUAGE\0en-US,en;q=0.5\0HTTP_ACCEPT_ENCODING\0gzip, deflate, br, zstd\0"
    b"HTTP_CONNECTION\0keep-alive\0HTTP_COOKIE\0session=0123456789abcdef0123456789abcdef; theme=dark\0"
    b"HTTP_CACHE_CONTROL\0max-age=0"
)
SLOTS = b"GET\0/shop/items/7\0page=2\0/shop/items/7?page=2\x00127.0.0.1\x0050000"
CONSTANTS = (
    b"SERVER_SOFTWARE\0wizgy\0GATEWAY_INTERFACE\0CGI/1.1\0SERVER_NAME\0localhost\0SERVER_PORT\x008000\0"
    b"SCRIPT_NAME\0\0wsgi.url_scheme\0http"
)
ALWAYS = {"wsgi.version": (1, 0), "wsgi.multithread": False, "wsgi.errors": None}

maker = EnvironMaker(ALWAYS)
maker.add_constants(1, CONSTANTS)


def remembered(count: int) -> None:
    for _ in range(count):
        # The worker cuts it out of what it has received: the bytes are never the same object.
        maker.make(FRAGMENT[:300] + FRAGMENT[300:], SLOTS, False)


def plain(count: int) -> None:
    for _ in range(count):
        plain_environ(ALWAYS, {"1": CONSTANTS}, FRAGMENT[:300] + FRAGMENT[300:], SLOTS, False)


compare(
    "environ decode: nine field lines",
    5_000,
    [("fragment remembered", remembered), ("plain", plain)],
)
