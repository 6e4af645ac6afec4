"""Who takes whose place: in the codec of whom they meet, and never in a call of another tenant, whatever names they know."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.softswitch.scripted_phone import Dialog, Phone
from tests.softswitch.stage import Stage
from tests.softswitch.test_flows import Play


@pytest.fixture
def strangers(tmp_path: Path) -> Iterator[Stage]:
    """Ann talks with Ben in what has become another tenant's call; Carla knows all about it."""
    stage = Stage(tmp_path)
    play = Play(stage)
    play.line("carla watches 102 => carla 200 SUBSCRIBE, carla NOTIFY")
    play.line("ann calls 102 => ben INVITE, carla NOTIFY trying")
    play.line("ben answers => ann 200, carla NOTIFY confirmed")
    (live,) = stage.switch.service._board.calls.values()
    live.view = dataclasses.replace(live.view, tenant=live.view.tenant.model_copy(update={"id": "lakeside"}))
    yield stage
    assert [] == stage.over()
    stage.close()


def the_call(stage: Stage) -> tuple[Phone, Phone, Dialog]:
    """Carla, Ben, and Ben's dialog."""
    ben = stage.phones["ben"]
    return stage.phones["carla"], ben, ben.dialogs[0]


@pytest.mark.parametrize("flipped", [False, True])
def test_an_invite_with_replaces_finds_nothing(strangers: Stage, flipped: bool) -> None:
    carla, ben, dialog = the_call(strangers)
    carla.call("102", ("Replaces", ben.replacing(dialog, flipped=flipped)))
    strangers.turn()
    assert ["481"] == carla.take()


def test_the_name_of_a_lamp_finds_nothing(strangers: Stage) -> None:
    carla, _, _ = the_call(strangers)
    carla.call("102", ("Replaces", carla.lamp()))
    strangers.turn()
    assert ["481"] == carla.take()


def test_a_refer_beside_the_call_is_refused_even_from_its_own_phone(strangers: Stage) -> None:
    _, ben, dialog = the_call(strangers)
    ben.refers_beside(dialog, "<sip:103@127.0.0.1>")
    strangers.turn()
    assert ["403 REFER"] == ben.take()


def test_a_call_is_not_handed_over_to_it(strangers: Stage) -> None:
    play = Play(strangers)
    carla, ben, dialog = the_call(strangers)
    play.line("carla calls 101 => ann INVITE")
    play.line("ann.2 answers => carla 200")
    carla.refers(carla.dialogs[0], Play.replacing(ben, dialog))
    strangers.turn()
    assert ["481 REFER"] == carla.take()


def test_who_takes_a_place_is_answered_in_the_codec_of_whom_they_meet(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    play = Play(stage)
    play.line("ann calls 102 => ben INVITE")
    play.line("ben answers => ann 200")
    carla, ben, dialog = the_call(stage)
    carla.call("102", ("Replaces", ben.replacing(dialog)), sdp=carla.sdp(codecs="8 0 101"))
    stage.turn()
    assert (["200"], b"RTP/AVP 0 101\r\n") == (carla.take(), carla.got[-1].body.split(b"audio ")[1][6:21])
    assert [] == stage.over()
    stage.close()
