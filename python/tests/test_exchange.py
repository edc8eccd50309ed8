"""One request and its answer: the order of calls that PEP 3333 asks for, seen through the frames that are sent."""

from __future__ import annotations

import functools
import gc
import io
import random
import re
import sys
import traceback
import weakref

import pytest
from recorder import RecordingLink, make_exchange, serve
from wizgy_worker import wire
from wizgy_worker.answer import LARGE_BODY, ClientDisconnected
from wizgy_worker.file_wrapper import FileWrapper

H = [("Content-Type", "text/plain")]


def returning(result, status="200 OK", headers=H):
    def app(environ, start_response):
        start_response(status, headers)
        return result

    return app


# Calling the application


class ClassApp:
    def __init__(self, environ, start_response):
        start_response("200 OK", H)

    def __iter__(self):
        return iter([b"ok"])


class Instance:
    def __call__(self, environ, start_response):
        start_response("200 OK", H)
        return [b"ok"]

    method = __call__


class Opaque(Instance):
    def __getattr__(self, name):
        raise AssertionError("looked at " + name)


def generator_app(environ, start_response):
    start_response("200 OK", H)
    yield b"ok"


APPS = {
    "function": returning([b"ok"]),
    "class": ClassApp,
    "instance": Instance(),
    "bound method": Instance().method,
    "opaque instance": Opaque(),
    "partial": functools.partial(lambda body, *arguments: returning(body)(*arguments), [b"ok"]),
    "lambda": lambda environ, start_response: start_response("200 OK", H) and [b"ok"],
    "generator": generator_app,
}


@pytest.mark.parametrize("kind", APPS)
def test_any_callable_is_called(kind):
    served = serve(APPS[kind])
    assert (served.status, served.body, served.end) == (200, b"ok", "whole")
    assert served.lines[0] == "Content-Type: text/plain"
    assert served.logged == []


def test_it_is_called_once_with_two_positional_arguments():
    calls = []

    def app(*arguments, **keywords):
        calls.append((len(arguments), keywords))
        arguments[1]("200 OK", H)
        return []

    serve(app)
    assert calls == [(2, {})]


# Results


@pytest.mark.parametrize(
    ("make", "length"),
    [
        (lambda: [b"ab"], 2),
        (lambda: (b"ab",), 2),
        (lambda: [b"a", b"b"], 2),
        (lambda: (b"a", b"", b"b"), 2),
        (lambda: [b"", b"ab"], 2),
        (lambda: iter([b"a", b"b"]), None),
        (lambda: map(bytes, [b"a", b"b"]), None),
        (lambda: (block for block in [b"", b"a", b"", b"b"]), None),
        (lambda: io.BytesIO(b"ab"), None),
        (lambda: OneBlock(b"ab"), 2),
        (lambda: ByIndex(b"a", b"b"), None),
        (lambda: FileWrapper(io.BytesIO(b"ab")), None),
        (lambda: type("Blocks", (list,), {})([b"ab"]), 2),
        (lambda: type("Blocks", (list,), {})([b"a", b"b"]), None),
        (lambda: [type("Bytes", (bytes,), {})(b"ab")], 2),
        (lambda: BrokenLength([b"ab"]), None),
        (lambda: BareIterator(b"a", b"b"), None),
    ],
)
def test_any_iterable_of_bytes_is_served(make, length):
    """PEP 3333 "Specification Details": its length is told when it is known before the first block goes."""
    served = serve(returning(make()))
    assert (served.body, served.length, served.end) == (b"ab", length, "whole")
    assert served.logged == []


@pytest.mark.parametrize("seed", range(30))
def test_a_body_of_one_block_takes_the_short_way_and_says_the_same(seed):
    """The plain twins go the long way: an empty block before it, or two halves."""
    rng = random.Random(seed)
    for _ in range(20):
        body = rng.randbytes(rng.choice([0, 2, 50, LARGE_BODY, 300_000]))
        status = rng.choice(
            ["200 OK", "200 OK", "404 Not Found", "204 No Content", "304 Not Modified"]
        )
        method = rng.choice(["GET", "GET", "POST", "HEAD"])
        wrong = rng.choice([0, 0, 0, -1, 1])
        told = [("Content-Length", str(max(0, len(body) + wrong)))]
        headers = H + rng.choice([[], told])
        half = len(body) // 2

        def answer(result, status=status, headers=headers, method=method):
            served = serve(returning(result, status, headers), method)
            said = (served.status, served.lines, served.length, served.body, served.end)
            return said, len(served.logged)

        for kind in (list, tuple):
            assert answer(kind([body])) == answer(kind([b"", body]))
        if headers is not H:
            assert answer(iter([body])) == answer(iter([body[:half], body[half:]]))


