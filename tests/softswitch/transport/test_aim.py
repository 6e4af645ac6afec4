"""Where requests inside a dialog go when the far end names itself by a GRUU of ours (RFC 5627 5.3)."""

from __future__ import annotations

import pytest

from softswitch.sip.dialog import Dialog
from softswitch.transport.aim import Registered, aimed
from softswitch.transport.flows import Destination

BEN = "riverside", "ben", "ben-desk"
GRUU = "sip:ben-desk@192.0.2.10:5060;gr=urn:uuid:1"


@pytest.mark.parametrize(
    ("target", "kind", "reached"),
    [(GRUU, "udp", True), (f"sips{GRUU[3:]}", "tls", True), (f"sips{GRUU[3:]}", "udp", False)],
)
def test_what_asks_for_tls_goes_to_where_a_phone_is_registered_over_it_only(
    target: str, kind: str, reached: bool
) -> None:
    way = Destination("203.0.113.6", 5060, kind)  # type: ignore[arg-type]  # a parameter of the test
    phone = Registered(BEN, "sip:ben-desk@203.0.113.6", (), way)
    dialog = Dialog(
        ("call", "ours", "theirs"), "<sip:102@192.0.2.10>;tag=ours", "<sip:1@192.0.2.10>;tag=theirs", target
    )
    request, to = aimed(dialog.request("BYE"), dialog, None, lambda uri: phone, BEN)
    assert ((phone.uri, way) if reached else (target, Destination("192.0.2.10", 5060, None, True))) == (request.uri, to)
