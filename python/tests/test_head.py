"""What start_response takes and refuses (PEP 3333 "The start_response() Callable"), and that remembering changes nothing."""

from __future__ import annotations

import random

import pytest
from plain import plain_head
from wizgy_worker import head
from wizgy_worker.head import encode_head, encode_pair
from wizgy_worker.wire import HAS_DATE, HAS_SERVER


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    """Every test starts with nothing remembered."""
    monkeypatch.setattr(head, "_lines", {})
    monkeypatch.setattr(head, "_statuses", {})
    monkeypatch.setattr(head, "_heads", {})


@pytest.mark.parametrize(
    ("status", "line", "code"),
    [
        ("200 OK", b"200 OK\r\n", 200),
        ("299 My Words", b"299 My Words\r\n", 299),
        ("404 caf\xe9", b"404 caf\xe9\r\n", 404),
        ("999 x\ty", b"999 x\ty\r\n", 999),
        ("200", b"200 \r\n", 200),
    ],
)
def test_the_status_goes_out_as_given(status, line, code):
    for _ in range(2):
        encoded = encode_head(status, [])
        assert (encoded.lines, encoded.code) == ([line], code)


@pytest.mark.parametrize(
    "status",
    [
        "",
        "OK",
        "20 OK",
        "2000 OK",
        "20x OK",
        "200OK",
        " 200 OK",
        "200 OK ",
        "200 ",
        "200\tOK",
        "200 OK\r\n",
        "200 OK\n",
        "200 a\nb",
        "200 a\r\nX: y",
        "200 a\0b",
        "200 a\x7fb",
        "200 \u20ac",
        "000 X",
        "099 X",
        "\u0662\u0660\u0660 OK",
        "-20 OK",
        "100 Continue",
        "101 Switching Protocols",
    ],
)
def test_a_status_that_http_cannot_send_is_refused(status):
    for _ in range(2):
        with pytest.raises(ValueError, match="status"):
            encode_head(status, [])


@pytest.mark.parametrize("status", [b"200 OK", 200, None, ["200 OK"], ("200", "OK"), 200.0])
def test_a_status_that_is_no_str_is_refused(status):
    with pytest.raises(TypeError, match="status must be a str"):
        encode_head(status, [])


@pytest.mark.parametrize(
    ("headers", "hint"),
    [
        ((("X", "y"),), "tuple"),
        ({"X": "y"}, r"list\(headers.items\(\)\)"),
        ((pair for pair in [("X", "y")]), "generator"),
        ("X: y", "str"),
        (None, "NoneType"),
        (type("Headers", (list,), {})(), "Headers"),
    ],
)
def test_headers_that_are_no_list_are_refused(headers, hint):
    with pytest.raises(TypeError, match="headers must be a list.*" + hint):
        encode_head("200 OK", headers)


@pytest.mark.parametrize(
    "item",
    [["X", "y"], ("X",), ("X", "y", "z"), (), "Xy", "X: y", b"Xy", None, 5, {"X": "y"}, ([], "y")],
)
def test_an_item_that_is_no_pair_is_refused(item):
    with pytest.raises(TypeError, match="start_response"):
        encode_head("200 OK", [("X-A", "1"), item])


@pytest.mark.parametrize(
    ("pair", "hint"),
    [
        ((b"X", "y"), "decode it as latin-1"),
        (("X", b"y"), "decode it as latin-1"),
        (("X", bytearray(b"y")), "decode it as latin-1"),
        (("X", 5), r"write str\(\.\.\.\)"),
        (("X", 5.0), r"write str\(\.\.\.\)"),
        (("X", None), "NoneType"),
        ((None, "y"), "NoneType"),
        ((1, "y"), "int"),
        (("X", ["y"]), "list"),
    ],
)
def test_a_name_or_value_that_is_no_str_is_refused_with_a_hint(pair, hint):
    for _ in range(2):
        with pytest.raises(TypeError, match="must be str.*" + hint):
            encode_head("200 OK", [pair])


@pytest.mark.parametrize(
    "name",
    ["", "a b", " a", "a ", "a:", ":", "a\r", "a\n", "a\r\nX", "a\0", "caf\xe9", "\u20ac", "a\tb"]
    + ["a%sb" % separator for separator in '"(),/;<=>?@[\\]{}'],
)
def test_a_name_that_is_no_token_is_refused(name):
    """RFC 9110 §5.1"""
    for _ in range(2):
        with pytest.raises(ValueError, match="not a valid header name"):
            encode_head("200 OK", [(name, "y")])


def test_every_character_of_a_token_may_stand_in_a_name():
    """RFC 9110 §5.6.2"""
    name = "!#$%&'*+-.^_`|~09azAZ"
    assert encode_pair((name, "y")) == name.encode() + b": y\r\n"


