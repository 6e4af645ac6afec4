"""Telephone numbers as people and carriers write them, to E.164 (ITU-T E.164, RFC 3966) by the numbering plan of a country."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers

NUMBER_CHARS_MAX = 40
NUMBERS_KEPT_MAX = 8_192  # reading one costs as much as parsing a whole message
ANONYMOUS = "anonymous"


class NotANumber(Exception):
    """Theirs: what was dialled is no telephone number of that country."""


@lru_cache(NUMBERS_KEPT_MAX)
def to_e164(text: str, country: str) -> str:
    """E.164 of a national or international number dialled in `country`. Raises `NotANumber`."""
    if len(text) > NUMBER_CHARS_MAX or not any(c.isdigit() for c in text):
        raise NotANumber(f"{text[:NUMBER_CHARS_MAX]!r} is not a telephone number")
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException as error:
        raise NotANumber(f"{text!r} is not a telephone number in {country}") from error
    if not phonenumbers.is_possible_number(number):
        raise NotANumber(f"{text!r} is too long or too short for {country}")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def caller_of(text: str, country: str) -> str:
    """The caller's number as E.164 when it is one, else as it came; "anonymous" when it is hidden."""
    if not text or text.lower() in ("anonymous", "unavailable", "restricted", "private"):
        return ANONYMOUS
    try:
        return to_e164(text, country)
    except NotANumber:
        return text[:NUMBER_CHARS_MAX]
