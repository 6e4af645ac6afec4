"""Which transaction a message belongs to."""

from __future__ import annotations

from softswitch.sip.match import ack_key, cancelled_key, client_key, merge_key, server_key
from softswitch.sip.message import Request
from tests.softswitch.sip.machines import a_request, an_answer


def with_header(request: Request, name: str, value: str) -> Request:
    request.headers.set(name, value)
    return request


def with_to_tag(request: Request) -> Request:
    return with_header(request, "To", "<sip:101@b.example>;tag=to1")


def test_a_response_belongs_to_the_request_with_its_branch_and_method() -> None:
    invite = a_request()
    assert client_key(invite) == client_key(an_answer(invite, 200))
    assert client_key(invite) != client_key(an_answer(a_request("CANCEL"), 200))


def test_a_repeated_request_has_the_key_of_the_first() -> None:
    assert server_key(a_request()) == server_key(a_request())


def test_branch_sent_by_and_method_tell_requests_apart() -> None:
    elsewhere = with_header(a_request(), "Via", "SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK1")
    keys = [server_key(r) for r in (a_request(), a_request(branch="z9hG4bK2"), a_request("OPTIONS"), elsewhere)]
    assert 4 == len(set(keys))


def test_the_sent_by_host_is_compared_without_case_and_with_the_default_port() -> None:
    one = with_header(a_request(), "Via", "SIP/2.0/UDP A.example;branch=z9hG4bK1")
    other = with_header(a_request(), "Via", "SIP/2.0/UDP a.EXAMPLE:5060;branch=z9hG4bK1")
    assert server_key(one) == server_key(other)


def test_the_ack_of_a_refusal_belongs_to_its_invite() -> None:
    assert server_key(a_request()) == server_key(with_to_tag(a_request("ACK")))


def test_a_cancel_is_its_own_transaction_and_names_that_of_its_invite() -> None:
    cancel = a_request("CANCEL")
    assert server_key(a_request()) != server_key(cancel)
    assert server_key(a_request()) == cancelled_key(cancel)


def test_without_the_magic_cookie_the_rules_of_rfc_2543_find_the_transaction() -> None:
    first, ack, cancel = (
        a_request(branch="1"),
        with_to_tag(a_request("ACK", branch="1")),
        a_request("CANCEL", branch="1"),
    )
    assert server_key(first) == server_key(a_request(branch="1"))
    assert server_key(first) == server_key(ack)
    assert server_key(first) == cancelled_key(cancel)
    assert server_key(first) != server_key(with_header(a_request(branch="1"), "CSeq", "8 INVITE"))
    assert server_key(first) != server_key(with_header(a_request(branch="1"), "Call-ID", "call-2"))


def test_a_copy_that_came_on_another_path_has_the_same_merge_key() -> None:
    assert merge_key(a_request()) == merge_key(a_request(branch="z9hG4bK2"))
    assert merge_key(a_request()) != merge_key(with_header(a_request(), "CSeq", "8 INVITE"))
    assert None is merge_key(with_to_tag(a_request()))


def test_the_ack_of_a_2xx_is_found_by_dialog_and_number() -> None:
    ack = with_to_tag(a_request("ACK", branch="z9hG4bK9"))
    assert ack_key(a_request(), "to1") == ack_key(ack, ack.to.tag)
