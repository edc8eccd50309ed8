"""The hooks of a configuration file of gunicorn, each run in the process where gunicorn runs it.

The nursery stands for gunicorn's main process: it evaluates the file once, before the first fork, so that workers
inherit what the file has made. Nothing of this is loaded where there is no such file.
"""

from __future__ import annotations

import _thread
import inspect
import json
import os
import signal
import sys
import time
import traceback
from types import SimpleNamespace
from typing import Any, Callable

from .gunicorn_config import load_config, print_exception
from .hooked_application import HookedApplication

LEVELS = ("debug", "info", "warning", "error", "critical")


class HookLog:
    """`server.log` and `worker.log`: lines like those of the error log."""

    def __init__(self, level: str) -> None:
        self._least = LEVELS.index(level) if level in LEVELS else 1

    def log(self, level: str, message: object, *args: object) -> None:
        if LEVELS.index(level) < self._least:
            return
        text = str(message) % args if args else str(message)
        now = time.strftime("%Y-%m-%d %H:%M:%S %z")
        sys.stderr.write("[%s] [%d] [%s] %s\n" % (now, os.getpid(), level.upper(), text))
        sys.stderr.flush()

    def debug(self, message: object, *args: object, **_: object) -> None:
        self.log("debug", message, *args)

    def info(self, message: object, *args: object, **_: object) -> None:
        self.log("info", message, *args)

    def warning(self, message: object, *args: object, **_: object) -> None:
        self.log("warning", message, *args)

    def error(self, message: object, *args: object, **_: object) -> None:
        self.log("error", message, *args)

    def critical(self, message: object, *args: object, **_: object) -> None:
        self.log("critical", message, *args)

    def exception(self, message: object, *args: object, **_: object) -> None:
        text = str(message) % args if args else str(message)
        self.log("error", "%s", text + "\n" + traceback.format_exc().rstrip())


class HookServer:
    """What hooks get as `server`. `pid` is the front's: the process that takes signals."""

    def __init__(self, cfg: SimpleNamespace, log: HookLog, address: list[Any]) -> None:
        self.pid = os.getppid()
        self.cfg = cfg
        self.log = log
        self.address = address
        self.num_workers: int = cfg.workers


class HookWorker:
    """What hooks get as `worker`. `age` counts the forks; `nr` the requests, in the worker itself."""

    _alive = True

    def __init__(self, age: int, server: HookServer) -> None:
        self.age = age
        self.pid: int | str = "[booting]"
        self.ppid = os.getpid()
        self.cfg = server.cfg
        self.log = server.log
        self.nr = 0
        self.wsgi: Callable[..., Any] | None = None

    @property
    def alive(self) -> bool:
        return self._alive

    @alive.setter
    def alive(self, value: bool) -> None:
        """False: the worker finishes what it runs and leaves, and another one takes its place."""
        if self._alive and not value and self.pid == os.getpid():
            os.kill(os.getpid(), signal.SIGTERM)
        self._alive = bool(value)


class Hooks:
    """The functions of one file. Each method is a moment in the life of the server.

    A reload makes a new process that stands for gunicorn's main one. What a server does once, when it starts and when
    it ends, is not done for it. But when_ready is called there, too, when the process before it has gone: what it has
    started, such as a thread that listens, has gone with it.
    """

    def __init__(self, config: dict[str, Any], about: dict[str, Any]) -> None:
        self._functions = {name: value for name, value in config.items() if callable(value)}
        settings = {name: config[name] for name in config if not name.startswith("_")}
        # What counts is what came of the file, the command line and the environment together.
        settings.update(about["settings"])
        address = [item if isinstance(item, str) else tuple(item) for item in about["address"]]
        log = HookLog(settings["loglevel"])
        self.server = HookServer(SimpleNamespace(**settings), log, address)
        self._is_reload: bool = about["isReload"]
        self._forks = 0
        self._by_pid: dict[int, HookWorker] = {}

    def starting(self) -> None:
        self._call("nworkers_changed", self.server, self.server.num_workers, None)
        self._call("on_reload" if self._is_reload else "on_starting", self.server)

    def ready(self) -> None:
        """The next thing is the first fork."""
        if not self._is_reload:
            self._call("when_ready", self.server)

    def alone(self) -> None:
        """The processes from before the reload have gone."""
        self._call_safely("when_ready", self.server)

    def wanted(self, workers: int) -> None:
        old, self.server.num_workers = self.server.num_workers, workers
        self._call_safely("nworkers_changed", self.server, workers, old)

    def before_fork(self) -> HookWorker:
        self._forks += 1
        worker = HookWorker(self._forks, self.server)
        self._call("pre_fork", self.server, worker)
        return worker

    def forked(self, worker: HookWorker, pid: int) -> None:
        """In the nursery."""
        worker.pid = pid
        self._by_pid[pid] = worker

    def in_worker(self, worker: HookWorker) -> None:
        worker.pid = os.getpid()
        self._by_pid.clear()
        self._call("post_fork", self.server, worker)

    def loaded(self, worker: HookWorker, application: Callable[..., Any]) -> Callable[..., Any]:
        """The application as it is to be called from now on."""
        worker.wsgi = application
        self._call("post_worker_init", worker)
        before = self._functions.get("pre_request")
        after = self._functions.get("post_request")
        if before is None and after is None:
            return application
        return HookedApplication(application, worker, before, _with_four(after))

    def aborting(self, worker: HookWorker, end: Callable[[Any], None]) -> Callable[[Any], None]:
        """`end`, which ends a request that takes too long, with the hook before it."""
        if "worker_abort" not in self._functions:
            return end

        def tell_and_end(exchange: Any) -> None:
            # In a thread of its own, as `end` does it: this one has to go on reading.
            _thread.start_new_thread(self._call_safely, ("worker_abort", worker))
            end(exchange)

        return tell_and_end

    def worker_leaves(self, worker: HookWorker) -> None:
        self._call_safely("worker_exit", self.server, worker)

    def worker_ended(self, pid: int) -> None:
        worker = self._by_pid.pop(pid, None)
        if worker is not None:
            self._call_safely("child_exit", self.server, worker)

    def ending(self) -> None:
        self._call_safely("on_exit", self.server)

    def _call(self, name: str, *args: object) -> None:
        function = self._functions.get(name)
        if function is not None:
            function(*args)

    def _call_safely(self, name: str, *args: object) -> None:
        """The process has more to do, whatever becomes of the hook."""
        try:
            self._call(name, *args)
        except Exception:
            self.server.log.exception("The hook %s failed.", name)


def load_hooks(value: str) -> Hooks:
    """The hooks that the front names. `value`: JSON with the file, where the command was given, and what came of it."""
    about = json.loads(value)
    folder = about["folder"]
    here = os.getcwd()
    path = list(sys.path)
    try:
        # As at the first time, when the front asked for its values.
        os.chdir(folder)
        config = load_config(about["spec"], folder)
    except Exception as error:
        print_exception(error)
        raise SystemExit(3) from None
    finally:
        os.chdir(here)
        # Where the application is looked for is the loader's decision.
        sys.path[:] = path
    return Hooks(config, about)


def _with_four(function: Callable[..., Any] | None) -> Callable[..., Any] | None:
    """post_request takes two, three or four arguments."""
    if function is None:
        return None
    try:
        count = len(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return function
    if count == 2:
        return lambda worker, request, environ, response: function(worker, request)
    if count == 3:
        return lambda worker, request, environ, response: function(worker, request, environ)
    return function
