"""Text messages from phone to phone (RFC 3428)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from configdb import model
from softswitch.peers.limits import MESSAGES_BURST_MAX
from softswitch.sip.message import Response
from tests.softswitch.adapters.front import Front, Handset, directory, view


@pytest.fixture
def front(tmp_path: Path) -> Front:
    return Front(tmp_path)


def write(
    phone: Handset, name: str, text: str = "hello", kind: str = "text/plain", *headers: str, **options: Any
) -> Response:
    content = [f"Content-Type: {kind}"] if kind else []
    return phone.ask("MESSAGE", f"sip:{name}@pbx", *content, *headers, body=text.encode(), **options)


def registered(front: Front, name: str, **options: Any) -> Handset:
    phone = Handset(front, name, **options)
    phone.register()
    return phone


def test_a_text_reaches_all_phones_of_a_colleague_with_the_senders_own_number(front: Front) -> None:
    ann, ben = registered(front, "ann-desk"), registered(front, "ben-desk")
    assert (
        200 == write(ann, "102", "h\u00e9llo", "text/html;charset=utf-8", "Subject: Lunch", "Contact: <sip:x@y>").status
    )
    [text] = ben.got
    assert ("h\u00e9llo", "text/html;charset=utf-8", "Lunch") == (
        text.body.decode(),
        text.headers.get("Content-Type"),
        text.headers.get("Subject"),
    )
    assert '"Ann" <sip:101@10.0.0.1:5060>' == (text.headers.get("From") or "").partition(";")[0]
    assert None is text.headers.get("Contact")
    assert [] == front.records


def test_a_text_goes_one_hop_less_far_and_not_on_when_none_is_left(front: Front) -> None:
    ann, ben = registered(front, "ann-desk"), registered(front, "ben-desk")
    assert [200, 483] == [write(ann, "102", "hi", "text/plain", f"Max-Forwards: {left}").status for left in (9, 0)]
    [text] = ben.got
    assert 8 == text.max_forwards


@pytest.mark.parametrize("name", ["102", "ben", "ben-desk"])
def test_a_colleague_is_found_by_extension_name_or_phone(front: Front, name: str) -> None:
    registered(front, "ben-desk")
    assert 200 == write(Handset(front, "ann-desk"), name).status


def test_a_group_is_written_to_as_a_whole_but_not_the_sender(front: Front) -> None:
    group = model.Group(id="desk", name="Desk", extension="200", members=("ann", "ben", "carla"))
    front.configure(directory(view("riverside", group={"desk": group}), view("other")))
    ann, ben, carla = (registered(front, name) for name in ("ann-desk", "ben-desk", "carla-desk"))
    assert 200 == write(ann, "200").status
    assert [0, 1, 1] == [len(phone.got) for phone in (ann, ben, carla)]


def test_a_text_that_reaches_nobody_is_480_and_written_down_without_its_words(front: Front) -> None:
    assert 480 == write(Handset(front, "ann-desk"), "102", "secret words").status
    [record] = front.records
    expected = {
        "kind": "message",
        "tenant": "riverside",
        "from": "101",
        "from_name": "Ann",
        "to": "102",
        "to_name": "Ben",
    }
    assert expected == {key: record[key] for key in expected}
    assert "secret" not in repr(record)


def test_that_somebody_types_is_nothing_missed(front: Front) -> None:
    assert 480 == write(Handset(front, "ann-desk"), "102", "<x/>", "application/im-iscomposing+xml").status
    assert [] == front.records


@pytest.mark.parametrize(
    "answers, status, missed", [((200, 486), 200, 0), ((415, 404), 415, 1), ((404, 404), 480, 1), ((603, 415), 603, 1)]
)
def test_the_best_answer_of_all_phones_is_the_senders(
    front: Front, answers: tuple[int, int], status: int, missed: int
) -> None:
    group = model.Group(id="desk", name="Desk", extension="200", members=("ben", "carla"))
    front.configure(directory(view("riverside", group={"desk": group}), view("other")))
    for name, each in zip(("ben-desk", "carla-desk"), answers, strict=True):
        registered(front, name).answers = lambda request, each=each: each
    assert status == write(Handset(front, "ann-desk"), "200").status
    assert missed == len(front.records)


def test_a_phone_that_says_nothing_is_not_waited_for_until_the_sender_gives_up(front: Front) -> None:
    ben, ann = registered(front, "ben-desk"), Handset(front, "ann-desk")
    ben.answers = lambda request: None
    with pytest.raises(AssertionError, match="no answer"):
        write(ann, "102")
    front.run(25)
    assert (480, 1) == (ann.answered[-1].status, len(front.records))


@pytest.mark.parametrize(
    "name, status", [("104", 404), ("yan-desk", 404), ("zoe", 404), ("999", 404), ("+12025550100", 405)]
)
def test_other_tenants_do_not_exist_and_numbers_outside_take_no_text(front: Front, name: str, status: int) -> None:
    registered(front, "yan-desk")
    assert status == write(Handset(front, "ann-desk"), name).status


def test_an_extension_is_that_of_the_senders_tenant(front: Front) -> None:
    zoe, ann = registered(front, "zoe-desk"), registered(front, "ann-desk")
    assert 200 == write(registered(front, "yan-desk"), "101").status
    assert (1, 0) == (len(zoe.got), len(ann.got))


def test_numbers_outside_can_be_488(tmp_path: Path) -> None:
    front = Front(tmp_path, message_outside_status=488)
    assert 488 == write(Handset(front, "ann-desk"), "+12025550100").status


def test_who_proves_nothing_writes_to_nobody(front: Front) -> None:
    ben = registered(front, "ben-desk")
    assert 401 == write(Handset(front, "ann-desk"), "102", secret=None).status
    assert 405 == write(Handset(front, "carrier", "198.51.100.7"), "102").status
    assert [] == ben.got


def test_a_long_text_needs_a_connection(front: Front) -> None:
    registered(front, "ben-desk", transport="tcp")
    assert 413 == write(Handset(front, "ann-desk"), "102", "x" * 1301).status
    ann = Handset(front, "ann-desk", transport="tcp")
    assert 200 == write(ann, "102", "x" * 1301).status
    assert 413 == write(ann, "102", "x" * 8193).status
    registered(front, "carla-desk")
    assert 513 == write(ann, "103", "x" * 1301).status


def test_a_text_without_a_type_is_400(front: Front) -> None:
    assert 400 == write(Handset(front, "ann-desk"), "102", kind="").status


def test_a_phone_writes_no_faster_than_a_person(front: Front) -> None:
    ann = Handset(front, "ann-desk")
    registered(front, "ben-desk")
    answers = [write(ann, "102") for _ in range(2 * MESSAGES_BURST_MAX)]
    refused = [answer for answer in answers if answer.status == 480]
    assert MESSAGES_BURST_MAX <= len(answers) - len(refused) < 2 * MESSAGES_BURST_MAX
    assert {"1"} == {answer.headers.get("Retry-After") for answer in refused}
    assert [] == front.records
    front.run(5)
    assert 200 == write(ann, "102").status
