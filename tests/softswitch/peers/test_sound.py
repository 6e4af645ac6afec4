"""What is believed of how trunks sounded lately."""

from __future__ import annotations

from typing import Any

import pytest

from softswitch.peers.limits import HEARD_KEPT_S, HEARD_TRUNKS_MAX
from softswitch.peers.sound import Sound


def test_what_was_told_stands_for_a_while_and_the_next_word_replaces_it() -> None:
    sound = Sound()
    assert 0 == sound.behind("north", 0.0)
    sound.told({"demerits": {"north": 2, "south": 0}}, 100.0)
    assert [2, 0, 0] == [sound.behind(trunk, 100.0 + HEARD_KEPT_S - 1) for trunk in ("north", "south", "west")]
    assert 0 == sound.behind("north", 100.0 + HEARD_KEPT_S)
    sound.told({"demerits": {"south": 1}}, 200.0)
    assert [0, 1] == [sound.behind(trunk, 201.0) for trunk in ("north", "south")]


@pytest.mark.parametrize("said", [{}, {"demerits": None}, {"demerits": {"north": "2"}}, {"demerits": {"north": 99}}])
def test_what_makes_no_sense_moves_no_trunk(said: dict[str, Any]) -> None:
    sound = Sound()
    sound.told(said, 0.0)
    assert 0 == sound.behind("north", 1.0)


def test_a_list_without_end_is_cut() -> None:
    sound = Sound()
    sound.told({"demerits": {f"t{number}": 1 for number in range(HEARD_TRUNKS_MAX + 10)}}, 0.0)
    assert [1, 0] == [sound.behind(f"t{number}", 1.0) for number in (0, HEARD_TRUNKS_MAX)]
