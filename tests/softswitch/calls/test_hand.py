"""What somebody who is no party does with a call, where no scenario (`flows/control.txt`) can look."""

from __future__ import annotations

import pytest

from softswitch.calls import effects as do
from softswitch.calls.hand import CannotBeDone
from tests.softswitch.calls.test_call import talking, world


@pytest.mark.parametrize(("language", "said"), [(None, "say:en:Good day"), ("ru", "say:ru:Good day")])
def test_a_text_is_spoken_to_one_side(language: str | None, said: str) -> None:
    one = world()
    leg = talking(one)
    one.perform(one.call.hand.speak("callee", "Good day", language, one.now))
    assert [do.PlayTo(leg, "hand", (said,))] == one.effects(do.PlayTo)[-1:]
    with pytest.raises(CannotBeDone):
        world().start().call.hand.speak("callee", "Good day", language, one.now)
