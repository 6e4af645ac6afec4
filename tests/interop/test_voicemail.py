"""A real phone leaves a message; its owner hears it back from outside with a PIN, or is called because nobody heard it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from history.opened import open_history
from history.shelves import ACTIVITIES
from installer.demo_tenant import ANN_NUMBER, TENANT
from installer.phone_driver import Phone
from tests.interop.conftest import Registered
from tests.interop.node import Running, eventually
from tests.interop.test_calls import CALLER_VOICE, mostly_said

pytestmark = pytest.mark.interop

MAILBOX = "/api/v1/config/mailbox/ann"
PIN = "2580"


def waits_at(node: Running, code: str) -> None:
    """The one call has taken that step; a prompt that follows has begun."""
    eventually(lambda: code in [step["code"] for call in node.live() for step in call["steps"]], what=code)
    time.sleep(0.5)


def messages(node: Running) -> dict[str, dict[str, Any]]:
    """Ann's messages that are not done with, by id."""
    found = node.api.get("/api/v1/activities", kind="voicemail", state="open")["data"]
    return {one["id"]: one for one in found if one["mailbox"] == "ann"}


def left(node: Running, carrier: Phone) -> str:
    """The id of a message that the carrier's phone leaves for Ann."""
    known = set(messages(node))
    node.dial(carrier, ANN_NUMBER)
    carrier.wait("state", state="CONFIRMED")
    waits_at(node, "mailbox.record")
    carrier.do("play", path=str(CALLER_VOICE))
    carrier.wait("played")
    carrier.do("hangup")
    carrier.wait("state", state="DISCONNECTED")
    (new,) = eventually(lambda: set(messages(node)) - known, 90.0, "the message")
    eventually(lambda: not node.live(), what="the end of the call")
    return new


def test_a_message_is_left_by_a_phone_and_heard_back_from_outside_with_the_pin(
    node: Running, carrier: Phone, tmp_path: Path
) -> None:
    box, heard = node.api.get(MAILBOX)["document"], tmp_path / "heard.wav"
    node.api.request("PUT", MAILBOX, {**box, "pin": PIN})
    node.wait_followed()
    new = left(node, carrier)
    carrier.do("record", path=str(heard))
    node.dial(carrier, ANN_NUMBER)
    carrier.wait("state", state="CONFIRMED")
    for code, keys in (("mailbox.greeting", "*"), ("messages.pin", f"{PIN}#"), ("messages.open", "1")):
        waits_at(node, code)
        carrier.do("dtmf", digits=keys)
    eventually(lambda: not messages(node)[new]["unread"], 60.0, "it was heard")
    carrier.do("dtmf", digits="3")
    eventually(lambda: new not in messages(node), what="it is deleted")
    carrier.do("hangup")
    carrier.wait("state", state="DISCONNECTED")
    carrier.close()
    node.api.request("PUT", MAILBOX, {**box, "pin": None})
    assert mostly_said(heard, CALLER_VOICE)


@pytest.mark.timeout(400)  # a message, a call about it, and hearing it
def test_who_does_not_hear_a_message_is_called_and_hears_it(
    node: Running, carrier: Phone, phones: Registered, tmp_path: Path
) -> None:
    box, heard = node.api.get(MAILBOX)["document"], tmp_path / "ann.wav"
    for old in messages(node):
        node.api.request("PATCH", f"/api/v1/activities/{old}", {"state": "resolved"})
    new = left(node, carrier)
    history = open_history(node.data, None)
    history.shelves.change(
        ACTIVITIES, TENANT, new, lambda body: {**body, "at": body["at"] - 300.0}
    )  # five minutes later
    history.close()
    ann = phones("ann-desk")
    node.api.request("PUT", MAILBOX, {**box, "unheard_call_min": 5, "unheard_at_night": True})
    node.api.request("POST", "/api/v1/services/unheard/runs", {})
    ann.wait("incoming", 40.0)
    node.api.request("PUT", MAILBOX, box)
    ann.do("record", path=str(heard))
    ann.do("answer")
    ann.wait("state", state="CONFIRMED")
    waits_at(node, "messages.open")
    ann.do("dtmf", digits="1")
    eventually(lambda: not messages(node)[new]["unread"], 60.0, "it was heard")
    ann.do("dtmf", digits="3")
    eventually(lambda: new not in messages(node), what="it is deleted")
    ann.do("hangup")
    ann.wait("state", state="DISCONNECTED")
    ann.close()
    assert mostly_said(heard, CALLER_VOICE)
