"""How many parts a text is: the borders of both alphabets, and no character cut in two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgmt.sms.segments import EXTENSION, GSM, MANY, ONE, segments, units_of


@pytest.mark.parametrize(
    ("text", "encoding", "count", "left"),
    [
        ("", "gsm7", 1, 160),
        ("a" * 160, "gsm7", 1, 0),
        ("a" * 161, "gsm7", 2, 153 - 8),
        ("a" * 306, "gsm7", 2, 0),
        ("a" * 307, "gsm7", 3, 152),
        ("€" * 80, "gsm7", 1, 0),
        ("€" * 81, "gsm7", 2, 153 - 10),
        ("a" * 152 + "€" + "a" * 10, "gsm7", 2, 153 - 12),
        ("я" * 70, "ucs2", 1, 0),
        ("я" * 71, "ucs2", 2, 63),
        ("😀" * 35, "ucs2", 1, 0),
        ("😀" * 36, "ucs2", 2, 67 - 6),
        ("ç", "ucs2", 1, 69),
        ("Ç", "gsm7", 1, 159),
    ],
)
def test_the_borders_of_both_alphabets(text: str, encoding: str, count: int, left: int) -> None:
    found = segments(text)
    assert (encoding, count, left) == (found.encoding, found.count, found.left)


def test_the_alphabet_has_all_its_places() -> None:
    assert (127, 10) == (len(GSM), len(EXTENSION))  # 128 with the escape


@given(st.text(alphabet=st.one_of(st.sampled_from(sorted(GSM | EXTENSION)), st.characters()), max_size=700))
def test_the_parts_are_the_text_and_none_is_too_long(text: str) -> None:
    found = segments(text)
    assert text == "".join(found.parts)
    room = ONE if found.count == 1 else MANY
    sizes = [sum(units_of(c, found.encoding) for c in part) for part in found.parts]
    assert max(sizes) <= room[found.encoding]
    assert found.left == room[found.encoding] - sizes[-1]
    assert found.units == sum(sizes)
