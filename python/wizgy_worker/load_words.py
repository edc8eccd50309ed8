"""Values as words for a message; an application's own ``__str__`` may raise, these don't."""

from __future__ import annotations

import sys

EXAMPLE = (
    "Provide a WSGI application object as module:callable, for example mysite.wsgi:application."
)


def python_path() -> str:
    return sys.executable or "python3"


def choose_python() -> str:
    version = ".".join(map(str, sys.version_info[:3]))
    return (
        f"The application runs in {python_path()} (Python {version}); if its packages are in"
        " another virtual environment, name that one's interpreter with --python."
    )


def named(error: BaseException) -> str:
    text = text_of(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def text_of(value: object) -> str:
    try:
        return str(value)
    except Exception:
        return "<no text>"


def exit_code(error: SystemExit) -> str:
    return "" if error.code is None else repr(error.code)


def type_of(value: object, *, article: bool = False) -> str:
    if value is None:
        return "None"
    name = type(value).__name__
    if not article:
        return name
    return ("an " if name[:1].lower() in "aeiou" else "a ") + name
