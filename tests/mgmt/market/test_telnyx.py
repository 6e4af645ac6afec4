"""Telnyx's numbers API: its described shapes, what its answers mean, and hostile bodies."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configdb.texting import Supplier
from mgmt.market import telnyx
from mgmt.market.inventory import Wanted
from mgmt.outbox.item import Failed, Lost, Outcome, Refused, Sent
from mgmt.outbox.web import Answer, Ask
from mgmt.sms.wire import Known

KNOWN = Known(
    Supplier(id="tel", name="T", kind="telnyx", route="1293384261075731499", sells_numbers=True), "hush", "key"
)
NUMBER = "+13035550171"
FREE = {
    "data": [
        {
            "record_type": "available_phone_number",
            "phone_number": NUMBER,
            "phone_number_type": "local",
            "region_information": [
                {"region_type": "country_code", "region_name": "US"},
                {"region_type": "rate_center", "region_name": "DENVER"},
                {"region_type": "state", "region_name": "CO"},
            ],
            "cost_information": {"upfront_cost": "1.00", "monthly_cost": "1.25", "currency": "USD"},
            "features": [{"name": "sms"}, {"name": "voice"}],
        },
        {"phone_number": "nonsense"},
        {"phone_number": "+13035550172", "cost_information": None, "features": None},
    ],
    "meta": {"total_results": 3},
}


def web(*answers: tuple[int, Any], asked: list[Ask] | None = None) -> Callable[[Ask], Answer]:
    left = list(answers)

    def ask(what: Ask) -> Answer:
        (asked if asked is not None else []).append(what)
        status, body = left.pop(0)
        return Answer(status, {}, body if isinstance(body, bytes) else json.dumps(body).encode())

    return ask


def test_what_it_has_is_searched_and_read() -> None:
    asked: list[Ask] = []
    found = telnyx.search(KNOWN, Wanted(area="303", sms=True), web((200, FREE), asked=asked), 0.0)
    assert [(NUMBER, "local", "DENVER, CO", True, 125), ("+13035550172", "local", "", False, 0)] == [
        (one.number, one.kind, one.place, one.sms, one.cost_cents) for one in found or ()
    ]
    parts = urlsplit(asked[0].url)
    assert "https://api.telnyx.com/v2/available_phone_numbers" == f"{parts.scheme}://{parts.netloc}{parts.path}"
    assert {
        "filter[country_code]": ["US"],
        "filter[phone_number_type]": ["local"],
        "filter[national_destination_code]": ["303"],
        "filter[features]": ["sms"],
        "filter[limit]": ["100"],
    } == parse_qs(parts.query)
    assert "hush" not in repr(asked[0])


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, {"data": {"id": "o1", "status": "success"}}, Sent("o1", "success")),
        (200, {"data": {"id": "o1", "status": "pending"}}, Sent("o1", "pending")),
        (200, {"data": {"id": "o1", "status": "failure"}}, Refused("the order is failure")),
        (200, {"data": {"id": "o1", "status": "odd"}}, Lost("the order is odd")),
        (200, b"<html>", Lost("an answer that says nothing")),
        (422, {"errors": [{"code": "85001", "title": "Number is gone"}]}, Refused("422 85001 Number is gone")),
        (429, b"", Failed("429")),
        (500, b"", Lost("500")),
    ],
)
def test_what_the_answer_to_an_order_means(status: int, body: Any, expected: Outcome) -> None:
    asked: list[Ask] = []
    assert expected == telnyx.buy(KNOWN, NUMBER, web((status, body), asked=asked))
    wanted = {
        "phone_numbers": [{"phone_number": NUMBER}],
        "customer_reference": "tel",
        "connection_id": KNOWN.row.route,
    }
    assert ("POST", wanted) == (asked[0].method, json.loads(asked[0].body or b""))


def test_a_number_is_given_back_by_its_id() -> None:
    asked: list[Ask] = []
    there = (200, {"data": [{"id": "77/1", "phone_number": NUMBER}]})
    assert Sent() == telnyx.give_back(KNOWN, NUMBER, web(there, (200, {}), asked=asked))
    assert ("DELETE", "https://api.telnyx.com/v2/phone_numbers/77%2F1") == (asked[1].method, asked[1].url)
    assert Sent(said="it was not there any longer") == telnyx.give_back(KNOWN, NUMBER, web((200, {"data": []})))
    assert Lost("500") == telnyx.give_back(KNOWN, NUMBER, web(there, (500, b"")))
    assert Failed("503") == telnyx.give_back(KNOWN, NUMBER, web((503, b"")))
    assert Lost("an answer that says nothing") == telnyx.give_back(KNOWN, NUMBER, web((200, b"[]")))


def test_all_pages_of_what_we_have_are_read_or_nothing_is_said() -> None:
    full = (200, {"data": [{"phone_number": f"+1303555{n:04d}"} for n in range(100)]})
    found = telnyx.ours(KNOWN, web(full, (200, {"data": [{"phone_number": NUMBER}]})), 0.0)
    assert 101 == len(found or ())
    assert None is telnyx.ours(KNOWN, web(full, (500, b"")), 0.0)
    assert None is telnyx.ours(KNOWN, web(*[full] * 30), 0.0)


_names = st.sampled_from(
    ("data", "phone_number", "status", "id", "features", "cost_information", "region_information", "errors")
)
_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_names, inner, max_size=4),
)


@given(_anything)
def test_whatever_comes_is_read_or_says_nothing(body: Any) -> None:
    for status in (200, 422, 503):
        telnyx.search(KNOWN, Wanted(), web((status, body)), 0.0)
        telnyx.ours(KNOWN, web((status, body)), 0.0)
        assert isinstance(telnyx.buy(KNOWN, NUMBER, web((status, body))), Sent | Failed | Refused | Lost)
        assert isinstance(
            telnyx.give_back(KNOWN, NUMBER, web((status, body), (status, body))), Sent | Failed | Refused | Lost
        )
