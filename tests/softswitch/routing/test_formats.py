"""How trunks write numbers, and that what was written is read back as the same number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from configdb.carrier import NumberFormat
from softswitch.routing.formats import identity, read, uri_of, written
from softswitch.routing.numbers import NotANumber

US, GB, RU = "+12025550100", "+442079460000", "+74951234567"


def how(**fields: object) -> NumberFormat:
    return NumberFormat.model_validate(fields)


TABLE = [
    (US, "US", {}, "+12025550100"),
    (GB, "US", {}, "+442079460000"),
    (US, "US", {"prefix": "9"}, "9+12025550100"),
    (US, "US", {"style": "digits"}, "12025550100"),
    (GB, "US", {"style": "digits", "prefix": "00"}, "00442079460000"),
    (US, "US", {"style": "digits", "prefix": "1234#"}, "1234#12025550100"),
    (US, "US", {"style": "national"}, "2025550100"),
    (GB, "GB", {"style": "national", "prefix": "0"}, "02079460000"),
    (RU, "RU", {"style": "national", "international": "810", "prefix": "8"}, "84951234567"),
    (GB, "US", {"style": "national", "international": "011"}, "011442079460000"),
    (GB, "US", {"style": "national", "international": "+"}, "+442079460000"),
    ("911", "US", {"style": "digits", "prefix": "1234#"}, "911"),
    ("anonymous", "US", {"style": "digits", "prefix": "9"}, "anonymous"),
]


@pytest.mark.parametrize(("number", "country", "fields", "text"), TABLE)
def test_a_number_is_written_as_the_trunk_wants_it(
    number: str, country: str, fields: dict[str, object], text: str
) -> None:
    assert text == written(number, how(**fields), country)


READ = [
    ("+12025550100", "US", {}, US),
    ("12025550100", "US", {}, US),
    ("2025550100", "US", {}, US),
    ("+442079460000", "US", {}, GB),
    ("442079460000", "US", {"style": "digits"}, GB),
    ("+442079460000", "US", {"style": "digits"}, GB),
    ("9442079460000", "US", {"style": "digits", "prefix": "9"}, GB),
    ("1234#12025550100", "US", {"style": "digits", "prefix": "1234#"}, US),
    ("02079460000", "GB", {"style": "national"}, GB),
    ("00442079460000", "US", {"style": "national"}, GB),
    ("+12025550100;npdi;rn=+12025550000", "US", {}, US),
]


@pytest.mark.parametrize(("text", "country", "fields", "number"), READ)
def test_a_number_is_read_as_the_trunk_writes_it(
    text: str, country: str, fields: dict[str, object], number: str
) -> None:
    assert number == read(text, how(**fields), country)


@pytest.mark.parametrize("text", ["", "+", "x", "911911911911911911911911911911911911911911911", "12"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(NotANumber):
        read(text, how(style="digits"), "US")


URIS = [
    (US, {}, "sip:+12025550100@gw.example.net:5060"),
    (US, {"user_phone": True}, "sip:+12025550100@gw.example.net:5060;user=phone"),
    (US, {"style": "digits", "prefix": "1234#"}, "sip:1234%2312025550100@gw.example.net:5060"),
    (US, {"scheme": "tel"}, "tel:+12025550100"),
    (US, {"scheme": "tel", "style": "national"}, "tel:2025550100;phone-context=+1"),
    ("911", {"scheme": "tel"}, "tel:911;phone-context=+1"),
    ("911", {"prefix": "9"}, "sip:911@gw.example.net:5060"),
]


@pytest.mark.parametrize(("number", "fields", "uri"), URIS)
def test_the_address_of_a_number_at_a_trunk(number: str, fields: dict[str, object], uri: str) -> None:
    assert uri == uri_of(number, how(**fields), "US", "gw.example.net:5060")


def test_a_caller_is_shown_without_the_prefix_of_called_numbers() -> None:
    assert "12025550100" == identity(US, how(style="digits", prefix="1234#"), "US")


@given(
    some.sampled_from([US, GB, RU, "+4930123456", "+61212345678"]),
    some.sampled_from(["e164", "digits", "national"]),
    some.sampled_from(["US", "GB", "RU", "DE"]),
    some.sampled_from(["", "77#", "00"]),
)
def test_what_is_written_is_read_back(number: str, style: str, country: str, prefix: str) -> None:
    fields = how(style=style, prefix=prefix, international="+" if style == "national" else "00")
    assert number == read(written(number, fields, country), fields, country)
