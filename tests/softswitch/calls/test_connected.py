"""Who is at the far end of a leg outside, when that changes."""

from __future__ import annotations

import pytest

from softswitch.calls import effects as do
from softswitch.calls.connected import CHANGES_MAX
from tests.softswitch.calls.test_signalling import outbound
from tests.softswitch.calls.world import SDP


@pytest.mark.parametrize("answered", [False, True])
def test_a_far_end_that_is_somebody_else_again_and_again_is_soon_shown_as_nobody(answered: bool) -> None:
    one = outbound()
    (invite,) = one.effects(do.InviteLeg)
    if answered:
        one.perform(one.call.answered(invite.leg, SDP, one.now))
        one.run(0.2)
    for number in range(3 * CHANGES_MAX):
        one.perform(one.call.connected.named(invite.leg, f"+1202555{number:04}", None, False, one.now))
    assert CHANGES_MAX + answered == one.codes.count("call.party")
    assert answered is one.call.desk.legs[invite.leg].withheld
