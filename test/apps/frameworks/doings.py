"""What the applications of this folder have in common: the file they hand out and the blocks they stream.

The contract that they all keep is test/frameworks/contract.ts. They run with two threads in one process, so that
one request can open the gate for which another one waits.
"""

import hashlib
import os
import threading

folder = os.environ["FRAMEWORKS_FOLDER"]
download = os.path.join(folder, "download.bin")

gate = threading.Event()


def gated():
    """A block at once, the next one only when a request to /open has been answered."""
    gate.clear()
    yield b"first\n"
    yield b"second\n" if gate.wait(20) else b"nobody came\n"


def broken():
    """One block, then a fault."""
    yield b"first\n"
    raise RuntimeError("raised late, on purpose")


def received(note, name, content):
    """What an application tells of an upload."""
    return {
        "note": note,
        "name": name,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
