"""Status and headers of an answer: whole heads that repeat, pairs that repeat, and everything anew."""

from __future__ import annotations

from compare import compare
from plain import plain_head
from wizgy_worker.head import encode_head

STATIC = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("X-Frame-Options", "DENY"),
    ("Vary", "Cookie"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
]
# Equal, but not the same objects, as an application makes them for each request.
SAME = [[*STATIC, ("Content-Length", "200")] for _ in range(64)]
# Each length is another one, so no whole head repeats.
LENGTHS = [[*STATIC, ("Content-Length", str(1000 + i))] for i in range(5_000)]


def encode(encoder, heads):
    def run(count: int) -> None:
        for i in range(count):
            encoder("200 OK", heads[i % len(heads)])

    return run


compare(
    "response head: six fields and Content-Length, the same head again",
    5_000,
    [("whole head remembered", encode(encode_head, SAME)), ("plain", encode(plain_head, SAME))],
)
compare(
    "response head: the same fields, another Content-Length each time",
    5_000,
    [("pairs remembered", encode(encode_head, LENGTHS)), ("plain", encode(plain_head, LENGTHS))],
)
