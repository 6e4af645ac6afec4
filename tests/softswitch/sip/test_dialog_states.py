"""Dialogs: every (state, input) pair of the figure in `dialog`, as caller and as called (RFC 3261 12)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from softswitch.sip.dialog import Dialog, State
from softswitch.sip.message import Request, Response
from tests.softswitch.sip.machines import a_request, an_answer

TARGET, MOVED = "sip:ann@192.0.2.1", "sip:ann@192.0.2.99"


def as_called() -> Dialog:
    return Dialog.called(a_request(), "ours")


def as_calling() -> Dialog:
    invite = a_request()
    invite.headers.set("From", "<sip:101@b.example>;tag=ours")
    answer = an_answer(invite, 180, "from1")
    answer.headers.set("To", "<sip:ann@a.example>;tag=from1")
    answer.headers.set("Contact", f"<{TARGET}>")
    dialog = Dialog.calling(invite, answer)
    dialog.remote_number = 7
    return dialog


def from_them(method: str, number: int, tag: str = "from1") -> Request:
    request = a_request(method)
    request.headers.set("To", "<sip:101@b.example>;tag=ours")
    request.headers.set("From", f"<sip:ann@a.example>;tag={tag}")
    request.headers.set("CSeq", f"{number} {method}")
    request.headers.set("Contact", f"<{MOVED}>")
    return request


def moved() -> Response:
    answer = an_answer(a_request(), 200)
    answer.headers.set("Contact", f"<{MOVED}>")
    return answer


def accepts(method: str, number: int, tag: str = "from1") -> Callable[[Dialog], str]:
    return lambda dialog: dialog.accepts(from_them(method, number, tag)).name


def confirm(dialog: Dialog) -> str:
    dialog.confirm()
    return ""


def confirm_with_an_answer(dialog: Dialog) -> str:
    dialog.confirm(moved())
    return ""


def refresh(dialog: Dialog) -> str:
    dialog.refresh(moved())
    return ""


def end(dialog: Dialog) -> str:
    dialog.ended()
    return ""


INPUTS: dict[str, Callable[[Dialog], str]] = {
    "next request": accepts("INFO", 8),
    "same number": accepts("INFO", 7),
    "old request": accepts("INFO", 6),
    "ACK": accepts("ACK", 7),
    "CANCEL": accepts("CANCEL", 7),
    "old ACK": accepts("ACK", 6),
    "other tag": accepts("INFO", 8, "other"),
    "2xx sent": confirm,
    "2xx received": confirm_with_an_answer,
    "refresh": refresh,
    "ended": end,
}
ROWS: dict[str, tuple[str, int, str]] = {
    # what -> verdict, the latest number seen, the target after it; the same in EARLY and CONFIRMED
    "next request": ("ACCEPT", 8, TARGET),
    "same number": ("ACCEPT", 7, TARGET),
    "old request": ("OUT_OF_ORDER", 7, TARGET),
    "ACK": ("ACCEPT", 7, TARGET),
    "CANCEL": ("ACCEPT", 7, TARGET),
    "old ACK": ("ACCEPT", 7, TARGET),
    "other tag": ("UNKNOWN", 7, TARGET),
    "2xx sent": ("", 7, TARGET),
    "2xx received": ("", 7, MOVED),
    "refresh": ("", 7, MOVED),
    "ended": ("", 7, TARGET),
}
NEXT = {"2xx sent": State.CONFIRMED, "2xx received": State.CONFIRMED, "ended": State.ENDED}


def expected(state: State, what: str) -> tuple[str, int, str, State]:
    verdict, number, target = ROWS[what]
    if state is State.ENDED:  # nothing is accepted, nothing brings it back
        return "UNKNOWN" if verdict else "", 7, MOVED if what == "refresh" else TARGET, State.ENDED
    return verdict, number, target, NEXT.get(what, state)


@pytest.mark.parametrize("what", INPUTS)
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("made", [as_called, as_calling])
def test_each_input_in_each_state(made: Callable[[], Dialog], state: State, what: str) -> None:
    dialog = made()
    if state is State.CONFIRMED:
        dialog.confirm()
    if state is State.ENDED:
        dialog.ended()
    assert state is dialog.state
    verdict = INPUTS[what](dialog)
    assert expected(state, what) == (verdict, dialog.remote_number, dialog.target, dialog.state)
