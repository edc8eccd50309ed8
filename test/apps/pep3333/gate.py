"""The application's end of a gate: how it tells its test where it is, and waits for it (test/pep3333/gate.ts)."""

import socket
from urllib.parse import parse_qs

BOUND_SECONDS = 10


class Gate:
    """Found by the `gate` parameter of the query."""

    def __init__(self, environ):
        port = int(parse_qs(environ["QUERY_STRING"])["gate"][0])
        self._socket = socket.create_connection(("127.0.0.1", port), BOUND_SECONDS)

    def tell(self, word):
        self._socket.sendall(word.encode() + b"\n")

    def wait(self, word):
        """Says the word and waits until the test lets it go on."""
        self.tell(word)
        if not self._socket.recv(16):
            raise RuntimeError("the test has gone")
