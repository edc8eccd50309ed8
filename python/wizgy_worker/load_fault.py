"""The one exception of the loader: why an application can't be served."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Kind = Literal[
        "bad-spec",
        "missing-module",
        "missing-attribute",
        "not-callable",
        "import-raised",
        "factory-raised",
    ]


class LoadFault(Exception):
    """``message`` says what is wrong and what to do; its first line alone makes sense.

    ``traceback_text`` is the application's own traceback, empty where its code did not raise.
    """

    def __init__(self, kind: Kind, message: str, traceback_text: str = "") -> None:
        super().__init__(kind, message, traceback_text)  # all of them: it must survive pickling
        self.kind = kind
        self.message = message
        self.traceback_text = traceback_text

    def __str__(self) -> str:
        return self.message
