"""A REFER and its subscription (RFC 3515 2.4): every (state, input) pair, and what a REFER may say."""

from __future__ import annotations

import pytest

from softswitch.sip.errors import BadMessage
from softswitch.sip.limits import REFER_S_MAX
from softswitch.sip.message import Request
from softswitch.sip.parse import parse_message
from softswitch.sip.referral import News, Referral, State, wish_of
from tests.softswitch.sip.messages import raw

TO = "Refer-To: <sip:103@pbx>"
PATHS = {State.ASKED: [], State.TELLING: ["accepted", "answered 200"], State.OVER: ["refused"]}
INPUTS = ["accepted", "refused", "180", "486", "subscribe 60", "subscribe 0", "time", "answered 200", "answered 481"]
ACTIVE, OTHER = f"100 active;expires={REFER_S_MAX}", f"180 active;expires={REFER_S_MAX}"
ROWS = {
    (State.ASKED, "accepted"): (ACTIVE, State.TELLING),
    (State.ASKED, "refused"): (None, State.OVER),
    (State.TELLING, "refused"): (None, State.OVER),
    (State.TELLING, "180"): (OTHER, State.TELLING),
    (State.TELLING, "486"): ("486 terminated;reason=noresource", State.OVER),
    (State.TELLING, "subscribe 60"): ("100 active;expires=60", State.TELLING),
    (State.TELLING, "subscribe 0"): ("100 terminated;reason=timeout", State.OVER),
    (State.TELLING, "time"): ("100 terminated;reason=timeout", State.OVER),
    (State.TELLING, "answered 481"): (None, State.OVER),
    (State.ASKED, "answered 481"): (None, State.OVER),
}


def refer(*headers: str, number: int = 7) -> Request:
    """A REFER within a call."""
    lines = [
        "Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bKr",
        "From: <sip:102@pbx>;tag=1",
        "To: <sip:101@pbx>;tag=2",
        "Call-ID: c@phone",
        f"CSeq: {number} REFER",
        *headers,
    ]
    message = parse_message(raw("REFER sip:softswitch@pbx SIP/2.0", lines))
    assert isinstance(message, Request)
    return message


def give(machine: Referral, what: str, now: float = 0.0) -> str | None:
    """One input; the NOTIFY in words."""
    news: News | None = None
    match what.split():
        case ["accepted"]:
            news = machine.accepted(now)
        case ["refused"]:
            machine.refused()
        case ["subscribe", seconds]:
            news = machine.subscribed(int(seconds), now)
        case ["time"]:
            news = machine.expired(now + REFER_S_MAX)
        case ["answered", status]:
            news = machine.answered(int(status), now)
        case [status]:
            news = machine.report(int(status), now)
    return None if news is None else f"{news.body.decode().split()[1]} {news.state}"


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("what", INPUTS)
def test_every_input_in_every_state(state: State, what: str) -> None:
    machine = Referral(refer(TO), True, 0.0)
    for each in PATHS[state]:
        give(machine, each)
    assert state is machine.state
    assert ROWS.get((state, what), (None, state)) == (give(machine, what), machine.state)


def test_one_notify_is_on_its_way_and_the_latest_news_wait_for_their_turn() -> None:
    machine = Referral(refer(TO), True, 0.0)
    assert [ACTIVE, None, None, None] == [give(machine, what) for what in ("accepted", "180", "183", "200")]
    assert "200 terminated;reason=noresource" == give(machine, "answered 200")
    assert [None, None] == [give(machine, "answered 200"), give(machine, "503")]


def test_a_later_refer_of_a_dialog_names_itself_and_the_first_does_not() -> None:
    first, later = Referral(refer(TO), True, 0.0).accepted(0.0), Referral(refer(TO), False, 0.0).accepted(0.0)
    assert ["refer", "refer;id=7"] == [str(news.event) for news in (first, later) if news is not None]


def test_who_wants_no_news_gets_none() -> None:
    machine = Referral(refer(TO, "Refer-Sub: false"), True, 0.0)
    assert (None, State.OVER) == (give(machine, "accepted"), machine.state)


def test_time_that_is_over_while_a_notify_is_open_is_told_afterwards() -> None:
    machine = Referral(refer(TO), True, 0.0)
    give(machine, "accepted")
    assert None is give(machine, "time")
    assert "100 terminated;reason=timeout" == give(machine, "answered 200")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([], 400),
        ([TO, TO], 400),
        (["Refer-To: <mailto:x@y>"], 400),
        (["Refer-To: <sip:103@pbx?Replaces=a>"], 400),
        ([TO, "Refer-Sub: maybe"], 400),
        (["Refer-To: <sip:103@pbx?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2&Replaces=b>"], 400),
    ],
)
def test_a_refer_that_says_not_whom_to_call_is_refused(headers: list[str], status: int) -> None:
    with pytest.raises(BadMessage) as refused:
        wish_of(refer(*headers))
    assert status == refused.value.status
