"""The environ dictionary, from what a REQUEST frame carries (wire §4.2, PEP 3333 "environ Variables")."""

from __future__ import annotations

import random

import pytest
from golden import golden, text
from plain import plain_environ
from wizgy_worker import environ as environ_module
from wizgy_worker.environ import EnvironMaker

REQUESTS = [frame for frame in golden("from-front.json") if frame.kind == "request"]
SLOTS = b"GET\0/p\0q=1\0/p?q=1\x00127.0.0.1\x0050000"
FROM_SLOTS = {
    "REQUEST_METHOD": "GET",
    "PATH_INFO": "/p",
    "QUERY_STRING": "q=1",
    "REQUEST_URI": "/p?q=1",
    "RAW_URI": "/p?q=1",
    "REMOTE_ADDR": "127.0.0.1",
    "REMOTE_PORT": "50000",
}


@pytest.fixture
def maker():
    made = EnvironMaker({"wsgi.version": (1, 0)})
    made.add_constants(1, b"SERVER_NAME\0a\0SCRIPT_NAME\0")
    made.add_constants(65535, b"SERVER_NAME\0caf\xe9")
    return made


def pairs(texts):
    values = list(map(text, texts))
    return dict(zip(values[::2], values[1::2]))


@pytest.mark.parametrize("frame", REQUESTS, ids=repr)
def test_the_environ_of_a_golden_request(maker, frame):
    """wire §4.1 and §4.2"""
    fields = frame.fields
    fragment = "\0".join(map(text, fields["fragment"])).encode("latin-1")
    extra = fields.get("extra", [])
    slots = "\0".join(fields["slots"] + extra).encode("latin-1")
    method, path, query, target, address, port = fields["slots"]
    constants = {
        "1": {"SERVER_NAME": "a", "SCRIPT_NAME": ""},
        "65535": {"SERVER_NAME": "caf\xe9"},
    }
    expected = {
        "wsgi.version": (1, 0),
        **constants[fields["fragment"][0]],
        **pairs(fields["fragment"][1:]),
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REQUEST_URI": target,
        "RAW_URI": target,
        "REMOTE_ADDR": address,
        "REMOTE_PORT": port,
        **pairs(extra),
    }
    for _ in range(2):
        made = maker.make(fragment, slots, bool(extra))
        assert made == expected
        assert type(made) is dict


def test_every_request_has_a_dictionary_of_its_own(maker):
    fragment = b"1\0HTTP_X\0y"
    first = maker.make(fragment, SLOTS, False)
    first["leak"] = 1
    del first["HTTP_X"]
    second = maker.make(fragment, SLOTS, False)
    second.clear()
    assert maker.make(fragment, SLOTS, False) == {
        "wsgi.version": (1, 0),
        "SERVER_NAME": "a",
        "SCRIPT_NAME": "",
        "HTTP_X": "y",
        **FROM_SLOTS,
    }


def test_extra_entries_do_not_stay_for_the_next_request(maker):
    fragment = b"1\0HTTP_HOST\0a"
    assert maker.make(fragment, SLOTS + b"\0HTTP_HOST\0b\0X\0", True)["HTTP_HOST"] == "b"
    after = maker.make(fragment, SLOTS, False)
    assert after["HTTP_HOST"] == "a"
    assert "X" not in after


def test_extra_entries_win_over_all_others(maker):
    """wire §4.2"""
    extra = b"\0REMOTE_ADDR\0::1\0PATH_INFO\0/other\0SERVER_NAME\0b\0HTTP_X\0z"
    made = maker.make(b"1\0HTTP_X\0y", SLOTS + extra, True)
    assert made["REMOTE_ADDR"] == "::1"
    assert made["PATH_INFO"] == "/other"
    assert made["SERVER_NAME"] == "b"
    assert made["HTTP_X"] == "z"
    assert made["REQUEST_METHOD"] == "GET"


def test_the_fragment_wins_over_the_constants_and_these_over_the_rest():
    maker = EnvironMaker({"a": "always", "b": "always", "c": "always"})
    maker.add_constants(1, b"b\0constants\0c\0constants")
    made = maker.make(b"1\0c\0fragment", SLOTS, False)
    assert (made["a"], made["b"], made["c"]) == ("always", "constants", "fragment")


def test_constants_that_come_again_count_from_then_on(maker):
    """wire §4.1: also for a fragment that was seen before."""
    fragment = b"1\0HTTP_X\0y"
    maker.make(fragment, SLOTS, False)
    maker.add_constants(1, b"SERVER_NAME\0b")
    assert maker.make(fragment, SLOTS, False)["SERVER_NAME"] == "b"


def test_texts_are_one_character_for_each_byte(maker):
    """PEP 3333 "Unicode Issues" """
    every = bytes(range(1, 256))
    made = maker.make(b"1\0HTTP_X\0" + every, b"GET\0/" + every + b"\0" + every + b"\0/\0\0", False)
    assert made["HTTP_X"] == every.decode("latin-1")
    assert made["PATH_INFO"] == "/" + every.decode("latin-1")
    assert made["QUERY_STRING"] == every.decode("latin-1")


def test_more_fragments_than_are_remembered_change_nothing(maker, monkeypatch):
    monkeypatch.setattr(environ_module, "MAX_REMEMBERED", 5)
    for number in [*range(20), *range(20), 3, 3, 19, 0]:
        made = maker.make(b"1\0HTTP_X\x00%d" % number, SLOTS, False)
        assert made["HTTP_X"] == str(number)
        assert len(maker._remembered) <= 5


@pytest.mark.parametrize("seed", range(20))
def test_the_environ_of_any_request_is_that_of_the_plain_twin(seed, monkeypatch):
    """wire §4.2: remembered or not, spoilt by applications or not, with constants that come again."""
    monkeypatch.setattr(environ_module, "MAX_REMEMBERED", 4)
    rng = random.Random(seed)
    always = {"wsgi.version": (1, 0), "a": "always"}
    made = EnvironMaker(always)
    constants = {}
    keys = ["a", "b", "HTTP_X", "HTTP_HOST", "PATH_INFO", "SERVER_NAME"]
    values = ["", "1", "caf\xe9", "x" * 300]

    def entries(least):
        count = rng.randint(least, 4)
        return [text for _ in range(count) for text in (rng.choice(keys), rng.choice(values))]

    fragments = ["\0".join([rng.choice("12"), *entries(0)]).encode("latin-1") for _ in range(8)]
    for turn in range(120):
        if turn < 2 or rng.random() < 0.05:
            number = turn + 1 if turn < 2 else rng.randint(1, 2)
            constants[str(number)] = "\0".join(entries(1)).encode("latin-1")
            made.add_constants(number, constants[str(number)])
        if turn < 2:
            continue
        extra = rng.random() < 0.3
        slots = ["GET", "/" + rng.choice(values), rng.choice(values), "/t", "::1", "1"]
        texts = "\0".join(slots + (entries(1) if extra else [])).encode("latin-1")
        request = (rng.choice(fragments), texts, extra)
        environ = made.make(*request)
        assert environ == plain_environ(always, constants, *request)
        if rng.random() < 0.3:
            environ.clear()
        environ["HTTP_X"] = "spoilt"
