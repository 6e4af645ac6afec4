"""Dialogs as caller and as called: route set, target, numbers, verdicts."""

from __future__ import annotations

import pytest

from softswitch.sip.dialog import Dialog, State, Verdict, key_of
from softswitch.sip.errors import BadMessage
from softswitch.sip.message import Request, Response
from tests.softswitch.sip.machines import a_request, an_answer

ROUTES = "Record-Route: <sip:p2.example;lr>, <sip:p1.example;lr>\r\n"
STRICT = "Record-Route: <sip:p2.example;transport=tcp>, <sip:p1.example;lr>\r\n"


def called(extra: str = "") -> Dialog:
    return Dialog.called(a_request(extra=extra), "ours")


def accepted(invite: Request, tag: str = "to1", contact: str = "<sip:101@192.0.2.7:5070>") -> Response:
    response = an_answer(invite, 200, tag)
    response.headers.set("Contact", contact)
    return response


def calling(extra: str = "", tag: str = "to1") -> Dialog:
    invite = a_request(extra=extra)
    return Dialog.calling(invite, accepted(invite, tag))


def from_them(method: str, number: int, local: str = "ours", remote: str = "from1") -> Request:
    request = a_request(method)
    request.headers.set("To", f"<sip:101@b.example>;tag={local}")
    request.headers.set("From", f"<sip:ann@a.example>;tag={remote}")
    request.headers.set("CSeq", f"{number} {method}")
    return request


def test_the_called_side_answers_to_the_contact_with_its_own_tag() -> None:
    bye = called().request("BYE")
    assert ("BYE", "sip:ann@192.0.2.1") == (bye.method, bye.uri)
    assert ("ours", "from1", "call-1") == (bye.from_.tag, bye.to.tag, bye.call_id)
    assert "70" == bye.headers.get("Max-Forwards")
    assert [] == bye.headers.all("Via")


def test_the_calling_side_follows_the_contact_of_the_answer() -> None:
    bye = calling().request("BYE")
    assert "sip:101@192.0.2.7:5070" == bye.uri
    assert ("from1", "to1", "8 BYE") == (bye.from_.tag, bye.to.tag, str(bye.cseq))


@pytest.mark.parametrize(
    "written", ["101?x@h;method=INVITE;q=1?Route=%3Csip:e%3E", "101?x@h;q=1?Replaces=a", "101?x@h;q=1"]
)
def test_headers_and_method_of_a_contact_are_no_part_of_the_target(written: str) -> None:
    dialog = Dialog.calling(a_request(), accepted(a_request(), contact=f"<sip:{written}>"))
    assert "sip:101?x@h;q=1" == dialog.request("BYE").uri


def test_the_key_of_a_dialog_is_that_of_the_far_ends_requests() -> None:
    assert called().key == key_of(from_them("BYE", 8))
    assert calling().key == key_of(from_them("BYE", 1, local="from1", remote="to1"))


def test_the_called_side_takes_the_routes_in_order_the_calling_side_in_reverse() -> None:
    assert ("<sip:p2.example;lr>", "<sip:p1.example;lr>") == called(ROUTES).routes
    assert ("<sip:p1.example;lr>", "<sip:p2.example;lr>") == calling(ROUTES).routes


def test_loose_routes_leave_the_target_in_the_request_uri() -> None:
    dialog = called(ROUTES)
    bye = dialog.request("BYE")
    assert "sip:ann@192.0.2.1" == bye.uri
    assert ["<sip:p2.example;lr>", "<sip:p1.example;lr>"] == bye.headers.all("Route")
    assert "p2.example" == dialog.next_hop().host


def test_a_strict_router_gets_its_own_uri_and_the_target_as_last_route() -> None:
    bye = called(STRICT).request("BYE")
    assert "sip:p2.example;transport=tcp" == bye.uri
    assert ["<sip:p1.example;lr>", "<sip:ann@192.0.2.1>"] == bye.headers.all("Route")


def test_without_routes_the_next_hop_is_the_target() -> None:
    assert ("192.0.2.7", 5070) == (calling().next_hop().host, calling().next_hop().port)


def test_numbers_of_our_requests_grow_by_one_and_an_ack_keeps_that_of_its_invite() -> None:
    dialog = calling()
    assert ["8 INFO", "9 BYE"] == [str(dialog.request(method).cseq) for method in ("INFO", "BYE")]
    assert "7 ACK" == str(dialog.request("ACK", number=7).cseq)
    assert "10 INFO" == str(dialog.request("INFO").cseq)
    assert "1 BYE" == str(called().request("BYE").cseq)


