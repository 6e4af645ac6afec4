"""What goes along from leg to leg."""

from __future__ import annotations

import pytest

from softswitch.peers.crossing import CROSSING, Side, crossing
from softswitch.sip.headers import Headers
from tests.softswitch.sip.messages import invite

EVERYTHING = (
    "Subject: hello",
    "Priority: urgent",
    "Accept-Language: en",
    "User-to-User: 56;encoding=hex",
    "Session-ID: ab30317f1a784dc48ff824d0d3715d86;remote=00000000000000000000000000000000",
    "Resource-Priority: ets.0",
    "P-Asserted-Identity: <sip:1@x>",
    "Remote-Party-ID: <sip:1@x>",
    "Identity: a.b.c;info=<https://x>",
    "Authorization: Digest x",
    "Proxy-Authorization: Digest x",
    "Route: <sip:x;lr>",
    "Record-Route: <sip:x;lr>",
    "Call-Info: <http://x>;answer-after=0",
    "Alert-Info: <http://x>;info=alert-autoanswer",
    "Geolocation: <https://x>",
    "History-Info: <sip:x>;index=1",
    "Diversion: <sip:x>",
    "Replaces: 1;to-tag=a;from-tag=b",
    "Refer-To: <sip:x>",
    "P-Charging-Vector: icid-value=1",
    "X-Anything: 1",
)
EVERYBODY = Side.PHONE, Side.TRUSTED, Side.UNTRUSTED
P, T, U = EVERYBODY
ALL_OURS = ["Subject", "Priority", "Accept-Language", "User-to-User", "Session-ID"]


@pytest.mark.parametrize(
    ("came", "goes", "names"),
    [
        (P, P, ALL_OURS),
        (P, T, ALL_OURS[1:]),
        (P, U, ["Session-ID"]),
        (T, P, ALL_OURS),
        (T, T, [*ALL_OURS[1:], "Resource-Priority"]),
        (T, U, ["Session-ID"]),
        (U, P, ["Subject", "Session-ID"]),
        (U, T, ["Session-ID"]),
        (U, U, ["Session-ID"]),
    ],
)
def test_only_what_is_listed_crosses(came: Side, goes: Side, names: list[str]) -> None:
    assert names == [name for name, _ in crossing(invite(*EVERYTHING).headers, came, goes)]


@pytest.mark.parametrize("value", ["x" * 513, "bell\a", "raw\udcff"])
def test_what_is_too_long_or_not_printable_stays(value: str) -> None:
    assert () == crossing(Headers([("Subject", value)]), P, P)


def test_too_many_values_of_a_header_stay() -> None:
    assert () == crossing(Headers([("Subject", "x")] * 5), P, P)


def test_every_row_says_why() -> None:
    assert all(row.why and row.came and row.goes for row in CROSSING)
