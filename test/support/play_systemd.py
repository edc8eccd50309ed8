"""Plays systemd for a test: makes sockets, starts a service with them, hears what it tells.

Argument: JSON with `sockets` (objects with `name` and `kind`: tcp, unix or datagram), `folder`, `command`, `env`,
`passes_pid` (false: LISTEN_PID is another's), `watchdog_usec` and `abstract`. On standard output, one JSON object a
line: the addresses of the sockets and the process, then each message with the process that sent it. The service is
ended when standard input ends.
"""

import ctypes
import json
import os
import select
import signal
import socket
import struct
import sys

plan = json.loads(sys.argv[1])
FIRST_FD = 3


def say(**values):
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


def make(kind, number):
    if kind == "tcp":
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("127.0.0.1", 0))
        made.listen(64)
        return made, made.getsockname()[1]
    path = os.path.join(plan["folder"], "passed-%d.sock" % number)
    made = socket.socket(
        socket.AF_UNIX, socket.SOCK_DGRAM if kind == "datagram" else socket.SOCK_STREAM
    )
    made.bind(path)
    if kind == "unix":
        made.listen(64)
    return made, path


notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
notify_path = os.path.join(plan["folder"], "notify")
if plan.get("abstract"):
    notify.bind("\0wizgy-test-%d" % os.getpid())
    notify_name = "@wizgy-test-%d" % os.getpid()
else:
    notify.bind(notify_path)
    notify_name = notify_path

made = [make(wanted["kind"], number) for number, wanted in enumerate(plan["sockets"])]


def start():
    """In the child: the descriptors from 3 on, and nothing else."""
    # Where the test is killed the service does not stay.
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    descriptors = [os.dup(each.fileno()) for each, _ in made]
    high = [os.dup2(fd, 100 + index) for index, fd in enumerate(descriptors)]
    os.closerange(FIRST_FD, 100)
    for index, fd in enumerate(high):
        os.dup2(fd, FIRST_FD + index)
    os.closerange(100, 200)
    env = {**os.environ, **plan.get("env", {}), "NOTIFY_SOCKET": notify_name}
    if made:
        env["LISTEN_FDS"] = str(len(made))
        env["LISTEN_PID"] = str(os.getpid() if plan.get("passes_pid", True) else os.getppid())
        names = [wanted.get("name") for wanted in plan["sockets"]]
        if all(names):
            env["LISTEN_FDNAMES"] = ":".join(names)
    if plan.get("watchdog_usec"):
        env["WATCHDOG_USEC"] = str(plan["watchdog_usec"])
        env["WATCHDOG_PID"] = str(os.getpid())
    os.dup2(2, 1)
    os.execvpe(plan["command"][0], plan["command"], env)


pid = os.fork()
if pid == 0:
    start()
say(pid=pid, addresses=[where for _, where in made])
service = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
watched = [notify, sys.stdin] + ([service] if service is not None else [])
while True:
    ready, _, _ = select.select(watched, [], [], 0.2)
    if notify in ready:
        data, ancillary, _, _ = notify.recvmsg(65536, socket.CMSG_SPACE(12))
        sender = next(
            struct.unpack("3i", value)[0]
            for level, kind, value in ancillary
            if level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS
        )
        say(sender=sender, message=data.decode())
    if sys.stdin in ready and not sys.stdin.buffer.read1(1):
        break
    if service is None or service in ready:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            say(ended=os.waitstatus_to_exitcode(status))
            if service is not None:
                watched.remove(service)
                service = -1
