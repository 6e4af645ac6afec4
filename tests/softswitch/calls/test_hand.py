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


def test_who_watches_is_told_of_each_order_of_a_recording_at_once() -> None:
    one = world()
    talking(one)
    seen = []
    for mode in ("mask", "resume", "stop"):
        before = len(one.effects(do.Publish))
        one.perform(one.call.hand.record(mode, one.now))
        seen.append((one.call.desk.ledger.document()["steps"][-1]["code"], len(one.effects(do.Publish)) > before))
    assert [(f"record.{code}", True) for code in ("mask", "resume", "stop")] == seen
