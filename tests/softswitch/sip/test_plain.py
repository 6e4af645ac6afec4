"""Text of strangers made fit for records, logs and screens."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from softswitch.sip.plain import REPLACEMENT, plain, plain_lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ann Baker", "Ann Baker"),
        ("Jürgen 山田 🦷", "Jürgen 山田 🦷"),
        (b"J\xfcrgen".decode("utf-8", "surrogateescape"), "Jürgen"),
        ("a\r\nb\0c\x1b[2J", f"a{REPLACEMENT * 2}b{REPLACEMENT}c{REPLACEMENT}[2J"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}exe.txt", f"{REPLACEMENT}exe.txt"),
        (b"\x9b31m".decode("utf-8", "surrogateescape"), f"{REPLACEMENT}31m"),
        ("\ud800", REPLACEMENT),
        ("tab\there", "tab here"),
    ],
)
def test_what_has_no_meaning_is_replaced(text: str, expected: str) -> None:
    assert expected == plain(text, 100)


@given(
    st.text(st.characters(), max_size=40) | st.binary(max_size=40).map(lambda b: b.decode("utf-8", "surrogateescape"))
)
def test_any_text_becomes_one_line_that_can_be_stored_and_shown(text: str) -> None:
    made = plain(text, 20)
    assert len(made) <= 20
    assert not {unicodedata.category(each) for each in made} & {"Cc", "Cs", "Zl", "Zp"}
    assert made == json.loads(json.dumps(made, ensure_ascii=False).encode())
    assert made == plain(made, 20)
    assert len(text) == len(plain(text, 100)), "nothing is dropped: different texts stay different"


def test_lines_stay_lines() -> None:
    assert f"Traceback:\n\tFile {REPLACEMENT}x" == plain_lines("Traceback:\n\tFile \x1bx")
