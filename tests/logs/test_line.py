"""A line: its names, its order, its length, and nothing that looks like a secret."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from logs.line import FACTS_MAX, TEXT_CHARS_MAX, line, stamp
from logs.secret import HIDDEN, hidden

HA1 = "5f4dcc3b5aa765d61d8327deb882cf99"


def read(**facts: Any) -> dict[str, Any]:
    return dict(json.loads(line(facts)))


def test_the_known_names_come_first_and_what_is_none_not_at_all() -> None:
    found = read(zone="x", text="hello", call=None, event="e", at="now", tenant="riverside")
    assert ["at", "event", "tenant", "text", "zone"] == list(found)


def test_what_is_no_value_of_json_is_a_text() -> None:
    found = read(when=datetime(2026, 1, 2, tzinfo=UTC), some=("a", 1), deep={"b": {"c": object}})
    assert "2026-01-02 00:00:00+00:00" == found["when"]
    assert ["a", 1] == found["some"]
    assert "<class 'object'>" == found["deep"]["b"]["c"]


def test_a_long_text_keeps_its_beginning_and_its_end() -> None:
    found = read(failure="Traceback " + "x" * 100_000 + " ValueError: no")
    assert found["failure"].startswith("Traceback")
    assert found["failure"].endswith("ValueError: no")
    assert len(found["failure"]) <= TEXT_CHARS_MAX + 10


def test_facts_are_bounded() -> None:
    assert FACTS_MAX == len(read(**{f"f{number}": number for number in range(1_000)}))


def test_a_value_under_the_name_of_a_secret_is_hidden_wherever_it_is() -> None:
    found = read(password="hunter2", trunk={"hep_key": "x", "ha1_md5": HA1, "id": "north"}, tokens_left=3)
    assert {
        "password": HIDDEN,
        "trunk": {"hep_key": HIDDEN, "ha1_md5": HIDDEN, "id": "north"},
        "tokens_left": 3,
    } == found


def test_what_a_line_is_about_is_never_hidden() -> None:
    assert {"tenant": "pin", "call": "a" * 32} == read(tenant="pin", call="a" * 32)


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("password=hunter2 and more", "hunter2"),
        ('{"password": "hunter2"}', "hunter2"),
        ('{\\"password\\": \\"hunter2\\"}', "hunter2"),
        ("KeyError: {'secret': 'hunter2'}", "hunter2"),
        ('Authorization: Digest username="ann", realm="x", response="0f0f"', "0f0f"),
        ('Proxy-Authorization: Digest response="0f0f"', "0f0f"),
        ("Authorization: Bearer hunter2", "hunter2"),
        ("with bearer hunter2abc", "hunter2abc"),
        ("mongodb://ann:hunter2@db/calls", "hunter2"),
        ("GET /sms?token=hunter2&x=1", "hunter2"),
        (f"HA1 is {HA1}", HA1),
        ("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj", "d0RmdmcmVCsp"),
        ("a=ice-pwd:asd88fgpdd777uzjYhagZg", "asd88fgpdd777uzjYhagZg"),
        ("sealed:v1:AAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAA"),
        ("key sk_abcdefghijkl", "abcdefghijkl"),
        ("key ssk_live_abcdefghijkl", "abcdefghijkl"),
        ("token app_WyJhY2Nlc3M.sig", "WyJhY2Nlc3M"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEv\n-----END PRIVATE KEY-----", "MIIEv"),
        ("mailbox pin: 4711", "4711"),
    ],
)
def test_what_looks_like_a_secret_is_not_written(text: str, gone: str) -> None:
    assert gone not in hidden(text)
    assert gone not in line({"text": text, "failure": text})
    assert HIDDEN in hidden(text)


@pytest.mark.parametrize(
    "text",
    [
        "404 for +12025550199: no such number",
        "trunk north: gateway udp:192.0.2.8:5060 is down (503)",
        "listening on udp 0.0.0.0:5060",
        "no response: the gateway is silent",
        "sipping: tea",
    ],
)
def test_what_is_none_stays(text: str) -> None:
    assert text == hidden(text)


def test_hiding_takes_time_in_proportion_to_the_text() -> None:
    """Every repetition of a pattern is bounded, and no two that overlap follow one another."""
    for piece in (
        "password=",
        "authorization",
        "a://",
        "inline:",
        "-----BEGIN PRIVATE KEY-----",
        "key key=key=",
        "sk_",
        "ssk_live_",
    ):
        assert len(hidden(piece * 4_000)) <= len(piece) * 4_000 + 12_000


def test_moments_are_in_utc() -> None:
    assert "2027-01-15T08:00:00.250Z" == stamp(1_800_000_000.25)
