"""wsgi.file_wrapper (PEP 3333 "Optional Platform-Specific File Handling")."""

from __future__ import annotations

from typing import Any

DEFAULT_BLOCK_SIZE = 64 * 1024


class FileWrapper:
    """Iterates over `filelike.read(block_size)` from its present position. Nothing is read before the first next()."""

    def __init__(self, filelike: Any, block_size: int = DEFAULT_BLOCK_SIZE) -> None:
        self.filelike = filelike
        self.block_size = block_size
        # PEP 3333: close() is there when the file-like object has one.
        if hasattr(filelike, "close"):
            self.close = filelike.close

    def __iter__(self) -> FileWrapper:
        return self

    def __next__(self) -> bytes:
        block: bytes = self.filelike.read(self.block_size)
        if block:
            return block
        raise StopIteration
