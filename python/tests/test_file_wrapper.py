"""PEP 3333 "Optional Platform-Specific File Handling"."""

from __future__ import annotations

import gzip
import io

import pytest
from wizgy_worker.file_wrapper import DEFAULT_BLOCK_SIZE, FileWrapper


class OnlyRead:
    """A file-like object with nothing but read()."""

    def __init__(self, *blocks):
        self.blocks = list(blocks)
        self.sizes = []

    def read(self, size):
        self.sizes.append(size)
        return self.blocks.pop(0) if self.blocks else b""


def test_it_gives_what_read_gives_until_the_end():
    filelike = OnlyRead(b"a", b"bc")
    assert list(FileWrapper(filelike)) == [b"a", b"bc"]
    assert filelike.sizes == [DEFAULT_BLOCK_SIZE] * 3


def test_the_block_size_may_be_given_by_position():
    filelike = OnlyRead(b"a")
    assert list(FileWrapper(filelike, 7)) == [b"a"]
    assert filelike.sizes == [7, 7]


def test_nothing_is_read_before_the_first_block_is_asked_for():
    filelike = OnlyRead(b"a")
    wrapper = FileWrapper(filelike)
    iter(wrapper)
    assert filelike.sizes == []
    assert next(wrapper) == b"a"
    assert filelike.sizes == [DEFAULT_BLOCK_SIZE]


def test_it_starts_at_the_present_position():
    stream = io.BytesIO(bytes(range(100)))
    stream.seek(10)
    assert b"".join(FileWrapper(stream, 8)) == bytes(range(10, 100))


def test_what_read_gives_counts_not_what_the_descriptor_holds(tmp_path):
    path = tmp_path / "x.gz"
    with gzip.open(path, "wb") as stream:
        stream.write(b"plain" * 1000)
    with gzip.open(path, "rb") as stream:
        assert b"".join(FileWrapper(stream)) == b"plain" * 1000


def test_close_closes_the_file():
    stream = io.BytesIO(b"x")
    FileWrapper(stream).close()
    assert stream.closed


def test_there_is_no_close_without_one_to_call():
    assert not hasattr(FileWrapper(OnlyRead()), "close")


def test_an_error_of_read_is_the_applications():
    class Broken:
        def read(self, size):
            raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        next(FileWrapper(Broken()))


def test_middleware_may_iterate_it():
    assert [block.upper() for block in FileWrapper(io.BytesIO(b"ab"), 1)] == [b"A", b"B"]
