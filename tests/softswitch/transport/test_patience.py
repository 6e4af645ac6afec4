"""A far end that asks for something all the time in its dialog: keys, transfers. Changes are in `test_renegotiation`."""

from __future__ import annotations

import pytest

from softswitch.transport.limits import KEYS_BURST_MAX, KEYS_PER_S_MAX, TRANSFERS_BURST_MAX, TRANSFERS_PER_S_MAX
from softswitch.transport.patience import Patience
from tests.softswitch.transport.harness import ANSWER
from tests.softswitch.transport.test_outgoing import Scripted

KEY = "Content-Type: application/dtmf-relay\r\n"


def test_what_was_spent_comes_back_and_never_more() -> None:
    patience = Patience(2, 0.5)
    assert [True, True, False] == [patience.spend(7.0) for _ in range(3)]
    assert [False, True, False] == [patience.spend(now) for now in (8.0, 9.0, 10.0)]
    assert [True, True, False] == [patience.spend(1000.0) for _ in range(3)]


@pytest.mark.parametrize(
    ("method", "extra", "body", "burst_max", "per_s_max", "answer", "heard"),
    [
        ("INFO", KEY, b"Signal=5", KEYS_BURST_MAX, KEYS_PER_S_MAX, 200, 1),
        ("REFER", "Refer-To: <sip:102@10.0.0.1>\r\n", b"", TRANSFERS_BURST_MAX, TRANSFERS_PER_S_MAX, 403, 1),
        ("SUBSCRIBE", "Event: refer;id=7\r\n", b"", TRANSFERS_BURST_MAX, TRANSFERS_PER_S_MAX, 481, 0),
    ],
)
def test_who_asks_all_the_time_is_told_to_wait_and_nobody_hears_of_it(
    method: str, extra: str, body: bytes, burst_max: int, per_s_max: float, answer: int, heard: int
) -> None:
    world = Scripted()
    world.peer.answer(world.invite, 200, sdp=ANSWER)
    world.run(0.1)
    world.heard().clear()
    for number in range(10, 13 + burst_max):
        world.peer.ask(method, world.invite, number, body, extra)
    world.run(0.1)
    assert [answer] * burst_max + [500] * 3 == world.peer.answers()
    assert (world.peer.got[-1].headers.get("Retry-After") or "").isdigit()
    assert heard * burst_max == len(world.heard())
    world.run(1 / per_s_max)
    world.peer.ask(method, world.invite, 900, body, extra)
    world.run(0.1)
    assert answer == world.peer.answers()[-1]