class OneBlock:
    def __init__(self, block):
        self.blocks = [block]

    def __len__(self):
        return 1

    def __iter__(self):
        return iter(self.blocks)


class ByIndex:
    def __init__(self, *blocks):
        self.blocks = blocks

    def __getitem__(self, index):
        return self.blocks[index]


class BareIterator:
    """What __iter__ gives needs no __iter__ of its own."""

    def __init__(self, *blocks):
        self.blocks = iter(blocks)

    def __iter__(self):
        return BareNext(self.blocks)


class BareNext:
    def __init__(self, blocks):
        self.blocks = blocks

    def __next__(self):
        return next(self.blocks)


class BrokenLength:
    def __init__(self, blocks):
        self.blocks = blocks

    def __len__(self):
        raise RuntimeError("no idea")

    def __iter__(self):
        return iter(self.blocks)


@pytest.mark.parametrize(
    "make", [list, tuple, lambda: iter([]), lambda: [b""], lambda: iter([b"", b""])]
)
def test_an_empty_body_is_a_whole_answer(make):
    served = serve(returning(make()))
    assert (served.body, served.length, served.end) == (b"", 0, "whole")


def test_binary_blocks_come_as_they_are():
    blocks = [bytes(range(256)), b"\r\n\n\r", b"\0" * LARGE_BODY, b"0\r\n\r\n"]
    for result in (blocks, iter(blocks)):
        served = serve(returning(result))
        assert served.body == b"".join(blocks)


def test_none_is_an_empty_body_and_a_warning():
    served = serve(returning(None))
    assert (served.status, served.body, served.length, served.end) == (200, b"", 0, "whole")
    assert served.logged[0][0] == 30
    assert "returned None" in served.log
    assert "return []" in served.log


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        ("text", r"bare str; encode it and put it in a list: return \[text.encode"),
        (b"bytes", r"bare bytes; put it in a list: return \[body\]"),
        (bytearray(b"x"), "bare bytearray"),
        (memoryview(b"x"), "bare memoryview"),
        (["text"], r"must be bytes, not str: encode it.*text.encode"),
        (["text", b"x"], "must be bytes, not str"),
        ([b"x", "text"], "must be bytes, not str"),
        ([5], "must be bytes, not int"),
        ([None], "must be bytes, not NoneType"),
        ([bytearray(b"x")], "must be bytes, not bytearray"),
        (iter(["text"]), "must be bytes, not str"),
        ({"a": 1}, "must be bytes, not str"),
        (5, "must return an iterable of bytes, such as a list, not int"),
        (object(), "must return an iterable of bytes, such as a list, not object"),
    ],
)
def test_a_beginners_mistake_is_a_500_and_a_sentence_that_helps(result, sentence):
    served = serve(returning(result))
    assert served.frames == [("abort",)]
    assert served.logged[0][0] == 40
    assert re.search(sentence, served.log), served.log


@pytest.mark.parametrize("result", [[b"x"], [], None, iter([b"x"]), iter([]), [b"x", b"y"]])
def test_a_body_without_start_response_is_a_500_and_says_so(result):
    served = serve(lambda environ, start_response: result)
    assert served.frames == [("abort",)]
    assert "without calling start_response" in served.log


def test_text_in_the_middle_of_a_body_cuts_it():
    served = serve(returning(iter([b"good", "text", b"more"])))
    assert (served.body, served.end) == (b"good", "cut")


def test_a_type_error_of_the_iterables_own_is_not_taken_for_ours():
    class Broken:
        def __iter__(self):
            raise TypeError("mine")

    served = serve(returning(Broken()))
    assert served.frames == [("abort",)]
    assert "TypeError: mine" in served.log


