"""How a trunk writes numbers, both ways, to and from E.164 (RFC 3966; RFC 3261 19.1.1 and 19.1.6 for `user=phone`).

| style    | +12025550100 in US | +442079460000 in US  | read back               |
|----------|--------------------|----------------------|-------------------------|
| e164     | +12025550100       | +442079460000        | as people of that country dial |
| digits   | 12025550100        | 442079460000         | the digits are the number |
| national | 2025550100         | 00442079460000       | `international` is a +  |

`prefix` stands before all of it. Short numbers (911) have no other form: they are never changed, and no prefix is put on.
"""

from __future__ import annotations

import phonenumbers

from configdb.carrier import NumberFormat
from softswitch.routing.numbers import NUMBER_CHARS_MAX, NotANumber, to_e164

AS_DIALLED = NumberFormat()
_ESCAPED = {"#": "%23", "%": "%25"}
"""What our formats may contain and a SIP user part may not (RFC 3261 25.1)."""


def written(number: str, how: NumberFormat, country: str) -> str:
    """The number as the trunk wants it; one that is no E.164 number stays as it is."""
    return how.prefix + identity(number, how, country) if number.startswith("+") else number


def _national(number: str, how: NumberFormat, country: str) -> str:
    code = f"+{phonenumbers.country_code_for_region(country)}"
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return how.international + number[1:]
    if f"+{parsed.country_code}" != code:
        return how.international + number[1:]
    return str(phonenumbers.national_significant_number(parsed))


def identity(number: str, how: NumberFormat, country: str) -> str:
    """A caller as the trunk wants it: like a number that is called, without its prefix."""
    if not number.startswith("+"):
        return number
    match how.style:
        case "e164":
            return number
        case "digits":
            return number[1:]
        case "national":
            return _national(number, how, country)


def uri_of(number: str, how: NumberFormat, country: str, where: str) -> str:
    """The Request-URI of a number at a gateway ("host:port"): sip, or tel with the country as context of a local number."""
    text = written(number, how, country)
    if how.scheme == "tel":
        context = "" if text.startswith("+") else f";phone-context=+{phonenumbers.country_code_for_region(country)}"
        return f"tel:{text}{context}"
    user = "".join(_ESCAPED.get(char, char) for char in text)
    return f"sip:{user}@{where}{';user=phone' if how.user_phone else ''}"


def read(text: str, how: NumberFormat, country: str) -> str:
    """E.164 of a number that the trunk wrote. Raises `NotANumber`."""
    digits = text.partition(";")[0].strip()
    if how.prefix and digits.startswith(how.prefix):
        digits = digits[len(how.prefix) :]
    if len(digits) > NUMBER_CHARS_MAX:
        raise NotANumber(f"{text[:NUMBER_CHARS_MAX]!r} is too long")
    if not digits.startswith("+"):
        match how.style:
            case "digits":
                digits = f"+{digits}"
            case "national" if digits.startswith(how.international):
                digits = f"+{digits[len(how.international) :]}"
    return to_e164(digits, country)
