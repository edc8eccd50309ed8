"""The nursery: one process per application that forks its workers and tells the front what became of them.

It talks with the front over one socket (file descriptor 3), in lines of words:

    front -> nursery   fork WORKER SHARED      make a worker with this number; SHARED is 1 when it is one of several, else 0
                       signal PID NUMBER       send a signal to one of its workers
                       look PID                how far is one of its workers?
                       adopt PID               a worker of an earlier nursery: end it, too, when the front goes
                       release PID             the worker has ended and the front knows: let go of its link
                       want COUNT              for hooks: so many workers are wanted from now on
                       alone                   for hooks: the processes of the state before a reload are gone
                       last                    for hooks: the server ends, too
                       leave                   the next end of the socket is wanted: other nurseries of the front go on
    nursery -> front   up PID PYTHON           the nursery is ready
                       forked WORKER PID
                       started PID NUMBER      the highest request that the worker has started, from its ledger
                       unloadable KIND MESSAGE TRACEBACK        the application can't be loaded before the fork; each in hex
                       exit WORKER PID STATUS STARTED ORIGIN OUTBOX    STATUS is the exit code or -SIGNAL; OUTBOX in hex

The end of that socket means that the front has gone: the nursery ends all workers, and then itself. It holds no client
connection and runs no request, so that it stays small and can't hang.

It connects each worker's link before the fork and keeps it open until the front releases it. So the death of a worker
alone never ends a link: a front that wrote to it in that moment would get an error, and lose what it had not yet read.
"""

from __future__ import annotations

import binascii
import os
import signal
import socket
import sys
import time
from functools import partial

# By name, from before gevent puts its own in their place: the nursery is no program of gevent's.
from os import fork, waitpid
from select import select
from signal import signal as on_signal
from typing import TYPE_CHECKING

from .farewell import remove_link_directory
from .ledger import Ledger
from .link import connect_link
from .preload import preload, tell_unloadable
from .worker import EXIT_CANNOT_BOOT, EXIT_CANNOT_LOAD, Plan, describe_python, run_worker

if TYPE_CHECKING:
    from .hooks import Hooks

CONTROL_FD = 3
# Where the front says which hooks there are; they are loaded only then.
HOOKS_VARIABLE = "WIZGY_HOOKS"
# After the front has gone: workers that finish within this time do so in order, the others are killed.
ORPHAN_SECONDS = 2.0


