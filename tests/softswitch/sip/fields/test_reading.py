"""Typed headers are read from messages once, when somebody asks; and what the values say."""

from __future__ import annotations

import pytest

from softswitch.sip.address import parse_contact
from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.content import parse_content_disposition, parse_media_type
from softswitch.sip.fields.dialogs import Replaces, parse_replaces
from softswitch.sip.fields.diversion import Diversion, parse_diversion
from softswitch.sip.fields.events import Event, parse_event
from softswitch.sip.fields.identity import parse_identity, parse_privacy
from softswitch.sip.fields.outbound import Outbound, Push, outbound_of, push_of
from softswitch.sip.fields.overload import Overload, overload_of
from softswitch.sip.fields.reason import Reason, parse_reason
from softswitch.sip.fields.times import Date, RetryAfter, parse_date, parse_retry_after
from softswitch.sip.fields.transfer import parse_refer_to
from softswitch.sip.uri import parse_uri
from softswitch.sip.via import Via, parse_via
from tests.softswitch.sip.messages import invite


def test_a_header_that_is_not_there_is_none_or_nothing() -> None:
    message = invite()
    assert (None, ()) == (message.read("Replaces", parse_replaces), message.read_all("Reason", parse_reason))


def test_a_header_is_read_once() -> None:
    message = invite("Replaces: a@b;to-tag=1;from-tag=2;early-only")
    read = message.read("Replaces", parse_replaces)
    assert Replaces("a@b", "1", "2", early_only=True) == read
    assert read is message.read("Replaces", parse_replaces)


def test_a_header_that_may_occur_once_and_does_twice_is_refused_with_the_request() -> None:
    message = invite("Replaces: a;to-tag=1;from-tag=2", "Replaces: b;to-tag=1;from-tag=2")
    with pytest.raises(BadMessage) as refused:
        message.read("Replaces", parse_replaces)
    assert (400, message) == (refused.value.status, refused.value.request)


def test_lists_are_read_from_all_fields_in_order() -> None:
    message = invite('Reason: SIP;cause=200;text="a, b", Q.850;cause=16', "Reason: X")
    expected = (Reason("SIP", 200, "a, b"), Reason("Q.850", 16), Reason("X"))
    assert expected == message.read_all("Reason", parse_reason)


def test_the_latest_diversion_comes_first() -> None:
    message = invite("Diversion: <tel:+1>;reason=No-Answer;counter=2", "Diversion: <sip:b@c>;reason=unknown;x=y")
    expected = (Diversion("", "tel:+1", "no-answer", 2), Diversion("", "sip:b@c", "unknown", params={"x": "y"}))
    assert expected == message.read_all("Diversion", parse_diversion)


def test_a_refer_to_carries_method_and_replaced_dialog() -> None:
    attended = parse_refer_to("<sip:d@e?Replaces=12%40x%3Bto-tag%3D1%3Bfrom-tag%3D2&Require=replaces>")
    assert ("INVITE", Replaces("12@x", "1", "2")) == (attended.method, attended.replaces)
    blind = parse_refer_to("<sip:c@d;method=subscribe>")
    assert ("SUBSCRIBE", None) == (blind.method, blind.replaces)
    with pytest.raises(BadMessage):
        _ = parse_refer_to("<sip:d@e?Replaces=a&replaces=b>").replaces


def test_events_match_by_package_and_id_only() -> None:
    assert parse_event("dialog;id=1;call-id=x").matches(Event("dialog", "1"))
    assert not parse_event("dialog;id=1").matches(Event("dialog"))


def test_privacy_is_apart_by_semicolons_or_commas() -> None:
    assert ("id", "critical") == parse_privacy("ID; critical").values == parse_privacy("id, critical").values
    assert "id" in parse_privacy("user;id")


def test_an_identity_gives_certificate_and_type() -> None:
    identity = parse_identity('..sig ;info=<https://c.example/a.cer>;alg=ES256;ppt="shaken"')
    assert ("..sig", "https://c.example/a.cer", "ES256", "shaken") == (
        identity.signed,
        identity.info,
        identity.alg,
        identity.ppt,
    )


def test_retry_after_has_comment_and_duration() -> None:
    assert RetryAfter(120, "I (really) am", 60) == parse_retry_after("120 (I (really) am) ;duration=60")


@pytest.mark.parametrize(
    ("text", "at_s"),
    [("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Sat, 13 Nov 2010 23:29:00 GMT", 1289690940)],
)
def test_a_date_is_seconds_of_utc(text: str, at_s: int) -> None:
    assert Date(at_s) == parse_date(text)
    assert text == str(Date(at_s))


def test_an_accept_covers_types() -> None:
    assert parse_media_type("application/*").takes("application/sdp")
    assert not parse_media_type("application/sdp;q=0").takes("application/sdp")
    assert not parse_media_type("text/*").takes("application/sdp")
    assert "a b" == parse_media_type('Multipart/Mixed; boundary="a b"').param("boundary")


def test_an_unknown_handling_counts_as_required() -> None:
    assert parse_content_disposition("session;handling=perhaps").is_required
    assert parse_content_disposition("session").is_required
    assert not parse_content_disposition("session;handling=Optional").is_required


def test_a_contact_says_how_the_device_is_reached() -> None:
    contact = parse_contact(
        '<sip:a@b;pn-provider=apns;pn-prid=00fc13adff78512;pn-param=team>;reg-id=1;q=0.5;+sip.instance="<urn:uuid:1>";'
        'pub-gruu="sip:a@b;gr=urn:uuid:1"'
    )
    assert Outbound(0.5, "urn:uuid:1", 1, "sip:a@b;gr=urn:uuid:1") == outbound_of(contact)
    push = Push("apns", "00fc13adff78512", "team")
    assert push == push_of(contact.uri)
    assert push.params() == {name: v for name, v in contact.uri.params.items() if name.startswith("pn-")}
    assert None is push_of(parse_uri("sip:a@b"))
    assert Push("") == push_of(parse_uri("sip:a@b;pn-provider"))


def test_overload_parameters_are_an_offer_or_a_demand() -> None:
    assert None is overload_of(parse_via("SIP/2.0/UDP h;branch=z9hG4bK1"))
    offer = overload_of(parse_via('SIP/2.0/UDP h;branch=z9hG4bK1;oc;oc-algo="loss, A"'))
    assert Overload(None, ("loss", "a")) == offer
    demand = Overload(20, ("loss",), 500, "1282321615.782")
    assert demand == overload_of(Via("UDP", "h", None, demand.params()))
    for wrong in ("oc=x", "oc;oc-validity=-1", "oc;oc-seq=1.2.3"):
        with pytest.raises(BadMessage):
            overload_of(parse_via(f"SIP/2.0/UDP h;{wrong}"))
