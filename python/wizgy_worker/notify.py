"""Tells systemd about the server: each text on standard input leaves as one datagram (sd_notify(3)).

The front starts it where NOTIFY_SOCKET is set, because Node.js has no Unix datagram sockets. Argument: that socket, a path,
or a name in the abstract namespace with an @ in front. A text ends with a NUL. The end of standard input is the end of
the front, and of this process; signals that are meant for the whole service are not for it.
"""

import os
import signal
import socket
import sys


def main() -> int:
    name = sys.argv[1]
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    address = "\0" + name[1:] if name.startswith("@") else name
    pending = b""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        while True:
            data = os.read(0, 65536)
            if not data:
                return 0
            *texts, pending = (pending + data).split(b"\0")
            for text in texts:
                try:
                    sender.sendto(text, address)
                except OSError as error:
                    sys.stderr.write("wizgy: NOTIFY_SOCKET %s: %s\n" % (name, error))
                    return 1


if __name__ == "__main__":
    sys.exit(main())
