"""Whose a message is."""

from __future__ import annotations

import pytest

from softswitch.cluster.limits import HANDED_MAX
from softswitch.cluster.members import Member, Members
from softswitch.cluster.places import Places
from softswitch.sip.message import Request, Response
from softswitch.sip.parse import parse_message


def places(*others: str) -> Places:
    """Of node-1."""
    members = Members("node-1")
    for other in others:
        members.heard(Member(other, "1"))
    return Places(members)


def request(user: str = "102", branch: str = "b1", to_tag: str = "", method: str = "INVITE") -> Request:
    """A request of a phone."""
    text = (
        f"{method} sip:{user}@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bK{branch}\r\n"
        f"From: <sip:ann@10.0.0.1>;tag=1\r\nTo: <sip:102@10.0.0.1>{to_tag}\r\nCall-ID: c\r\nCSeq: 1 {method}\r\n"
        "Max-Forwards: 70\r\nContact: <sip:ann@10.0.0.9>\r\nContent-Length: 0\r\n\r\n"
    )
    found = parse_message(text.encode())
    assert isinstance(found, Request)
    return found


def response(branch: str) -> Response:
    """An answer to a request with that branch."""
    text = (
        f"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.1;branch={branch}\r\nFrom: <sip:a@b>;tag=1\r\n"
        "To: <sip:c@d>;tag=2\r\nCall-ID: c\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n"
    )
    found = parse_message(text.encode())
    assert isinstance(found, Response)
    return found


def nobody(_: Request) -> None:
    return None


@pytest.mark.parametrize(
    ("expected", "branch"),
    [
        ("node-2", "z9hG4bKnode-2.abc"),
        (None, "z9hG4bKnode-1.abc"),
        (None, "z9hG4bKnode-9.abc"),
        (None, "z9hG4bKabcdef"),
        (None, "node-2.abc.z9hG4bK"),
    ],
)
def test_an_answer_is_of_the_node_in_its_branch(expected: str | None, branch: str) -> None:
    assert expected == places("node-2").of(response(branch), nobody)


@pytest.mark.parametrize(
    ("expected", "user"), [("node-2", "node-2"), (None, "node-1"), (None, "node-9"), (None, "102")]
)
def test_a_request_in_a_dialog_is_of_the_node_it_names(expected: str | None, user: str) -> None:
    assert expected == places("node-2").of(request(user, to_tag=";tag=2"), nobody)


def test_a_new_request_is_for_the_home_of_its_tenant() -> None:
    found = places("node-2", "node-3")
    homes = {found.of(request(branch=f"b{number}"), lambda _, n=number: f"t{n}") for number in range(50)}  # type: ignore[misc]  # bound on purpose
    assert {None, "node-2", "node-3"} == homes


def test_a_new_request_to_a_user_called_like_a_node_is_not_believed() -> None:
    assert places("node-2").of(request("node-2"), nobody) is None


def test_repeats_and_cancels_go_where_their_request_went() -> None:
    found = places("node-2")
    tenant = next(f"t{n}" for n in range(99) if found._members.home(f"t{n}") == "node-2")
    assert "node-2" == found.of(request(), lambda _: tenant)
    assert "node-2" == found.of(request(), nobody)
    assert "node-2" == found.of(request(method="CANCEL"), nobody)
    assert found.of(request(branch="b2", method="CANCEL"), nobody) is None


def test_who_is_alone_asks_nothing() -> None:
    def asked(_: Request) -> None:
        raise AssertionError

    assert places().of(request(), asked) is None


def test_what_is_remembered_has_an_end() -> None:
    found = places("node-2")
    tenant = next(f"t{n}" for n in range(99) if found._members.home(f"t{n}") == "node-2")
    one = request()
    found.of(one, lambda _: tenant)
    for number in range(HANDED_MAX):
        found._note((number,), "node-2")
    assert found.of(one, nobody) is None