# Order


def test_each_block_is_on_its_way_before_the_next_one_is_asked_for():
    """PEP 3333 "Buffering and Streaming" """
    link = RecordingLink()

    def app(environ, start_response):
        link.events.append("start_response")
        start_response("200 OK", H)
        for block in (b"", b"a", b"", b"b"):
            link.events.append("next")
            yield block
        link.events.append("end")

    serve(app, link=link)
    head = "200 OK\r\nContent-Type: text/plain\r\n"
    assert link.events == [
        "start_response",
        "next",
        "next",
        ("answer", 200, head, None, b"a", "more"),
        "flush",
        "next",
        "next",
        ("block", b"b", "more"),
        "flush",
        "end",
        ("block", b"", "last"),
    ]


def test_start_response_sends_nothing():
    def app(environ, start_response):
        start_response("200 OK", H)
        assert environ["link"].events == []
        raise ValueError("before any body")

    served = serve(app)
    assert served.frames == [("abort",)]
    assert "ValueError: before any body" in served.log


def test_start_response_may_come_with_the_first_block():
    class Late:
        def __init__(self, environ, start_response):
            self.start_response = start_response

        def __iter__(self):
            self.start_response("201 Created", H)
            yield b"late"

    served = serve(Late)
    assert (served.status, served.body) == (201, b"late")


def test_empty_blocks_do_not_send_the_head_so_it_can_be_replaced():
    def app(environ, start_response):
        start_response("200 OK", H)
        yield b""
        assert environ["link"].frames == []
        try:
            raise KeyError("k")
        except KeyError:
            start_response("500 X", [], sys.exc_info())
        yield b"err"

    served = serve(app)
    assert (served.status, served.line, served.lines, served.body) == (500, "500 X", [], b"err")


def test_a_large_block_is_sent_without_a_copy_behind_its_head():
    for result in ([b"x" * LARGE_BODY], iter([b"x" * LARGE_BODY])):
        served = serve(returning(result))
        assert served.body == b"x" * LARGE_BODY


# start_response


def outcome_of_start_response(*calls, body=()):
    """Makes the calls in turn inside an application; what each raised, or None, and the answer."""
    raised = []

    def app(environ, start_response):
        for call in calls:
            try:
                call(start_response)
                raised.append(None)
            except Exception as error:
                raised.append(error)
        return list(body)

    return raised, serve(app)


def exc_info(error=None):
    try:
        raise error or KeyError("k")
    except Exception:
        return sys.exc_info()


def test_exc_info_replaces_status_and_all_headers_before_anything_was_sent():
    raised, served = outcome_of_start_response(
        lambda sr: sr("200 OK", [("X-A", "1"), ("Content-Length", "5")]),
        lambda sr: sr("500 Oops", [("X-B", "2")], exc_info()),
        body=[b"e"],
    )
    assert raised == [None, None]
    assert (served.line, served.lines) == ("500 Oops", ["X-B: 2", "Content-Length: 1"])


def test_exc_info_after_the_head_was_sent_raises_that_very_error():
    seen = []

    def app(environ, start_response):
        start_response("200 OK", H)(b"a")
        error = KeyError("k")
        try:
            raise error
        except KeyError:
            try:
                start_response("500 X", H, sys.exc_info())
            except KeyError as raised:
                seen.append((raised is error, traceback.extract_tb(raised.__traceback__)[-1].name))
                raise

    served = serve(app)
    assert seen == [(True, "app")]
    assert (served.status, served.body, served.end) == (200, b"a", "cut")


def test_exc_info_may_be_given_with_the_first_call_and_as_none():
    raised, served = outcome_of_start_response(lambda sr: sr("500 X", H, exc_info()))
    assert (raised, served.status) == ([None], 500)
    raised, served = outcome_of_start_response(lambda sr: sr("200 OK", H, None))
    assert (raised, served.status) == ([None], 200)
    raised, served = outcome_of_start_response(lambda sr: sr("200 OK", H, exc_info=None))
    assert (raised, served.status) == ([None], 200)


