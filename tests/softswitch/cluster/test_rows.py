"""Rows of kept state as nodes tell them."""

from __future__ import annotations

from typing import Any

import pytest

from softswitch.cluster.limits import ROWS_A_PAGE_MAX
from softswitch.cluster.rows import named, pages, taken, tenant_of, told


@pytest.mark.parametrize(
    ("expected", "table", "key", "value"),
    [
        ("riverside", "registrations", "riverside/ann/ann-desk", []),
        ("riverside", "subscriptions", "abc", {"device": ["riverside", "ann", "ann-desk"]}),
        ("", "subscriptions", "abc", None),
        ("riverside", "queues", "agent/riverside/ann", {}),
        ("riverside", "spending", "tenant/riverside", {}),
        ("riverside", "spending", "user/riverside/ann", {}),
        (None, "spending", "trunk/carrier", {}),
        (None, "elsewhere", "riverside/x", {}),
    ],
)
def test_a_row_is_a_tenants_or_stays_where_it_is(expected: str | None, table: str, key: str, value: Any) -> None:
    assert expected == tenant_of(table, key, value)


def test_pages_are_bounded_and_there_is_always_one() -> None:
    rows = [("t", str(number), number) for number in range(ROWS_A_PAGE_MAX + 1)]
    assert [ROWS_A_PAGE_MAX, 1] == [len(page) for page in pages(rows)]
    assert [[]] == list(pages([]))


def row(flow: str | None, kind: str = "udp") -> list[dict[str, Any]]:
    return [{"uri": "sip:ann@10.0.0.9", "source": [kind, "192.0.2.1", 5060, flow]}]


@pytest.mark.parametrize(
    ("expected", "flow", "kind"),
    [
        ("n1/udp:192.0.2.1:5060", None, "udp"),
        ("n1/tcp:192.0.2.1:5060#4", "tcp:192.0.2.1:5060#4", "tcp"),
        ("n2/udp:192.0.2.1:5060", "n2/udp:192.0.2.1:5060", "udp"),
    ],
)
def test_a_row_is_told_with_the_node_its_phone_is_behind(expected: str, flow: str | None, kind: str) -> None:
    [found] = told(row(flow, kind), "n1")
    assert expected == found["source"][3]


@pytest.mark.parametrize(
    ("expected", "flow", "kind"),
    [
        (None, "n1/udp:192.0.2.1:5060", "udp"),
        ("tcp:192.0.2.1:5060#4", "n1/tcp:192.0.2.1:5060#4", "tcp"),
        ("n2/udp:192.0.2.1:5060", "n2/udp:192.0.2.1:5060", "udp"),
        (None, "n3/udp:192.0.2.1:5060", "udp"),
        ("n3/tcp:192.0.2.1:5060#4", "n3/tcp:192.0.2.1:5060#4", "tcp"),
        (None, None, "udp"),
    ],
)
def test_a_row_is_taken_as_this_node_can_use_it(expected: str | None, flow: str | None, kind: str) -> None:
    [found] = taken(row(flow, kind), "n1", {"n2"}.__contains__)
    assert expected == found["source"][3]


def test_what_is_no_phone_is_told_as_it_is() -> None:
    assert {"next": 3} == told({"next": 3}, "n1")
    assert None is taken(None, "n1", lambda _: True)


def test_an_address_of_ipv6_is_written_in_brackets() -> None:
    assert "n1/udp:[2001:db8::1]:5060" == named("n1", "udp", "2001:db8::1", 5060, None)
