"""The capture file of a call over the API."""

from __future__ import annotations

from history.pcap import CONTENT_TYPE
from tests.mgmt.conftest import World


def test_an_owner_downloads_the_signalling_of_a_call(world: World) -> None:
    call = world.client().get("/api/v1/calls").get_json()["data"][0]["id"]
    answer = world.client().get(f"/api/v1/calls/{call}/trace.pcap")
    assert (200, CONTENT_TYPE) == (answer.status_code, answer.content_type)
    assert b"\xa1\xb2\xc3\xd4" == answer.data[:4]
    assert b"INVITE sip:x SIP/2.0" in answer.data
    assert "attachment" in answer.headers["Content-Disposition"]


def test_a_user_who_may_not_see_signalling_gets_none(world: World) -> None:
    call = world.client().get("/api/v1/calls").get_json()["data"][0]["id"]
    assert 404 == world.client(user="carla").get(f"/api/v1/calls/{call}/trace.pcap").status_code
    assert 404 == world.client().get("/api/v1/calls/nothing/trace.pcap").status_code
