"""A page that is made block by block, its length not known before."""

BLOCK = b"0123456789" * 10


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    for _ in range(100):
        yield BLOCK