@pytest.mark.parametrize(
    "code", [*range(0x09), *range(0x0A, 0x20), 0x7F, 0x100, 0x20AC, 0xD800, 0x1F600]
)
def test_a_character_that_no_value_may_hold_is_refused(code):
    """RFC 9110 §5.5; PEP 3333 "Unicode Issues" """
    for value in (chr(code), "a%sb" % chr(code), " " + chr(code)):
        with pytest.raises(ValueError, match="the value of header X "):
            encode_head("200 OK", [("X", value)])


def test_htab_may_stand_inside_a_value():
    """RFC 9110 §5.5"""
    assert encode_pair(("X", "a\tb")) == b"X: a\tb\r\n"


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: x=y", "a\n b", "a\r\n\tb", "\r\n\r\n<p>"])
def test_no_line_can_be_smuggled_in(value):
    with pytest.raises(ValueError, match="line end"):
        encode_head("200 OK", [("X", value)])


def test_values_are_latin_1():
    """PEP 3333 "Unicode Issues" """
    value = "".join(map(chr, [*range(0x21, 0x7F), *range(0xA1, 0x100)]))
    assert encode_pair(("X", value)) == b"X: " + value.encode("latin-1") + b"\r\n"


def test_white_space_around_a_value_is_not_part_of_it():
    """RFC 9110 §5.5"""
    assert encode_pair(("X", " \ta b\t ")) == b"X: a b\r\n"
    assert encode_pair(("X", "")) == b"X: \r\n"
    assert encode_pair(("X", "\xa0")) == b"X: \xa0\r\n"


@pytest.mark.parametrize("name", sorted(head.HOP_BY_HOP))
def test_a_hop_by_hop_header_is_refused_in_any_case(name):
    """PEP 3333 "Other HTTP Features" """
    for spelling in (name, name.title(), name.upper()):
        for _ in range(2):
            with pytest.raises(ValueError, match="hop-by-hop"):
                encode_head("200 OK", [(spelling, "x")])


def test_the_servers_own_list_covers_wsgirefs():
    from wsgiref.util import is_hop_by_hop

    known = """connection keep-alive proxy-authenticate proxy-authorization te trailers transfer-encoding upgrade"""
    for name in known.split():
        assert is_hop_by_hop(name)
        assert name in head.HOP_BY_HOP


def test_headers_keep_their_order_their_repeats_and_their_spelling():
    headers = [("x-lower", "1"), ("Set-Cookie", "a=1"), ("X-UPPER", "2"), ("Set-Cookie", "b=2")]
    for _ in range(2):
        assert encode_head("200 OK", headers).lines[1:] == [
            b"x-lower: 1\r\n",
            b"Set-Cookie: a=1\r\n",
            b"X-UPPER: 2\r\n",
            b"Set-Cookie: b=2\r\n",
        ]
    assert len(headers) == 4


@pytest.mark.parametrize(
    ("names", "flags"),
    [
        ([], 0),
        (["date"], HAS_DATE),
        (["DATE", "server"], HAS_DATE | HAS_SERVER),
        (["SeRvEr"], HAS_SERVER),
        (["X-Date", "Servers"], 0),
    ],
)
def test_date_and_server_are_noticed_in_any_case(names, flags):
    """wire §5.4"""
    for _ in range(2):
        assert encode_head("200 OK", [(name, "x") for name in names]).flags == flags


@pytest.mark.parametrize(
    ("value", "length"), [("0", 0), ("3", 3), (" 12\t", 12), ("007", 7), ("9" * 15, 10**15 - 1)]
)
def test_a_content_length_counts_in_any_case(value, length):
    """RFC 9110 §8.6"""
    for _ in range(2):
        for name in ("Content-Length", "content-LENGTH"):
            assert encode_head("200 OK", [(name, value)]).content_length == length
    assert encode_head("200 OK", [("Content-Type", "a/b")]).content_length == -1


@pytest.mark.parametrize(
    "value", ["", "-1", "+1", "1.0", "1e3", "0x1", "1_0", "1, 1", "\xb2", "9" * 16]
)
def test_a_content_length_that_is_no_number_is_refused(value):
    """RFC 9110 §8.6"""
    with pytest.raises(ValueError, match="Content-Length must be a decimal number"):
        encode_head("200 OK", [("Content-Length", value)])


def test_a_204_has_no_content_length():
    """RFC 9110 §8.6"""
    for _ in range(2):
        encoded = encode_head("204 No Content", [("Content-Length", "0"), ("X", "y")])
        assert encoded.content_length == -1
        assert encoded.lines == [b"204 No Content\r\n", b"X: y\r\n"]
    assert encode_head("304 Not Modified", [("Content-Length", "9")]).content_length == 9