class Nursery:
    def __init__(self, plan: Plan, control: socket.socket, hooks: Hooks | None) -> None:
        self._plan = plan
        self._control = control
        self._workers: dict[int, tuple[int, Ledger]] = {}
        self._links: dict[int, socket.socket] = {}
        self._adopted: set[int] = set()
        self._ledgers: list[Ledger] = []  # free ones, used again
        self._pending = b""
        self._front_goes_on = False
        self._server_ends = False
        self._hooks = hooks
        self._wake_read, self._wake_write = os.pipe()
        for fd in (self._wake_read, self._wake_write):
            os.set_blocking(fd, False)

    def run(self) -> int:
        """Serves the front until it goes. Returns twice: in the nursery, and in each forked worker, the exit status."""
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        on_signal(signal.SIGCHLD, _ignore)
        on_signal(signal.SIGINT, signal.SIG_IGN)
        on_signal(signal.SIGTERM, signal.SIG_IGN)
        self._say("up %d %s" % (os.getpid(), describe_python()))
        while True:
            select([self._control.fileno(), self._wake_read], [], [])
            self._drain_wakeups()
            self._reap()
            try:
                data = self._control.recv(65536, socket.MSG_DONTWAIT)
            except BlockingIOError:
                continue
            except ConnectionError:
                data = b""
            if not data:
                return self._front_has_gone()
            *lines, self._pending = (self._pending + data).split(b"\n")
            for line in lines:
                status = self._obey(line.decode("latin-1").split(" "))
                if status is not None:
                    return status

    def _obey(self, words: list[str]) -> int | None:
        verb = words[0]
        if verb == "fork":
            return self._fork(int(words[1]), words[2] == "1")
        if verb == "signal":
            pid = int(words[1])
            if pid in self._workers:  # Not reaped yet, so the number still means this process.
                os.kill(pid, int(words[2]))
        elif verb == "leave":
            self._front_goes_on = True
        elif verb == "last":
            self._server_ends = True
        elif verb == "want":
            if self._hooks is not None:
                self._hooks.wanted(int(words[1]))
        elif verb == "alone":
            if self._hooks is not None:
                self._hooks.alone()
        elif verb == "look":
            entry = self._workers.get(int(words[1]))
            if entry is not None:
                self._say("started %s %d" % (words[1], entry[1].started()))
        elif verb == "adopt":
            self._adopted.add(int(words[1]))
        elif verb == "release":
            pid = int(words[1])
            self._adopted.discard(pid)
            link = self._links.pop(pid, None)
            if link is not None:
                link.close()
        return None

    def _fork(self, worker: int, shared: bool) -> int | None:
        link = connect_link(self._plan.link_path)
        if link is None:
            return self._no_link()
        ledger = self._ledgers.pop() if self._ledgers else Ledger(self._plan.threads)
        sys.stdout.flush()
        sys.stderr.flush()
        nursery = os.getpid()
        hooks = self._hooks
        hooked = None if hooks is None else hooks.before_fork()
        pid = fork()
        if pid:
            self._workers[pid] = (worker, ledger)
            self._links[pid] = link
            if hooks is not None and hooked is not None:
                hooks.forked(hooked, pid)
            self._say("forked %d %d" % (worker, pid))
            return None
        self._become_worker()
        if hooks is None or hooked is None:
            return run_worker(self._plan, ledger, link, nursery, shared)
        hooks.in_worker(hooked)
        self._plan.hook = partial(hooks.loaded, hooked)
        self._plan.on_timeout = partial(hooks.aborting, hooked)
        try:
            return run_worker(self._plan, ledger, link, nursery, shared)
        finally:
            hooks.worker_leaves(hooked)

    def _no_link(self) -> int | None:
        try:
            if not self._control.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK):
                return None  # The front has gone; the next read says so.
        except BlockingIOError:
            pass
        except ConnectionError:
            return None
        # Workers that serve go on, and the next nursery adopts them.
        sys.stderr.write(
            "wizgy_worker can't connect to %s: has someone removed it?\n" % self._plan.link_path
        )
        return EXIT_CANNOT_BOOT

    def _become_worker(self) -> None:
        signal.set_wakeup_fd(-1)
        for signum in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
            on_signal(signum, signal.SIG_DFL)
        self._control.close()
        for other in self._links.values():
            other.close()
        os.close(self._wake_read)
        os.close(self._wake_write)
        if self._plan.greenlets:
            from .green_crew import renew

            renew()

    def _reap(self) -> None:
        while True:
            try:
                pid, raw = waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            entry = self._workers.pop(pid, None)
            if entry is None:
                continue  # Not one of ours: as the first process of a container it may inherit others.
            worker, ledger = entry
            status = -os.WTERMSIG(raw) if os.WIFSIGNALED(raw) else os.WEXITSTATUS(raw)
            started, origin, outbox = ledger.report()
            self._say(
                "exit %d %d %d %d %d %s"
                % (worker, pid, status, started, origin, binascii.hexlify(outbox).decode("ascii"))
            )
            if self._hooks is not None:
                self._hooks.worker_ended(pid)
            ledger.reset()
            self._ledgers.append(ledger)

    def _say(self, line: str) -> None:
        try:
            self._control.sendall(line.encode("latin-1", "replace") + b"\n")
        except OSError:
            pass  # The front has gone; the next read says so.

    def _drain_wakeups(self) -> None:
        try:
            os.read(self._wake_read, 4096)
        except BlockingIOError:
            pass

    def _front_has_gone(self) -> int:
        """No worker outlives its front (wire §1.2): first a friendly word, then KILL."""
        self._signal_all(signal.SIGTERM)
        deadline = time.monotonic() + ORPHAN_SECONDS
        while self._workers and time.monotonic() < deadline:
            select([self._wake_read], [], [], 0.1)
            self._drain_wakeups()
            self._reap()
        self._signal_all(signal.SIGKILL)
        for pid in list(self._workers):
            waitpid(pid, 0)
        if not self._front_goes_on:
            remove_link_directory(self._plan.link_path)
        if self._hooks is not None and self._server_ends:
            self._hooks.ending()
        return 0

    def _signal_all(self, signum: int) -> None:
        for pid in [*self._workers, *self._adopted]:
            try:
                os.kill(pid, signum)
            except ProcessLookupError:
                pass


def run_nursery(plan: Plan, preloads: bool) -> int:
    """The nursery's whole life, and each worker's: returns the exit status of the process it is called in."""
    try:
        control = socket.socket(fileno=CONTROL_FD)
    except OSError:
        sys.stderr.write("wizgy_worker is started by wizgy itself: run `wizgy module:callable`\n")
        return EXIT_CANNOT_BOOT
    control.set_inheritable(False)
    control.setblocking(True)
    # Ctrl-C in a terminal goes to a process group; what it means for the workers is the front's decision.
    os.setpgid(0, 0)
    with control:
        return _live(plan, control, preloads)


def _live(plan: Plan, control: socket.socket, preloads: bool) -> int:
    hooks = None
    value = os.environ.pop(HOOKS_VARIABLE, "")
    if value != "":
        from .hooks import load_hooks

        hooks = load_hooks(value)
    if plan.greenlets and not _become_green(control):
        return EXIT_CANNOT_LOAD
    if hooks is not None:
        hooks.starting()
    if preloads:
        plan.loaded = preload(plan.application, plan.link_path, control)
        if plan.loaded is None:
            return EXIT_CANNOT_LOAD
    if hooks is not None:
        hooks.ready()
    return Nursery(plan, control, hooks).run()


def _become_green(control: socket.socket) -> bool:
    """--worker-class gevent. False: there is none, and the front has been told."""
    try:
        from .green_crew import patch

        patch()
        return True
    except ImportError as error:
        what = "needs gevent, which %s can't import (%s)" % (sys.executable, error)
        remedy = "Install it where the application's other packages are: pip install gevent"
        tell_unloadable(control, "missing-module", "--worker-class gevent %s. %s" % (what, remedy))
        return False


def _ignore(signum: int, frame: object) -> None:
    """The wake-up descriptor does the work."""
