"""Evaluates a configuration file of gunicorn.

Run as a program it prints the file's values as JSON, for the front. What the file itself prints goes to standard error.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
import types
from typing import Any


def load_config(spec: str, folder: str) -> dict[str, Any]:
    """The names of a file or module. `spec`: `file:PATH` or `python:MODULE`; `folder`: where the command was given."""
    if folder not in sys.path:
        sys.path.insert(0, folder)
    kind, _, place = spec.partition(":")
    if kind == "python":
        return dict(vars(importlib.import_module(place)))
    module = types.ModuleType("__config__")
    module.__file__ = place
    with open(place, "rb") as file:
        code = compile(file.read(), place, "exec")
    # As it would be for a module: classes of the file can be pickled, and find their module.
    sys.modules["__config__"] = module
    exec(code, module.__dict__)
    return module.__dict__


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)  # Members of enumerations, too.
    if isinstance(value, float):
        return value
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(_plain(item) for item in value)
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _plain(item) for key, item in value.items()}
    return {"unreadable": type(value).__name__}


def print_exception(error: BaseException) -> None:
    """The traceback as the file's author needs it: without the lines of this one."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    traceback.print_exception(type(error), error, frames)


def main() -> int:
    answer = os.dup(1)
    os.dup2(2, 1)
    del sys.path[0]  # The folder of this file is none of the configuration's business.
    try:
        config = load_config(sys.argv[1], os.getcwd())
    except Exception as error:
        print_exception(error)
        return 1
    values = {}
    hooks = []
    for name, value in config.items():
        if name.startswith("_") or isinstance(value, types.ModuleType):
            continue
        if callable(value) and not isinstance(value, type):
            hooks.append(name)
        else:
            values[name] = _plain(value)
    sys.stdout.flush()
    with os.fdopen(answer, "w") as file:
        json.dump({"values": values, "hooks": hooks}, file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