def test_a_second_call_without_exc_info_raises():
    raised, served = outcome_of_start_response(
        lambda sr: sr("200 OK", H), lambda sr: sr("200 OK", H), body=[b"x"]
    )
    assert isinstance(raised[1], RuntimeError)
    assert "exc_info" in str(raised[1])
    assert served.body == b"x"
    served = serve(lambda environ, sr: (sr("200 OK", H), sr("200 OK", H)))
    assert served.frames == [("abort",)]


@pytest.mark.parametrize(
    ("status", "headers"), [("bad", H), ("200 OK", {}), ("200 OK", [("X", "\n")])]
)
def test_a_second_call_raises_also_when_the_first_one_did(status, headers):
    raised, served = outcome_of_start_response(
        lambda sr: sr(status, headers), lambda sr: sr("200 OK", H), body=[b"x"]
    )
    assert isinstance(raised[0], (TypeError, ValueError))
    assert isinstance(raised[1], RuntimeError)
    assert served.frames == [("abort",)]


def test_after_a_failed_call_one_with_exc_info_serves_an_error_page():
    raised, served = outcome_of_start_response(
        lambda sr: sr("bad", H), lambda sr: sr("500 X", H, exc_info()), body=[b"page"]
    )
    assert raised[1] is None
    assert (served.status, served.body, served.end) == (500, b"page", "whole")


def test_nothing_of_an_answer_stays_when_its_replacement_fails():
    raised, served = outcome_of_start_response(
        lambda sr: sr("200 OK", H), lambda sr: sr("bad", H, exc_info()), body=[b"x"]
    )
    assert isinstance(raised[1], ValueError)
    assert served.frames == [("abort",)]


def test_start_response_that_was_kept_raises_after_the_request():
    kept = []
    serve(lambda environ, sr: kept.append(sr) or returning([b"x"])(environ, sr))
    with pytest.raises(RuntimeError):
        kept[0]("200 OK", H)
    kept = []
    serve(lambda environ, sr: kept.append(sr) or [])
    with pytest.raises(RuntimeError, match="after the request was over"):
        kept[0]("200 OK", H)
    with pytest.raises(RuntimeError, match="after the request was over"):
        kept[0]("200 OK", H, exc_info())


def test_what_a_failing_frame_held_is_freed_with_the_request():
    class Held:
        pass

    alive = []

    def fail():
        held = Held()
        alive.append(weakref.ref(held))
        raise KeyError("k")

    def app(environ, start_response):
        start_response("200 OK", H)
        try:
            fail()
        except KeyError:
            start_response("500 X", H, sys.exc_info())
        return [b"x"]

    gc.disable()
    try:
        serve(app)
        assert sys.implementation.name != "cpython" or alive[0]() is None
    finally:
        gc.enable()


# write()


def test_what_is_written_is_on_its_way_when_write_returns():
    def app(environ, start_response):
        write = start_response("200 OK", H)
        write(b"a")
        assert environ["link"].events[-1] == "flush"
        assert environ["link"].frames[-1][-2] == b"a"
        write(b"b")
        assert environ["link"].events[-2:] == [("block", b"b", "more"), "flush"]
        return []

    served = serve(app)
    assert (served.body, served.length, served.end) == (b"ab", None, "whole")
    assert served.logged == []


@pytest.mark.parametrize("result", [[b"2"], (b"2",), [b"2", b""], iter([b"2"]), OneBlock(b"2")])
def test_what_was_written_comes_before_what_is_iterated_and_has_no_length(result):
    def app(environ, start_response):
        start_response("200 OK", H)(b"1")
        return result

    served = serve(app)
    assert (served.body, served.length, served.end) == (b"12", None, "whole")


def test_writing_nothing_is_harmless():
    def app(environ, start_response):
        write = start_response("200 OK", H)
        write(b"")
        write(b"")
        return [b"x"]

    served = serve(app)
    assert (served.body, served.end, served.logged) == (b"x", "whole", [])


