"""What phones publish of their users over the wire, and for how long (RFC 3903)."""

from __future__ import annotations

from pathlib import Path

import pytest

from softswitch.events import limits
from softswitch.sip.message import Response
from tests.softswitch.adapters.front import Front, Handset
from tests.softswitch.adapters.watching import subscribe

PIDF = """<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:102@pbx"><tuple id="a"><status><basic>open</basic>
</status><note>at lunch</note></tuple></presence>"""


@pytest.fixture
def front(tmp_path: Path) -> Front:
    return Front(tmp_path)


def publish(phone: Handset, *headers: str, name: str = "102", body: str = PIDF) -> Response:
    kind = ["Content-Type: application/pidf+xml"] if body else []
    return phone.ask("PUBLISH", f"sip:{name}@pbx", "Event: presence", *kind, *headers, body=body.encode())


def test_a_publication_is_refreshed_changed_and_taken_back_by_its_tag(front: Front) -> None:
    phone = Handset(front, "ben-desk")
    first = publish(phone, "Expires: 600").headers.get("SIP-ETag")
    second = publish(phone, f"SIP-If-Match: {first}", "Expires: 600", body="").headers.get("SIP-ETag")
    assert first != second
    assert 412 == publish(phone, f"SIP-If-Match: {first}", body="").status
    third = publish(phone, f"SIP-If-Match: {second}").headers.get("SIP-ETag")
    assert (200, "0") == (
        (gone := publish(phone, f"SIP-If-Match: {third}", "Expires: 0", body="")).status,
        gone.headers.get("Expires"),
    )
    assert 412 == publish(phone, f"SIP-If-Match: {third}", body="").status


@pytest.mark.parametrize(
    "headers, name, body, status",
    [
        ((), "101", PIDF, 404),
        ((), "104", PIDF, 404),
        (("Expires: 59",), "102", PIDF, 423),
        ((), "102", "", 400),
        ((), "102", "<!DOCTYPE a><a/>", 400),
        ((), "102", "<presence/>", 400),
        (("Content-Encoding: gzip",), "102", PIDF, 200),
    ],
)
def test_what_cannot_be_published(front: Front, headers: tuple[str, ...], name: str, body: str, status: int) -> None:
    assert status == publish(Handset(front, "ben-desk"), *headers, name=name, body=body).status


def test_a_phone_publishes_no_more_than_a_few_at_a_time_and_only_presence(front: Front) -> None:
    phone = Handset(front, "ben-desk")
    assert [200] * limits.PUBLICATIONS_PER_DEVICE_MAX + [403] == [
        publish(phone).status for _ in range(limits.PUBLICATIONS_PER_DEVICE_MAX + 1)
    ]
    assert 489 == phone.ask("PUBLISH", "sip:102@pbx", "Event: dialog").status
    assert 415 == phone.ask("PUBLISH", "sip:102@pbx", "Event: presence", "Content-Type: a/b", body=b"x").status


def test_a_publication_ends_with_its_life(front: Front) -> None:
    phone, watcher = Handset(front, "ben-desk"), Handset(front, "ann-desk")
    publish(phone, "Expires: 60")
    subscribe(watcher, "presence", "102")
    front.run(70)
    assert [True, False] == [b"at lunch" in request.body for request in watcher.got]
