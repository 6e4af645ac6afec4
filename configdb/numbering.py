"""Where telephone numbers are, by the numbering plans of the world (ITU-T E.164, libphonenumber)."""

from __future__ import annotations

from collections.abc import Iterable

import phonenumbers


def country_of(number: str) -> str:
    """ISO 3166-1 of an E.164 number; its calling code as `+883` where no country has it."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ""
    region = phonenumbers.region_code_for_number(parsed)
    return region if region not in (None, "001") else f"+{parsed.country_code}"


def home_of(number: str, usual: str) -> str:
    """The country of a number; `usual` where the plans do not say."""
    found = country_of(number)
    return found if found.isalpha() else usual


def countries_of(numbers: Iterable[str]) -> set[str]:
    """Those of some numbers."""
    return {country_of(number) for number in numbers}