@pytest.mark.parametrize(
    "method, number, expected",
    [
        ("INFO", 8, Verdict.ACCEPT),
        ("INFO", 7, Verdict.ACCEPT),
        ("INFO", 6, Verdict.OUT_OF_ORDER),
        ("BYE", 6, Verdict.OUT_OF_ORDER),
        ("ACK", 6, Verdict.ACCEPT),
        ("INFO", 2**31 - 1, Verdict.ACCEPT),
    ],
)
def test_requests_must_not_go_back_in_order(method: str, number: int, expected: Verdict) -> None:
    assert expected is called().accepts(from_them(method, number))


def test_an_accepted_number_is_the_new_lower_bound() -> None:
    dialog = called()
    dialog.accepts(from_them("INFO", 20))
    assert Verdict.OUT_OF_ORDER is dialog.accepts(from_them("INFO", 19))


def test_a_calling_side_takes_any_first_number() -> None:
    assert Verdict.ACCEPT is calling().accepts(from_them("BYE", 1, local="from1", remote="to1"))


@pytest.mark.parametrize("local, remote", [("other", "from1"), ("ours", "other")])
def test_a_request_with_other_tags_is_unknown(local: str, remote: str) -> None:
    assert Verdict.UNKNOWN is called().accepts(from_them("BYE", 8, local, remote))


def test_an_ended_dialog_accepts_nothing() -> None:
    dialog = called()
    dialog.ended()
    assert Verdict.UNKNOWN is dialog.accepts(from_them("BYE", 8))


def test_the_states_follow_answers_and_end() -> None:
    invite = a_request()
    dialog = Dialog.calling(invite, accepted(invite))
    assert State.EARLY is dialog.state
    dialog.confirm()
    assert State.CONFIRMED is dialog.state
    dialog.ended()
    assert State.ENDED is dialog.state


def test_the_final_answer_decides_the_routes_anew() -> None:
    invite = a_request(extra=ROUTES)
    dialog = Dialog.calling(invite, accepted(invite))
    final = accepted(invite, contact="<sip:101@192.0.2.8>")
    final.headers.remove("Record-Route")
    dialog.confirm(final)
    assert ((), "sip:101@192.0.2.8") == (dialog.routes, dialog.target)


def test_forked_answers_make_dialogs_of_their_own() -> None:
    assert calling(tag="one").key != calling(tag="two").key


def test_a_target_refresh_moves_the_target() -> None:
    dialog = called()
    update = from_them("UPDATE", 8)
    update.headers.set("Contact", "<sip:ann@192.0.2.99:5062>")
    dialog.refresh(update)
    assert "sip:ann@192.0.2.99:5062" == dialog.request("BYE").uri


@pytest.mark.parametrize("contact", ["*", "<sip:a@b>, <sip:c@d>", "<gopher:x>", "<sip:@@>"])
def test_a_refresh_with_a_useless_contact_changes_nothing(contact: str) -> None:
    dialog = called()
    update = from_them("UPDATE", 8)
    update.headers.set("Contact", contact)
    dialog.refresh(update)
    assert "sip:ann@192.0.2.1" == dialog.target


def test_an_answer_without_contact_leaves_the_target_of_the_invite() -> None:
    invite = a_request()
    assert invite.uri == Dialog.calling(invite, an_answer(invite, 200)).target


@pytest.mark.parametrize("contact", [None, "*", "<sip:a@b>, <sip:c@d>", "<sip:@@>", "<gopher:x>"])
def test_an_invite_without_a_usable_contact_is_refused(contact: str | None) -> None:
    invite = a_request()
    invite.headers.remove("Contact")
    if contact is not None:
        invite.headers.set("Contact", contact)
    with pytest.raises(BadMessage) as caught:
        Dialog.called(invite, "ours")
    assert caught.value.status in (400, 416)


def test_an_invite_with_an_unreadable_route_is_refused() -> None:
    with pytest.raises(BadMessage):
        called("Record-Route: <sip:@@;lr>\r\n")


def test_an_answer_with_an_unreadable_route_is_followed_without_routes() -> None:
    assert () == calling("Record-Route: <sip:@@;lr>\r\n").routes


def test_a_peer_of_rfc_2543_without_tag_is_known_by_none() -> None:
    invite = a_request()
    invite.headers.set("From", "<sip:ann@a.example>")
    bye = from_them("BYE", 8)
    bye.headers.set("From", "<sip:ann@a.example>")
    assert Verdict.ACCEPT is Dialog.called(invite, "ours").accepts(bye)
