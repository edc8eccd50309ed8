"""One request and its answer: start_response, write, the app iterable, close() (PEP 3333).

Everything that PEP 3333 says about the order of these calls is here; what goes to the front is in answer.py. What HTTP
makes of it (framing, Date, Connection) is the front's.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Callable, Optional

from . import wire
from .answer import (
    ERROR,
    LARGEST_LAST,
    NEVER_STARTED,
    WARNING,
    WITHOUT_BODY,
    Answer,
    ClientDisconnected,
)
from .file_wrapper import FileWrapper
from .hand_over import BY_PATH, HAND_OVER_FROM, plain_file
from .head import encode_head, encode_hints
from .timeout import RequestTimeout

ExcInfo = tuple[type[BaseException], BaseException, Optional[TracebackType]]


class Exchange(Answer):
    __slots__ = ()  # All that is known of a request is made in one go, by Answer.

    # What the application sees

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None
    ) -> Callable[[bytes], None]:
        """PEP 3333 "The start_response() Callable". Nothing is sent here."""
        if exc_info is not None:
            try:
                if self._begun:
                    # The head is out, the answer can't be replaced: the error goes on its way.
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # PEP 3333: no circular reference through the traceback
        elif self._started:
            raise RuntimeError(
                "start_response was called a second time without exc_info (PEP 3333, The start_response() Callable): "
                "pass sys.exc_info() when an error page replaces the first answer"
            )
        if self._ended:
            raise RuntimeError("start_response was called after the request was over")
        self._started = True
        self._head = None
        self._head = encode_head(status, headers)
        return self.write

    def write(self, data: bytes) -> None:
        """The write() callable: the bytes are on their way when it returns."""
        if not isinstance(data, bytes):
            raise TypeError(_not_bytes("write() takes", data))
        if self._head is None:
            why = "after the request was over" if self._ended else "although start_response failed"
            raise RuntimeError("write() was called " + why)
        excess = self._send_block(data, False)
        self._link.flush()
        if excess:
            # PEP 3333 "Handling the Content-Length Header"
            raise ValueError(
                "write() went %d bytes over the application's Content-Length of %d"
                % (excess, self._head.content_length)
            )

    def early_hints(self, headers: list[tuple[str, str]]) -> None:
        """wsgi.early_hints: an interim answer 103, sent at once (RFC 8297). After the head it does nothing."""
        lines = encode_hints(headers)
        if lines and not self._begun and not self._ended:
            self._link.put(wire.encode(wire.EARLY_HINTS, self.number, lines))
            self._link.flush()

    def client_disconnected(self) -> bool:
        """wizgy.client_disconnected: whether the client has gone, or has at least closed its own direction."""
        return self.cancelled or self.number in self._link.ended_clients

    # The run

    def run(self, application: Callable[..., Any], environ: dict[str, Any]) -> None:
        """Calls the application and answers. Raises only when the link itself fails."""
        try:
            result = application(environ, self.start_response)
        except BaseException as error:
            self._fail(error)
            return
        kind = type(result)
        if (
            (kind is list or kind is tuple)
            and len(result) == 1
            and not self._begun
            and self._head is not None
        ):
            body = result[0]
            if type(body) is bytes and len(body) <= LARGEST_LAST:
                # The common case, and the only one that needs no loop: a list has no close().
                self._answer_whole(self._head, body)
                return
        try:
            try:
                self._relay(result)
            except BaseException as error:
                self._fail(error)
        finally:
            try:
                self._close(result)
            except RequestTimeout:
                self._close(result)  # It came behind the last block, before close() was called.

    def _relay(self, result: Any) -> None:
        """PEP 3333 "Buffering and Streaming": each block is on its way before the next one is asked for."""
        if type(result) is FileWrapper and self._relay_file(result.filelike):
            return
        if result is None:
            if self._head is None:
                raise RuntimeError(NEVER_STARTED)
            self._link.log(
                self.number,
                WARNING,
                "The application returned None. It is served as an empty body; return [] (or a list of bytes) instead.",
            )
            result = ()
        elif isinstance(result, (bytes, bytearray, memoryview)):
            raise TypeError(
                "the application returned bare %s; put it in a list: return [body]"
                % type(result).__name__
            )
        elif isinstance(result, str):
            raise TypeError(
                'the application returned a bare str; encode it and put it in a list: return [text.encode("utf-8")]'
            )
        if (type(result) is list or type(result) is tuple) and not self._begun:
            body = _joined(result)
            if self._head is None:
                raise RuntimeError(NEVER_STARTED)
            self._answer_whole(self._head, body)
            return
        # Not iter(): its TypeError could be the application's own, and an iterator needs no __iter__.
        kind = type(result)
        if not hasattr(kind, "__iter__") and not hasattr(kind, "__getitem__"):
            raise TypeError(
                "the application must return an iterable of bytes, such as a list, not %s"
                % kind.__name__
            )
        for block in result:
            if not isinstance(block, bytes):
                raise TypeError(_not_bytes("the application's body must be", block))
            if not block:
                continue  # PEP 3333: an empty block is no reason to send headers
            head = self._head
            if head is None:
                raise RuntimeError(NEVER_STARTED)
            if len(block) == head.content_length and not self._begun and not self.cancelled:
                # The body is this one block, as most are: the short way.
                self._answer_whole(head, block)
            else:
                only = not self._begun and head.content_length < 0 and _length(result) == 1
                excess = self._send_block(block, only)
                if excess:
                    if type(result) is not FileWrapper:
                        self._too_long(head.content_length + excess)
                    break
            if not self._ended:
                self._link.flush()
            elif self._is_head or head.code in WITHOUT_BODY or type(result) is FileWrapper:
                break  # RFC 9110 §9.3.2: the head is all that the client gets; or all of the file was sent that counts
        if not self._ended:
            self._finish()

    def _relay_file(self, filelike: Any) -> bool:
        """A plain file goes out at once, or is handed to the front. False: it is to be iterated."""
        head = self._head
        if head is None or self._begun or head.flags & BY_PATH:
            return False
        file = plain_file(filelike)
        if file is None or head.content_length > file.size:
            return False
        length = head.content_length
        if length < 0 and head.code not in WITHOUT_BODY:
            length = file.size
        if self._is_head or head.code in WITHOUT_BODY:
            if length != head.content_length:
                head.content_length = length
                head.lines.append(b"Content-Length: %d\r\n" % length)
            self._answer_whole(head, b"")
            return True
        if length >= HAND_OVER_FROM:
            numbers = (length, file.offset, file.device, file.inode)
            return self._offer(head, 0, numbers, file.path)
        # One byte more than it should have: then it is growing, and its length not known.
        data: bytes = filelike.read(length if head.content_length >= 0 else length + 1)
        if len(data) > length:
            filelike.seek(file.offset)
            return False
        self._answer_whole(head, data)
        return True

    def _close(self, result: Any) -> None:
        """PEP 3333: close() is called however the request ended."""
        try:
            close = getattr(result, "close", None)
            if close is not None:
                # A watcher that sleeps has to see that the answer is complete, and this not.
                wake = self._link.wake_watcher
                if wake is not None:
                    wake()
                close()
        except RequestTimeout:
            pass  # It was told where it is.
        except BaseException as error:
            self._log_exception("close() of the app iterable raised", error)

    def _fail(self, error: BaseException) -> None:
        if isinstance(error, (ClientDisconnected, RequestTimeout)) and self.cancelled:
            self._abort()
            return
        self._log_exception("the application raised", error)
        self._abort()

    def _log_exception(self, what: str, error: BaseException) -> None:
        from .load_traceback import render

        self._link.log(self.number, ERROR, "%s: %s" % (what, render(error).rstrip()))

    def end(self) -> None:
        """Nothing may be sent any more: a write() that was kept must not reach another request."""
        if not self._ended:
            self._abort()
        self._head = None  # Until here _ended may also mean that the body is complete.


def _joined(blocks: Any) -> bytes:
    for block in blocks:
        if not isinstance(block, bytes):
            raise TypeError(_not_bytes("the application's body must be", block))
    return b"".join(blocks)


def _length(result: Any) -> int:
    """PEP 3333: a len() that works can be relied on; one that doesn't says nothing."""
    try:
        return len(result)
    except Exception:
        return -1


def _not_bytes(what: str, value: object) -> str:
    if isinstance(value, str):
        return '%s bytes, not str: encode it, for example text.encode("utf-8")' % what
    return "%s bytes, not %s" % (what, type(value).__name__)


# What calls the application. Where one of these is the nearest frame of the server, the application is running.
CALLERS = frozenset(
    function.__code__
    for function in (Exchange.run, Exchange._relay, Exchange._close, _joined, _length)
)
