"""Vitelity's numbers API: its recorded shapes, what its answers mean, and hostile bodies."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configdb.texting import Supplier
from mgmt.market import vitelity
from mgmt.market.letters import digits
from mgmt.outbox.item import Lost, Outcome, Refused, Sent
from mgmt.outbox.web import Answer, Ask
from mgmt.sms.wire import Known

KNOWN = Known(
    Supplier(id="vit", name="V", kind="vitelity", account="acc", route="pbx1", sells_numbers=True), "hush", "key"
)
LOCAL = b"""<?xml version="1.0"?>
<content><numbers>
 <did><number>9498912001</number><ratecenter>IRVINE</ratecenter><state>CA</state><rate_per_month>1.25</rate_per_month></did>
 <did><number>9498912002</number><ratecenter>IRVINE</ratecenter><state>CA</state></did>
</numbers></content>"""
TOLL_FREE = b"<content><status>ok</status><numbers><did>8557499200</did><did>18887776655</did></numbers></content>"


def form(ask: Ask) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs((ask.body or b"").decode()).items()}


def listed(body: bytes, status: int = 200) -> list[tuple[str, str, str, int]]:
    found = vitelity.listed(KNOWN.row, Answer(status, {}, body), 0.0)
    return [(one.number, one.kind, one.place, one.cost_cents) for one in found]


def test_how_it_is_asked() -> None:
    login = {"login": "acc", "pass": "hush", "xml": "yes"}
    assert {**login, "cmd": "listnpa", "npa": "949", "withrates": "yes"} == form(vitelity.search(KNOWN, "local", "949"))
    assert {**login, "cmd": "listnpanxx", "npanxx": "949891", "withrates": "yes"} == form(
        vitelity.search(KNOWN, "local", "949891")
    )
    assert {**login, "cmd": "listtollfree"} == form(vitelity.search(KNOWN, "tollfree", ""))
    assert {**login, "cmd": "getlocaldid", "did": "9498912001", "routesip": "pbx1"} == form(
        vitelity.buy(KNOWN, "+19498912001")
    )
    assert "gettollfree" == form(vitelity.buy(KNOWN, "+18557499200"))["cmd"]
    assert {**login, "cmd": "removedid", "did": "9498912001"} == form(vitelity.give_back(KNOWN, "+19498912001"))
    assert {**login, "cmd": "listdids"} == form(vitelity.ours(KNOWN))
    assert "hush" not in repr(vitelity.buy(KNOWN, "+19498912001"))


def test_lists_in_both_of_its_shapes() -> None:
    expected = [("+19498912001", "local", "IRVINE, CA", 125), ("+19498912002", "local", "IRVINE, CA", 0)]
    assert expected == listed(LOCAL)
    assert [("+18557499200", "tollfree", "", 0), ("+18887776655", "tollfree", "", 0)] == listed(TOLL_FREE)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<content><status>fail</status><error>none</error></content>",
        b"<did>12</did>",
        b"<did>not a number</did>",
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><did>&a;</did>",
        b"<did>" * 50_000,
        b"<did><a>" * 20_000,
        b"\xff\xfe" * 1000,
    ],
)
def test_a_list_of_nothing(body: bytes) -> None:
    assert [] == listed(body)


def test_a_list_is_bounded_and_an_error_page_is_none() -> None:
    assert vitelity.NUMBERS_MAX == len(listed(b"<did>9498912001</did>" * 2000))
    assert [] == listed(LOCAL, 500)


@given(st.binary(max_size=300))
def test_any_bytes_are_read(body: bytes) -> None:
    listed(body)
    vitelity.outcome(Answer(200, {}, body))


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"<content><status>ok</status><response>success</response></content>", Sent()),
        (200, b"<content><status>fail</status><error>unavailable</error></content>", Refused("unavailable")),
        (200, b"<content><status>fail</status></content>", Refused("fail")),
        (200, b"<html>maintenance</html>", Lost("an answer that says nothing")),
        (500, b"", Lost("500")),
    ],
)
def test_what_an_answer_to_an_order_means(status: int, body: bytes, expected: Outcome) -> None:
    assert expected == vitelity.outcome(Answer(status, {}, body))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("PIZZA", "74992"),
        ("1-800-FLOWERS", "18003569377"),
        ("(202) 555", "202555"),
        ("", ""),
        ("ПИЦЦА", None),
        ("*72", None),
    ],
)
def test_letters_are_those_of_the_keypad(wanted: str, expected: str | None) -> None:
    assert expected == digits(wanted)