@pytest.mark.parametrize("values", [("1", "1"), ("0", "0"), ("1", "2")])
def test_a_content_length_is_given_once(values):
    with pytest.raises(ValueError, match="twice"):
        encode_head("200 OK", [("content-length", values[0]), ("Content-Length", values[1])])


def test_a_long_wrong_value_is_shown_in_part():
    with pytest.raises(ValueError, match="the value of header X") as caught:
        encode_head("200 OK", [("X", "\0" * 100_000)])
    assert len(str(caught.value)) < 400


NAMES = [
    "X-A",
    "x-a",
    "Content-Length",
    "Date",
    "server",
    "Content-Type",
    "Connection",
    "a b",
    "",
    None,
]
VALUES = ["a", " a ", "", "5", "05", "x" * 600, "a\nb", "\u20ac", b"a", 5, ["a"]]


def test_remembered_heads_equal_plain_ones(monkeypatch):
    """The maps give what there is without them, in any order and when they are full."""
    monkeypatch.setattr(head, "MAX_REMEMBERED", 7)
    monkeypatch.setattr(head, "MAX_REMEMBERED_HEADS", 5)
    hits = 0
    rng = random.Random(6)
    for _ in range(3000):
        headers = [
            (rng.choice(NAMES[:6] if rng.random() < 0.9 else NAMES), rng.choice(VALUES[:6]))
            if rng.random() < 0.9
            else (rng.choice(NAMES), rng.choice(VALUES))
            for _ in range(rng.randint(0, 5))
        ]
        status = rng.choice(
            ["200 OK", "404 Not Found", "500", "600 %d" % rng.randint(0, 20), "2", 200]
        )
        try:
            hits += (status, *headers) in head._heads
        except TypeError:
            pass  # Not hashable.
        assert outcome(status, headers) == plain_outcome(status, headers)
        assert len(head._lines) <= 7
        assert len(head._statuses) <= 7
        assert len(head._heads) <= 5
    assert hits > 100


def outcome(status, headers):
    try:
        encoded = encode_head(status, headers)
    except (TypeError, ValueError) as error:
        return (type(error), str(error))
    return (encoded.code, encoded.lines, encoded.flags, encoded.content_length)


def plain_outcome(status, headers):
    """As encode_head with nothing remembered."""
    maps = (head._lines, head._statuses, head._heads)
    kept = [each.copy() for each in maps]
    for each in maps:
        each.clear()
    try:
        return outcome(status, headers)
    finally:
        for each, entries in zip(maps, kept):
            each.clear()
            each.update(entries)


def test_pairs_that_rarely_repeat_are_not_remembered():
    encode_head(
        "200 OK", [("Set-Cookie", "x" * 600), ("Content-Length", "5"), ("Date", "x"), ("X", "y")]
    )
    assert list(head._lines) == [("X", "y")]


def test_heads_are_remembered_when_all_their_pairs_have_been_seen():
    repeated = [("X", "y"), ("Content-Length", "5")]
    for _ in range(2):
        encode_head("200 OK", repeated)
        encode_head("200 OK", [("X", "y"), ("Set-Cookie", "x" * 600)])
        encode_head("200 OK", [("Date", "x")])
    assert list(head._heads) == [("200 OK", *repeated)]


def test_a_list_that_the_application_keeps_is_not_changed():
    headers = [("X", "y")]
    for _ in range(3):
        first = encode_head("200 OK", headers)
        first.lines.append(b"Content-Length: 1\r\n")
        assert headers == [("X", "y")]
        assert encode_head("200 OK", headers).lines == [b"200 OK\r\n", b"X: y\r\n"]


@pytest.mark.parametrize("seed", range(20))
def test_any_good_head_is_that_of_the_plain_twin(seed, monkeypatch):
    monkeypatch.setattr(head, "MAX_REMEMBERED", 6)
    monkeypatch.setattr(head, "MAX_REMEMBERED_HEADS", 4)
    rng = random.Random(seed)
    names = ["X", "x", "Date", "SERVER", "X-Sendfile", "x-accel-redirect", "Set-Cookie", "Vary"]
    for _ in range(200):
        headers = [
            (rng.choice(names), rng.choice(["a", " b ", "caf\xe9", "c" * 600]))
            for _ in range(rng.randint(0, 4))
        ]
        if rng.random() < 0.5:
            headers.insert(
                rng.randint(0, len(headers)), ("Content-length", str(rng.choice([0, 5, 77])))
            )
        status = rng.choice(["200 OK", "404 Not Found", "299 caf\xe9"])
        encoded = encode_head(status, headers)
        actual = (encoded.code, encoded.lines, encoded.flags, encoded.content_length)
        assert actual == plain_head(status, headers)
        encoded.lines.append(b"of this answer alone")
