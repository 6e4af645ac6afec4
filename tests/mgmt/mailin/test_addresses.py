"""What an address of ours means, and that everything else is not ours."""

from __future__ import annotations

import pytest

from mgmt.mailin.addresses import Answer, Box, Place, Postmaster, Todo, answer_address, place_of

TOKEN = "abcdefghij234567abcd"


@pytest.mark.parametrize(
    "address, place",
    [
        ("todo@pbx.example", Todo(None)),
        ("ToDo+Riverside@pbx.example", Todo("riverside")),
        ("todo@in.pbx.example", Todo(None)),
        ("riverside@in.pbx.example", Box("riverside", "inbox")),
        ("riverside+sales@IN.PBX.example", Box("riverside", "sales")),
        (f"reply+riverside.{TOKEN}@in.pbx.example", Answer("riverside", TOKEN, False)),
        (f"bounce+river-side.{TOKEN}@in.pbx.example", Answer("river-side", TOKEN, True)),
        ("postmaster@pbx.example", Postmaster()),
        ("abuse@in.pbx.example", Postmaster()),
        ("riverside@pbx.example", None),
        ("riverside@other.example", None),
        ("todo@pbx.example.evil.example", None),
        ("riverside+@in.pbx.example", None),
        ("reply+riverside.short@in.pbx.example", None),
        ("todo+bad name@pbx.example", None),
        ("@in.pbx.example", None),
        ("riverside%other.example@in.pbx.example", None),
        ("a" * 65 + "@in.pbx.example", None),
        ("", None),
    ],
)
def test_an_address_means_one_thing_or_is_not_ours(address: str, place: Place | None) -> None:
    assert place == place_of(address, "pbx.example")


@pytest.mark.parametrize("back", [True, False])
def test_the_address_of_a_letter_leads_back_to_it(back: bool) -> None:
    address = answer_address("riverside", TOKEN, "pbx.example", back)
    assert Answer("riverside", TOKEN, back) == place_of(address or "", "pbx.example")


def test_a_company_whose_name_is_too_long_for_an_address_has_none() -> None:
    assert answer_address("r" * 40, TOKEN, "pbx.example", True) is None
