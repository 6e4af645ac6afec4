"""Whether a password is hard enough to guess: long, not of few signs, no pattern, no everyday words, nothing of the person.

NIST SP 800-63B 3.1.1.2: no rules about kinds of characters; what attackers try first is refused with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from mgmt.limits import password_chars_max, password_chars_min

distinct_chars_min = 5
rest_chars_min = 8
_leet = str.maketrans("013457@$!", "oieastasi")
_rows = (
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "01234567890",
    "йцукенгшщзхъ",
    "фывапролджэ",
)
_everyday = (
    *("password", "passwort", "пароль", "qwerty", "letmein", "welcome", "admin", "administrator", "login", "secret"),
    *("iloveyou", "monkey", "dragon", "football", "baseball", "sunshine", "princess", "master", "changeme", "default"),
    *("softswitch", "telephone", "phone", "company", "summer", "winter", "spring", "autumn", "user", "test", "hello"),
)


def weakness(password: str, about: Iterable[str] = ()) -> str | None:
    """Why it is refused, None when it is fine. `about`: names and addresses of the person and the company."""
    if not password_chars_min <= len(password) <= password_chars_max:
        return f"must have {password_chars_min} to {password_chars_max} characters"
    text = password.casefold()
    if len(set(text)) < distinct_chars_min:
        return f"must have at least {distinct_chars_min} different characters"
    if re.fullmatch(r"(.{1,6}?)\1+.{0,5}", text, re.DOTALL):
        return "must not repeat one piece again and again"
    if len(_without_runs(text)) < rest_chars_min:
        return "must not be made of rows like 12345 or qwerty"
    if len(_without(text, _everyday)) < rest_chars_min:
        return "must not be made of words that everybody tries first"
    if len(_without(text, _pieces(about))) < rest_chars_min:
        return "must not be made of your own name, address or company"
    return None


def _pieces(about: Iterable[str]) -> list[str]:
    return [piece for text in about for piece in re.split(r"[^\w]+", text.casefold()) if len(piece) >= 3]


def _without(text: str, words: Iterable[str]) -> str:
    """What is left when the words are gone, however they are written, and digits at the ends with them."""
    plain, left = text, text.translate(_leet)
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word.translate(_leet), "")
        plain = plain.replace(word, "")
    if plain == text and left == text.translate(_leet):
        return text
    return min(re.sub(r"[\W\d_]+", "", left), re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain), key=len)


def _without_runs(text: str) -> str:
    """The text without stretches of four or more that go on like a row of the keyboard, in either direction."""
    kept = list(text)
    for row in (*_rows, *(each[::-1] for each in _rows)):
        for start in range(len(text) - 3):
            if text[start : start + 4] in row:
                kept[start : start + 4] = [""] * 4
    return "".join(kept)
