"""What Recurly tells: proved by its key or refused, and about whom."""

from __future__ import annotations

import base64
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgmt.billing.hook import Notice, NotTheirs, NotUnderstood, proved, read
from tests.mgmt.billing.server import SECRET, signature
from tests.mgmt.conftest import NOW

BODY = json.dumps(
    {"id": "i1", "object_type": "charge_invoice", "event_type": "past_due", "account_code": "acme"}
).encode()
XML = {"content-type": "application/xml; charset=utf-8"}


def signed(body: bytes = BODY, at: float = NOW, *secrets: str) -> dict[str, str]:
    return {"recurly-signature": signature(body, at, *secrets)}


def basic(user: str, password: str) -> dict[str, str]:
    return {"authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


@pytest.mark.parametrize(
    ("headers", "password"),
    [
        (signed(), None),
        (signed(BODY, NOW - 299), None),
        (signed(BODY, NOW, "old-secret", SECRET), None),
        (signed(BODY, NOW, SECRET, "new-secret"), None),
        ({**signed(), **basic("recurly", "pass")}, "pass"),
        ({**XML, **basic("recurly", "pass")}, "pass"),
    ],
)
def test_a_message_with_a_valid_digest_is_theirs_also_while_the_key_is_exchanged(
    headers: dict[str, str], password: str | None
) -> None:
    proved(headers, BODY, SECRET, password, NOW)


@pytest.mark.parametrize(
    ("headers", "password"),
    [
        ({}, None),
        ({"recurly-signature": ""}, None),
        ({"recurly-signature": f"{int(NOW * 1000)}"}, None),
        ({"recurly-signature": f"{int(NOW * 1000)},"}, None),
        ({"recurly-signature": f"{int(NOW * 1000)},{'é' * 64}"}, None),
        ({"recurly-signature": signature(BODY, NOW).replace("1", "2", 1)}, None),
        (signed(BODY + b" "), None),
        (signed(BODY, NOW, "wrong"), None),
        (signed(BODY, NOW - 301), None),
        (signed(BODY, NOW + 301), None),
        (signed(), "pass"),
        ({**signed(), **basic("recurly", "wrong")}, "pass"),
        ({**signed(), "authorization": "Basic !"}, "pass"),
        (XML, None),
        ({**XML, **signed()}, None),
        (XML, "pass"),
    ],
)
def test_everything_else_is_not(headers: dict[str, str], password: str | None) -> None:
    with pytest.raises(NotTheirs):
        proved(headers, BODY, SECRET, password, NOW)


def test_without_a_key_nothing_is_theirs() -> None:
    with pytest.raises(NotTheirs):
        proved(signed(), BODY, None, None, NOW)


def test_the_company_is_named_by_its_code_else_the_object_is() -> None:
    def about(**fields: object) -> tuple[str | None, str, str]:
        found = read({}, json.dumps(fields).encode())
        return found.account, found.kind, found.id

    assert ("acme", "account", "") == about(account_code="acme", id="x", object_type="subscription")
    assert (None, "account", "a1") == about(account_id="a1", object_type="payment")
    assert (None, "invoice", "i1") == about(id="i1", object_type="charge_invoice")
    assert (None, "subscription", "s1") == about(id="s1", object_type="subscription")
    assert "acme" == read(XML, b"<x><account><account_code>acme</account_code></account></x>").account


def test_the_same_message_has_the_same_key() -> None:
    assert read({}, BODY) == read({}, BODY)
    assert read({}, BODY).key != read({}, BODY + b" ").key


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{}", b'{"id": "../../x"}', b'{"account_code": ""}', b"[" * 60_000]
)
def test_what_says_of_nobody_is_refused(body: bytes) -> None:
    for headers in ({}, XML):
        with pytest.raises(NotUnderstood):
            read(headers, body)


@given(st.binary(max_size=400), st.sampled_from([{}, XML]))
def test_whatever_comes_is_read_or_refused(body: bytes, headers: dict[str, str]) -> None:
    with suppress(NotUnderstood):
        assert isinstance(read(headers, body), Notice)