@pytest.mark.parametrize("wrong", ["text", None, 5, bytearray(b"x"), memoryview(b"x")])
def test_writing_what_is_not_bytes_raises(wrong):
    def app(environ, start_response):
        write = start_response("200 OK", H)
        with pytest.raises(TypeError, match=r"write\(\) takes bytes, not"):
            write(wrong)
        return [b"x"]

    assert serve(app).body == b"x"


def test_writing_after_the_request_raises_and_sends_nothing():
    kept = []

    def app(environ, start_response):
        kept.append(start_response("200 OK", H))
        return [b"x"]

    served = serve(app)
    with pytest.raises(RuntimeError, match="after the request was over"):
        kept[0](b"late")
    assert len(served.frames) == 1


def test_writing_after_a_failed_replacement_raises():
    def app(environ, start_response):
        write = start_response("200 OK", H)
        with pytest.raises(ValueError, match="status"):
            start_response("bad", H, exc_info())
        with pytest.raises(RuntimeError, match="start_response failed"):
            write(b"x")
        return []

    assert serve(app).frames == [("abort",)]


# Content-Length


def sized(result, length=5):
    return returning(result, headers=[*H, ("content-LENGTH", str(length))])


@pytest.mark.parametrize(
    "make",
    [
        lambda: [b"12345"],
        lambda: [b"12", b"345"],
        lambda: iter([b"12", b"345"]),
        lambda: iter([b"12345", b""]),
    ],
)
def test_a_body_of_its_content_length_is_whole(make):
    """PEP 3333 "Handling the Content-Length Header" """
    served = serve(sized(make()))
    assert (served.body, served.length, served.end, served.logged) == (b"12345", 5, "whole", [])
    assert sum(line.lower().startswith("content-length") for line in served.lines) == 1


@pytest.mark.parametrize(
    "make",
    [
        lambda: [b"12345678"],
        lambda: [b"12345", b"678"],
        lambda: iter([b"12345", b"678", b"9"]),
        lambda: iter([b"123456", b"78"]),
        lambda: OneBlock(b"12345678"),
    ],
)
def test_what_goes_beyond_the_content_length_is_left_out_and_logged(make):
    """PEP 3333 "Handling the Content-Length Header" """
    served = serve(sized(make()))
    assert (served.body, served.length, served.end) == (b"12345", 5, "whole")
    assert "more than its Content-Length of 5 bytes" in served.log


def test_iterating_stops_soon_after_the_content_length_is_reached():
    asked = []

    def blocks():
        for number in range(1000):
            asked.append(number)
            yield b"12345"

    served = serve(sized(blocks()))
    assert (served.body, served.end) == (b"12345", "whole")
    assert len(asked) <= 2


@pytest.mark.parametrize(
    "make",
    [lambda: [b"123"], lambda: [b"1", b"23"], lambda: iter([b"1", b"23"]), lambda: iter([b"123"])],
)
def test_too_little_for_the_content_length_cuts_the_answer_and_is_logged(make):
    """PEP 3333 "Handling the Content-Length Header" """
    served = serve(sized(make()))
    assert (served.body, served.length, served.end) == (b"123", 5, "cut")
    assert "2 bytes less than its Content-Length of 5" in served.log


@pytest.mark.parametrize("make", [list, lambda: iter([]), lambda: [b""]])
def test_nothing_for_a_content_length_cuts_the_answer(make):
    served = serve(sized(make()))
    assert (served.body, served.length, served.end) == (b"", 5, "cut")


def test_write_counts_too():
    def app(environ, start_response):
        write = start_response("200 OK", [("Content-Length", "5")])
        write(b"123")
        return [b"45"]

    served = serve(app)
    assert (served.body, served.length, served.end, served.logged) == (b"12345", 5, "whole", [])


@pytest.mark.parametrize(
    ("before", "excess"), [([b"1234567"], 2), ([b"12345", b"67"], 2), ([b"123", b"45", b"6"], 1)]
)
def test_write_beyond_the_content_length_raises(before, excess):
    """PEP 3333 "Handling the Content-Length Header" """

    def app(environ, start_response):
        write = start_response("200 OK", [("Content-Length", "5")])
        for data in before[:-1]:
            write(data)
        with pytest.raises(
            ValueError, match="%d bytes over the application's Content-Length of 5" % excess
        ):
            write(before[-1])
        return []

    served = serve(app)
    assert (served.body, served.end, served.log) == (b"12345", "whole", "")


