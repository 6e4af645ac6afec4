"""Every supplier's wire format: its recorded shapes, its proof by its own tools, what its answers mean, and hostile bodies."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from configdb.texting import Supplier
from mgmt.outbox.item import Failed, Lost, Refused, Sent
from mgmt.outbox.web import Answer
from mgmt.sms.suppliers.generic import signature
from mgmt.sms.suppliers.table import WIRES
from mgmt.sms.wire import Came, Known, Malformed, Out, Receipt, Request, Unproved

NOW = 1_800_000_000.0
URL = "https://sms.example/sms/north/key"
PHONE, NUMBER = "+12025550100", "+12025550123"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = base64.b64encode(KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
OUT = Out("m1", NUMBER, PHONE, "Olá & ok?")


def known(kind: Any, **fields: Any) -> Known:
    row = Supplier(
        id="north", name="North", kind=kind, account="acc", user="u", profile="p", public_key=PUBLIC, **fields
    )
    return Known(row, "hush", "pathkey")


def request(
    body: bytes = b"",
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    method: str = "POST",
) -> Request:
    return Request(method, URL, headers or {}, tuple((form or {}).items()), body)


TELNYX = {
    "data": {
        "event_type": "message.received",
        "id": "ev1",
        "payload": {
            "id": "mt1",
            "from": {"phone_number": PHONE, "carrier": "T"},
            "to": [{"phone_number": NUMBER, "status": "webhook_delivered"}],
            "text": "hi",
            "media": [{"url": "https://media.telnyx.com/a.png", "content_type": "image/png", "size": 100}],
            "received_at": "2027-01-15T08:00:00.000+00:00",
        },
    }
}
TELNYX_DONE = {
    "data": {
        "event_type": "message.finalized",
        "payload": {
            "id": "mt1",
            "from": {"phone_number": NUMBER},
            "to": [{"phone_number": PHONE, "status": "delivery_failed"}],
            "errors": [{"code": "40008", "title": "Undeliverable"}],
        },
    }
}
BANDWIDTH = [
    {
        "type": "message-received",
        "time": "2027-01-15T08:00:00Z",
        "description": "Incoming message received",
        "to": NUMBER,
        "message": {
            "id": "bw1",
            "time": "2027-01-15T08:00:00Z",
            "to": [NUMBER],
            "from": PHONE,
            "text": "hi",
            "owner": NUMBER,
            "direction": "in",
            "segmentCount": 1,
            "media": ["https://messaging.bandwidth.com/api/v2/users/1/media/a.png"],
        },
    },
    {
        "type": "message-failed",
        "description": "carrier-reject",
        "errorCode": 4770,
        "to": PHONE,
        "message": {"id": "bw2", "from": NUMBER, "owner": NUMBER, "to": [PHONE]},
    },
]
TWILIO = {
    "MessageSid": "SM1",
    "From": PHONE,
    "To": NUMBER,
    "Body": "hi",
    "NumMedia": "1",
    "MediaUrl0": "https://api.twilio.com/m/1",
    "MediaContentType0": "image/png",
}
GENERIC = {
    "id": "g1",
    "from": PHONE,
    "to": NUMBER,
    "text": "hi",
    "media": [{"url": "https://m.example/1", "type": "image/png"}],
}


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        (
            "vitelity",
            request(form={"src": "2025550100", "dst": "2025550123", "msg": "hi", "msgid": "7"}),
            [Came("7", PHONE, NUMBER, "hi")],
        ),
        ("vitelity", request(form={"src": "12345", "dst": "12025550123", "msg": ""}), [Came("", "12345", NUMBER, "")]),
        ("vitelity", request(method="GET"), []),
        (
            "telnyx",
            request(encoded(TELNYX)),
            [Came("mt1", PHONE, NUMBER, "hi", (("https://media.telnyx.com/a.png", "image/png"),), NOW)],
        ),
        ("telnyx", request(encoded(TELNYX_DONE)), [Receipt("mt1", NUMBER, "failed", "40008 Undeliverable")]),
        ("telnyx", request(encoded({"data": {"event_type": "other", "payload": {}}})), []),
        (
            "bandwidth",
            request(encoded(BANDWIDTH)),
            [
                Came(
                    "bw1",
                    PHONE,
                    NUMBER,
                    "hi",
                    (("https://messaging.bandwidth.com/api/v2/users/1/media/a.png", ""),),
                    NOW,
                ),
                Receipt("bw2", NUMBER, "failed", "4770 carrier-reject"),
            ],
        ),
        (
            "twilio",
            request(form=TWILIO),
            [Came("SM1", PHONE, NUMBER, "hi", (("https://api.twilio.com/m/1", "image/png"),))],
        ),
        (
            "twilio",
            request(form={"MessageSid": "SM1", "MessageStatus": "delivered", "From": NUMBER}),
            [Receipt("SM1", NUMBER, "delivered")],
        ),
        ("twilio", request(form={"MessageSid": "SM1", "MessageStatus": "queued", "From": NUMBER}), []),
        (
            "generic",
            request(encoded(GENERIC)),
            [Came("g1", PHONE, NUMBER, "hi", (("https://m.example/1", "image/png"),))],
        ),
        (
            "generic",
            request(encoded({"id": "g1", "from": NUMBER, "state": "delivered"})),
            [Receipt("g1", NUMBER, "delivered")],
        ),
    ],
)
def test_what_a_supplier_brings(kind: str, given: Request, expected: list[Any]) -> None:
    assert expected == WIRES[kind].parsed(given, NOW)


def test_twilio_is_believed_when_its_own_library_signed() -> None:
    right = RequestValidator("hush").compute_signature(URL, TWILIO)
    wire = WIRES["twilio"]
    wire.proved(known("twilio"), request(form=TWILIO, headers={"x-twilio-signature": right}), NOW)
    for form, header in (({**TWILIO, "Body": "ho"}, right), (TWILIO, ""), (TWILIO, right[:-2] + "A=")):
        with pytest.raises(Unproved):
            wire.proved(known("twilio"), request(form=form, headers={"x-twilio-signature": header}), NOW)
    assert RequestValidator("hush").validate(URL, TWILIO, right)


def test_telnyx_is_believed_by_its_key_and_only_now() -> None:
    body, stamp = encoded(TELNYX), str(int(NOW))

    def signed(body: bytes, stamp: str) -> dict[str, str]:
        proof = base64.b64encode(KEY.sign(stamp.encode() + b"|" + body)).decode()
        return {"telnyx-signature-ed25519": proof, "telnyx-timestamp": stamp}

    wire = WIRES["telnyx"]
    wire.proved(known("telnyx"), request(body, headers=signed(body, stamp)), NOW)
    old = str(int(NOW - 301))
    for sent, headers in (
        (body + b" ", signed(body, stamp)),
        (body, signed(body, old)),
        (body, {}),
        (body, {**signed(body, stamp), "telnyx-signature-ed25519": "!"}),
        (body, {**signed(body, stamp), "telnyx-timestamp": "9" * 40}),
    ):
        with pytest.raises(Unproved):
            wire.proved(known("telnyx"), request(sent, headers=headers), NOW)


def test_bandwidth_is_believed_by_account_and_the_secret_of_the_path() -> None:
    wire = WIRES["bandwidth"]
    right = "Basic " + base64.b64encode(b"acc:pathkey").decode()
    wire.proved(known("bandwidth"), request(headers={"authorization": right}), NOW)
    for wrong in ("", "Basic !", "Basic " + base64.b64encode(b"acc:hush").decode()):
        with pytest.raises(Unproved):
            wire.proved(known("bandwidth"), request(headers={"authorization": wrong}), NOW)


def test_anybody_is_believed_by_hmac_and_only_now() -> None:
    wire, body, stamp = WIRES["generic"], encoded(GENERIC), str(int(NOW))
    headers = {"x-timestamp": stamp, "x-signature": signature("hush", stamp, body)}
    wire.proved(known("generic"), request(body, headers=headers), NOW)
    for wrong in (
        request(body + b" ", headers=headers),
        request(body),
        request(body, headers={**headers, "x-timestamp": "1"}),
    ):
        with pytest.raises(Unproved):
            wire.proved(known("generic"), wrong, NOW)
    nobody = Known(known("generic").row, "", "pathkey")
    with pytest.raises(Unproved):
        wire.proved(nobody, request(body, headers={**headers, "x-signature": signature("", stamp, body)}), NOW)


@pytest.mark.parametrize("kind", WIRES)
@given(body=st.binary(max_size=200), form=st.dictionaries(st.text(max_size=12), st.text(max_size=30), max_size=6))
@settings(max_examples=40, deadline=None)
def test_any_bytes_are_read_or_malformed(kind: str, body: bytes, form: dict[str, str]) -> None:
    with suppress(Malformed):
        WIRES[kind].parsed(request(body, form), NOW)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "data",
                    "payload",
                    "message",
                    "type",
                    "from",
                    "to",
                    "media",
                    "event_type",
                    "id",
                    "text",
                    "url",
                    "errors",
                    "phone_number",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@pytest.mark.parametrize("kind", ["telnyx", "bandwidth", "generic"])
@given(value=JSON)
@settings(max_examples=150, deadline=None)
def test_any_json_is_read_or_malformed(kind: str, value: Any) -> None:
    shapes = [
        value,
        [value],
        {"data": value},
        [{"type": "message-received", "message": value}],
        {"data": {"event_type": "message.received", "payload": value}},
    ]
    for shape in shapes:
        with suppress(Malformed):
            WIRES[kind].parsed(request(encoded(shape)), NOW)


def test_how_each_is_asked_and_that_no_secret_is_shown() -> None:
    asks = {
        kind: WIRES[kind].ask(known(kind, url="https://own.example/x" if kind == "generic" else None), OUT)
        for kind in WIRES
    }
    form = parse_qs((asks["vitelity"].body or b"").decode())
    assert {
        "login": ["acc"],
        "pass": ["hush"],
        "cmd": ["sendsms"],
        "src": ["2025550123"],
        "dst": ["2025550100"],
        "msg": ["Olá & ok?"],
        "xml": ["yes"],
    } == form
    assert "https://smsout-api.vitelity.net/api.php" == asks["vitelity"].url
    assert ("https://api.telnyx.com/v2/messages", "Bearer hush") == (
        asks["telnyx"].url,
        asks["telnyx"].headers["Authorization"],
    )
    assert {
        "from": NUMBER,
        "to": PHONE,
        "text": "Olá & ok?",
        "tags": ["m1"],
        "messaging_profile_id": "p",
    } == json.loads(asks["telnyx"].body or b"")
    assert "https://messaging.bandwidth.com/api/v2/users/acc/messages" == asks["bandwidth"].url
    assert {"applicationId": "p", "from": NUMBER, "to": [PHONE], "text": "Olá & ok?", "tag": "m1"} == json.loads(
        asks["bandwidth"].body or b""
    )
    assert "https://api.twilio.com/2010-04-01/Accounts/acc/Messages.json" == asks["twilio"].url
    assert {"From": [NUMBER], "To": [PHONE], "Body": ["Olá & ok?"]} == parse_qs((asks["twilio"].body or b"").decode())
    assert all("hush" not in repr(ask) and "hush" not in ask.url for ask in asks.values())
    assert "hush" not in repr(known("twilio"))


@pytest.mark.parametrize(
    ("kind", "status", "body", "expected"),
    [
        ("vitelity", 200, b"x[[ok[[x", Sent()),
        ("vitelity", 200, b"<content><status>ok</status><response>sent</response></content>", Sent()),
        ("vitelity", 200, b"x[[invalid[[x", Refused("invalid")),
        ("vitelity", 200, b"x[[invaliddata[[x", Refused("invaliddata")),
        (
            "vitelity",
            200,
            b"<content><status>fail</status><error>rate limit</error></content>",
            Failed("fail rate limit"),
        ),
        ("vitelity", 200, b"<html>maintenance</html>", Lost("an answer that says nothing")),
        ("telnyx", 200, b'{"data": {"id": "t1"}}', Sent("t1")),
        ("telnyx", 422, b'{"errors": [{"code": "40310", "title": "Invalid to"}]}', Refused("422 40310 Invalid to")),
        ("telnyx", 429, b"slow", Failed("429", 7.0)),
        ("telnyx", 502, b"", Lost("502")),
        ("bandwidth", 202, b'{"id": "b1"}', Sent("b1")),
        ("bandwidth", 400, b'{"type": "request-validation", "description": "bad to"}', Refused("400 bad to")),
        ("twilio", 201, b'{"sid": "SM9"}', Sent("SM9")),
        ("twilio", 400, b'{"code": 21211, "message": "Invalid To"}', Refused("400 21211 Invalid To")),
        ("twilio", 201, b"not json", Lost("an answer that says nothing")),
        ("generic", 204, b"", Sent()),
        ("generic", 200, b'{"id": "x"}', Sent("x")),
        ("generic", 503, b"", Failed("503", 7.0)),
    ],
)
def test_what_an_answer_means(kind: str, status: int, body: bytes, expected: Any) -> None:
    assert expected == WIRES[kind].outcome(Answer(status, {"retry-after": "7"}, body))
