"""A traceback as the application's author knows it: without the server's own frames and the import system."""

from __future__ import annotations

import importlib
import os
import traceback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_IMPORTLIB = importlib.__file__
_OWN = (os.path.join(os.path.dirname(__file__), ""), "<frozen importlib")


def _is_foreign(filename: str) -> bool:
    return filename != _IMPORTLIB and not filename.startswith(_OWN)


def application_frames(error: BaseException) -> list[str]:
    """The files of the frames that belong to the application, outermost first."""
    files = (frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__))
    return [file for file in files if _is_foreign(file)]


def render(error: BaseException) -> str:
    """The traceback with chained and grouped exceptions; never raises."""
    try:
        rendered = traceback.TracebackException.from_exception(error)
        for part in _parts(rendered):
            part.stack[:] = [frame for frame in part.stack if _is_foreign(frame.filename)]
        for part in _parts(rendered):
            if part.__context__ is not None and not part.__context__.stack:
                part.__context__ = None  # How one of our own checks came to its result.
        text = "".join(rendered.format())
    except Exception:  # an exception whose own attributes raise
        return f"{type(error).__name__} (its traceback can't be shown)\n"
    if not rendered.stack and not (rendered.__cause__ or rendered.__context__):
        # A syntax error in the module itself has no frames, only its place.
        text = text.replace("Traceback (most recent call last):\n", "", 1)
    return text


def _parts(rendered: traceback.TracebackException) -> Iterator[traceback.TracebackException]:
    seen = set()
    waiting: list[traceback.TracebackException | None] = [rendered]
    while waiting:
        part = waiting.pop()
        if part is None or id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        waiting += [part.__cause__, part.__context__]
        waiting += getattr(part, "exceptions", None) or []  # ExceptionGroup, Python 3.11