def test_writing_nothing_at_the_end_of_the_content_length_is_harmless():
    def app(environ, start_response):
        write = start_response("200 OK", [("Content-Length", "2")])
        write(b"12")
        write(b"")
        return []

    served = serve(app)
    assert (served.body, served.end, served.log) == (b"12", "whole", "")


# HEAD, 204, 304


@pytest.mark.parametrize(
    ("make", "length"),
    [
        (lambda: [b"body"], 4),
        (lambda: [b"bo", b"dy"], 4),
        (lambda: iter([b"bo", b"dy"]), None),
        (lambda: iter([]), None),
        (list, None),
    ],
)
def test_an_answer_to_head_has_the_length_but_no_body(make, length):
    """RFC 9110 §9.3.2 and §8.6"""
    served = serve(returning(make()), "HEAD")
    assert (served.status, served.body, served.length, served.end) == (200, b"", length, "whole")
    assert served.logged == []


@pytest.mark.parametrize(
    "make", [lambda: [b"body"], lambda: iter([b"body"]), list, lambda: iter([])]
)
def test_head_keeps_the_applications_content_length(make):
    """RFC 9110 §9.3.2"""
    served = serve(sized(make(), 1234), "HEAD")
    assert (served.body, served.length, served.end, served.logged) == (b"", 1234, "whole", [])


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
@pytest.mark.parametrize(
    "make",
    [
        list,
        lambda: [b"body"],
        lambda: iter([b"bo", b"dy"]),
        lambda: iter([]),
        lambda: [b"bo", b"dy"],
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_204_and_304_have_no_body_and_get_no_length(status, make, method):
    """RFC 9110 §15.3.5 and §15.4.5"""
    served = serve(returning(make(), status, []), method)
    assert (served.body, served.length, served.lines, served.end) == (b"", None, [], "whole")
    dropped = method == "GET" and b"".join(make()) != b""
    assert ("a body with status " + status[:3] in served.log) == dropped
    assert len(served.logged) == dropped


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_write_without_a_body_to_send_drops_what_is_written(method):
    """Also the second time: the application needs not know that nobody reads it."""

    def app(environ, start_response):
        status = "200 OK" if method == "HEAD" else "304 Not Modified"
        write = start_response(status, H)
        write(b"a")
        write(b"b")
        return [b"c"]

    served = serve(app, method)
    assert (served.body, served.end) == (b"", "whole")
    # For HEAD it is what most applications do.
    assert [level for level, _ in served.logged] == ([30] if method == "GET" else [])


# close()


class Closing:
    """An iterable that notes what is done to it."""

    def __init__(self, *blocks, fail=None, close_error=None):
        self.blocks = iter(blocks)
        self.fail = fail
        self.close_error = close_error
        self.calls = []

    def __iter__(self):
        self.calls.append("iter")
        return self

    def __next__(self):
        self.calls.append("next")
        try:
            return next(self.blocks)
        except StopIteration:
            if self.fail is not None:
                raise self.fail from None
            raise

    def close(self):
        self.calls.append("close")
        if self.close_error is not None:
            raise self.close_error


def test_close_is_called_after_the_last_block():
    result = Closing(b"a", b"b")
    served = serve(returning(result))
    assert served.body == b"ab"
    assert result.calls == ["iter", "next", "next", "next", "close"]


@pytest.mark.parametrize(
    ("result", "app", "method", "end"),
    [
        (Closing(b"a", fail=ValueError("x")), returning, "GET", "cut"),
        (Closing(fail=ValueError("x")), returning, "GET", "500"),
        (Closing(fail=SystemExit(3)), returning, "GET", "500"),
        (Closing("text"), returning, "GET", "500"),
        (Closing(b"a"), lambda result: lambda environ, sr: result, "GET", "500"),
        (Closing(b"a", b"b"), returning, "HEAD", "whole"),
        (Closing(b"a", b"b"), lambda result: returning(result, "304 X"), "GET", "whole"),
        (Closing(b"123", b"456", b"789"), sized, "GET", "whole"),
        (Closing(b"1"), sized, "GET", "cut"),
        (Closing(), returning, "GET", "whole"),
    ],
)
def test_close_is_called_once_however_the_request_ends(result, app, method, end):
    """PEP 3333 "Specification Details" """
    assert serve(app(result), method).end == end
    assert result.calls.count("close") == 1
    assert result.calls[-1] == "close"


def test_an_error_of_close_is_logged_and_the_answer_stays_whole():
    served = serve(returning(Closing(b"a", close_error=ValueError("in close"))))
    assert (served.body, served.end) == (b"a", "whole")
    assert "close() of the app iterable raised" in served.log
    assert "ValueError: in close" in served.log


def test_a_list_with_close_is_closed():
    class Blocks(list):
        closed = 0

        def close(self):
            self.closed += 1

    result = Blocks([b"a"])
    assert serve(returning(result)).body == b"a"
    assert result.closed == 1


def test_the_finally_of_a_generator_runs_when_the_answer_ends_early():
    ran = []

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "1")])
        try:
            while True:
                yield b"x"
        finally:
            ran.append(True)

    assert serve(app).body == b"x"
    assert ran == [True]


