"""The application with pre_request and post_request of gunicorn around each call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Callable

from .file_wrapper import FileWrapper


class HookedRequest:
    """What hooks get as `req`."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self.method = environ["REQUEST_METHOD"]
        self.path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        self.query = environ.get("QUERY_STRING", "")
        self.uri = environ.get("REQUEST_URI") or self.path + (
            "?" + self.query if self.query else ""
        )
        self.fragment = ""
        self.scheme = environ["wsgi.url_scheme"]
        major, _, minor = environ["SERVER_PROTOCOL"][5:].partition(".")
        self.version = (int(major), int(minor or 0))
        client = (environ.get("REMOTE_ADDR", ""), int(environ.get("REMOTE_PORT") or 0))
        self.remote_addr = self.peer_addr = client
        self.headers = [
            (name[5:].replace("_", "-"), value)
            for name, value in environ.items()
            if name.startswith("HTTP_")
        ]
        for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            if environ.get(name):
                self.headers.append((name.replace("_", "-"), environ[name]))


class HookedResponse:
    """What post_request gets as `resp`; `status` is empty where the application has set none."""

    def __init__(self) -> None:
        self.status = ""
        self.headers: list[tuple[str, str]] = []

    @property
    def status_code(self) -> int:
        return int(self.status[:3] or 0)


class _ClosingList(list):  # type: ignore[type-arg]
    """Blocks that are all there, which says how long the answer is."""

    def __init__(self, blocks: Iterable[bytes], close: Callable[[], None]) -> None:
        super().__init__(blocks)
        self.close = close


class _ClosingIterable:
    def __init__(self, iterable: Iterable[bytes], close: Callable[[], None]) -> None:
        self._iterable = iterable
        self.close = close

    def __iter__(self) -> Any:
        return iter(self._iterable)


class HookedApplication:
    def __init__(
        self,
        application: Callable[..., Any],
        worker: Any,
        before: Callable[..., Any] | None,
        after: Callable[..., Any] | None,
    ) -> None:
        self._application = application
        self._worker = worker
        self._before = before
        self._after = after

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        worker = self._worker
        worker.nr += 1
        request = HookedRequest(environ)
        if self._before is not None:
            self._before(worker, request)
        if self._after is None:
            return self._application(environ, start_response)
        response = HookedResponse()

        def remember(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            write = start_response(status, headers, *rest)
            response.status, response.headers = status, headers
            return write

        try:
            result = self._application(environ, remember)
        except BaseException:
            self._finish(request, environ, response)
            raise
        return self._watch(result, request, environ, response)

    def _watch(
        self, result: Any, request: HookedRequest, environ: dict[str, Any], response: HookedResponse
    ) -> Any:
        """The same result; its close() calls the hook as well (PEP 3333 "Specification Details")."""
        if result is None or isinstance(result, (str, bytes)):
            # A mistake, of which the server tells in its own words.
            self._finish(request, environ, response)
            return result
        original = getattr(result, "close", None)

        def close() -> None:
            try:
                if original is not None:
                    original()
            finally:
                self._finish(request, environ, response)

        if type(result) in (list, tuple):
            return _ClosingList(result, close)
        if isinstance(result, FileWrapper):
            # The front can send its file only if it is the wrapper itself that comes back.
            result.close = close
            return result
        return _ClosingIterable(result, close)

    def _finish(
        self, request: HookedRequest, environ: dict[str, Any], response: HookedResponse
    ) -> None:
        assert self._after is not None
        try:
            self._after(self._worker, request, environ, response)
        except Exception:
            self._worker.log.exception("The hook post_request failed.")


# RequestTimeout may come up in what it calls.
CALLER = HookedApplication.__call__.__code__