def test_nothing_else_of_the_iterable_is_touched():
    touched = set()

    class Watched:
        def __getattribute__(self, name):
            touched.add(name)
            return object.__getattribute__(self, name)

        def __iter__(self):
            return iter([b"a", b"b"])

        def close(self):
            pass

        def read(self):
            raise AssertionError

        fileno = name = read

    assert serve(returning(Watched())).body == b"ab"
    assert touched <= {"__iter__", "__len__", "__class__", "close"}


# Errors


@pytest.mark.parametrize(
    "error",
    [
        ValueError("x"),
        SystemExit(1),
        KeyboardInterrupt(),
        GeneratorExit(),
        MemoryError(),
        RecursionError(),
        StopIteration(),
    ],
)
def test_every_exception_ends_the_request_and_is_logged(error):
    def app(environ, start_response):
        start_response("200 OK", H)
        raise error

    served = serve(app)
    assert served.frames == [("abort",)]
    assert served.logged[0][0] == 40
    assert type(error).__name__ in served.log


def test_the_traceback_begins_with_the_applications_own_frame():
    def app(environ, start_response):
        raise ValueError("x")

    def late(environ, start_response):
        start_response("200 OK", H)
        yield b"a"
        raise ValueError("x")

    for served, function in ((serve(app), "app"), (serve(late), "late")):
        lines = served.log.splitlines()
        assert lines[0] == "the application raised: Traceback (most recent call last):"
        assert lines[1].endswith("in " + function)
        assert lines[-1] == "ValueError: x"
        assert "wizgy_worker" not in served.log


def test_an_error_in_a_started_body_cuts_it():
    def app(environ, start_response):
        start_response("200 OK", H)
        yield b"a"
        raise ValueError("x")

    served = serve(app)
    assert (served.body, served.end) == (b"a", "cut")


def test_an_exception_that_cannot_be_shown_is_logged_too():
    class Unshowable(Exception):
        def __str__(self):
            raise RuntimeError("no")

    def app(environ, start_response):
        raise Unshowable

    assert "Unshowable" in serve(app).log


# Credit and cancel (wire §7.1, §4.4)


def test_a_long_answer_waits_for_credit():
    """wire §7.1: never more than the window ahead of the front's credit."""
    link, exchange = make_exchange()
    window = wire.ANSWER_WINDOW
    body = bytes(range(256)) * (3 * window // 256)
    sent_at_wait = []

    def front_has_passed_on(size):
        def news():
            sent_at_wait.append(sum(len(frame[-2]) for frame in link.frames))
            exchange.grant(size)

        return news

    link.news.extend(
        [front_has_passed_on(window), front_has_passed_on(1), front_has_passed_on(window * 2)]
    )
    exchange.run(returning(iter([body])), {})
    assert sent_at_wait == [window, 2 * window, 2 * window + 1]
    assert b"".join(frame[-2] for frame in link.frames) == body
    assert link.frames[-1] == ("block", b"", "last")
    assert not link.news


def test_credit_granted_early_counts():
    """wire §7.1"""
    link, exchange = make_exchange()
    exchange.grant(wire.ANSWER_WINDOW)
    exchange.run(returning(iter([b"x" * wire.ANSWER_WINDOW, b"y"])), {})
    assert sum(len(frame[-2]) for frame in link.frames) == wire.ANSWER_WINDOW + 1


def test_what_ends_the_answer_is_not_held_back():
    """wire §7.1: a body whose frame carries LAST is exempt."""
    size = 4 * wire.ANSWER_WINDOW
    for app in (
        returning([b"x" * size]),
        sized(iter([b"x" * size]), size),
        returning(OneBlock(b"x" * size)),
    ):
        served = serve(app)
        assert len(served.body) == size
        assert len(served.frames) == 1


def test_everything_has_left_before_credit_is_waited_for():
    link, exchange = make_exchange()
    link.news.append(lambda: (link.events.append("wait"), exchange.grant(10**6)))
    exchange.run(returning(iter([b"x" * (wire.ANSWER_WINDOW + 1)])), {})
    at = link.events.index("wait")
    assert link.events[at - 1] == "flush"


@pytest.mark.parametrize("kind", ["iterate", "write"])
def test_a_client_that_goes_while_credit_is_waited_for_stops_the_application(kind):
    """wire §4.4: the request still ends, nothing is logged, the iterable is closed."""
    link, exchange = make_exchange()
    link.news.append(exchange.cancel)
    raised = []

    def app(environ, start_response):
        write = start_response("200 OK", H)
        if kind == "write":
            try:
                while True:
                    write(b"x" * 100_000)
            except ClientDisconnected as error:
                raised.append(error)
                raise
        return endless()

    def endless():
        try:
            while True:
                yield b"x" * 100_000
        finally:
            raised.append("closed")

    exchange.run(app, {})
    exchange.end()
    assert link.frames[-1] == ("abort",)
    assert link.frames.count(("abort",)) == 1
    assert link.logged == []
    assert len(raised) == 1


def test_a_client_that_went_between_two_blocks_stops_the_application():
    link, exchange = make_exchange()

    def app(environ, start_response):
        start_response("200 OK", H)
        yield b"a"
        exchange.cancel()
        yield b"b"
        raise AssertionError("it goes on")

    exchange.run(app, {})
    exchange.end()
    assert [frame[0] for frame in link.frames] == ["answer", "abort"]
    assert link.logged == []


def test_an_error_of_an_application_whose_client_has_gone_is_still_logged():
    link, exchange = make_exchange()
    exchange.cancel()

    def app(environ, start_response):
        raise ValueError("x")

    exchange.run(app, {})
    assert "ValueError: x" in link.logged[0][1]


def test_a_request_that_never_ran_still_ends():
    """wire §3.3"""
    link, exchange = make_exchange()
    exchange.cancel()
    exchange.end()
    exchange.end()
    assert link.frames == [("abort",)]


# Large bodies


@pytest.mark.parametrize("given", [True, False])
def test_a_large_body_needs_credit_but_for_its_end(monkeypatch, given):
    """wire §7.1: the front must be able to keep what it has not asked for."""
    monkeypatch.setattr("wizgy_worker.answer.LARGEST_LAST", 4)
    headers = [*H, ("Content-Length", "10")] if given else H

    def app(environ, start_response):
        start_response("200 OK", headers)
        return [b"0123456789"]

    served = serve(app)
    assert (served.body, served.length, served.end) == (b"0123456789", 10, "whole")
    assert [frame[-2:] for frame in served.frames] == [(b"012345", "more"), (b"6789", "last")]


def test_credit_that_comes_while_a_block_is_counted_is_not_lost():
    """wire §7.1: the front's credit is noted by the thread that reads the link, beside the one that sends."""
    _, exchange = make_exchange()
    news = [10]

    class Slow(bytes):
        def __len__(self):
            while news:
                exchange.grant(news.pop())
            return super().__len__()

    exchange.start_response("200 OK", [])
    exchange._send_piece(exchange._head, Slow(b"x" * wire.ANSWER_WINDOW), False)
    assert exchange._may_send()
