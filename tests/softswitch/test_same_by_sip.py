"""Random flows and random callers: the simulator and a real SIP call, message by message, agree step by step.

The switch is whole (parser, transactions, sessions, calls, mailboxes, records); scripted are the caller, the phones of the house,
the media worker and the servers that a flow asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from configdb.log import Change
from installer.demo_tenant import TENANT
from ivr.behaviour import NOT_ASKED, WAITS, Reply, answered
from ivr.effects import Fetch
from ivr.events import Event
from ivr.simulate import ANSWER_S, KEY_S, MESSAGE_S, REPLY_S, TALK_S
from media.audio.wav import header
from media.plane.events import RecordDone
from softswitch.adapters import live_call
from softswitch.routing.simulate import simulate_number
from tests.conftest import NIGHTLY
from tests.ivr.flows import NOON
from tests.ivr.test_nodes import REQUEST
from tests.ivr.test_same_live import IDS, documents
from tests.softswitch.calls.world import STEPS_OF_THE_CALL
from tests.softswitch.fakes import PLAY_S
from tests.softswitch.scripted_phone import Dialog, Phone
from tests.softswitch.stage import Stage

NUMBER, CALLER = "+12025550125", "+12025550100"
SUB = {"start": "a", "nodes": {"a": {"kind": "finish"}}}
PATCHES: dict[tuple[str, str], dict[str, Any]] = {
    ("flow", "sub"): {"name": "Sub", "document": SUB},
    ("flow", "random"): {"name": "Random", "document": SUB},
    ("number", NUMBER): {"target": {"kind": "flow", "id": "random"}},
}
TRUNK = "inbound.trunk"
"""The step that names the trunk, of which a simulation knows none."""

TICK_S, CALL_S_MAX = 0.05, 1500.0
REFUSALS = {"busy": 486, "declined": 603}
behaviour = some.sampled_from(["free", "busy", "no_answer", "declined"])


class Outside:
    """The caller, the phones, and the servers that are asked: they do in SIP what the simulator's do in values."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.sounds, self.reactor = stage, stage.sounds, stage.switch.reactor
        self.keys: list[str] = []
        self.people: Mapping[str, str] = {}
        self.replies: Mapping[str, Reply] = {}
        self.steps: list[Mapping[str, Any]] = []
        self._seen: set[str] = set()
        self._noon = 0.0
        stage.switch.service._records.on_record = self.written
        self._play, self.sounds.play = self.sounds.play, self.plays  # type: ignore[method-assign]  # to be heard
        self.sounds.recorded = self.records  # type: ignore[method-assign]  # to be spoken to
        stage.switch.service._board.errands = self  # type: ignore[assignment]  # the servers

    @property
    def live(self) -> live_call.LiveCall:
        """The one call."""
        (live,) = self.stage.switch.service._board.calls.values()
        return live

    @property
    def session(self) -> Any:
        """What its caller goes through."""
        return self.live.call._stage.scene.script.session

    def time(self) -> float:
        """Every call begins at noon."""
        return NOON.timestamp() + float(self.reactor.seconds()) - self._noon

    def call(self, keys: str, people: Mapping[str, str], replies: Mapping[str, Reply]) -> list[Mapping[str, Any]]:
        """One call from INVITE to its end; the steps that were written down of it."""
        self.keys, self.people, self.replies = list(keys), people, replies
        self._noon = self.reactor.seconds()
        self.steps = []
        dialog = self.stage.phones["sam"].call(NUMBER)
        end = self.reactor.seconds() + CALL_S_MAX
        while not dialog.over and self.reactor.seconds() < end:
            self.stage._deliver()
            for name in people:
                self.works(self.stage.phones[name])
            self.stage.switch.run(TICK_S)
        self.stage.turn(1)
        assert [] == list(self.stage.switch.service._board.calls)
        assert [] == self.stage.switch.troubles
        return self.steps

    def written(self, record: Mapping[str, Any]) -> None:
        if record["kind"] == "step":
            self.steps.append(record)

    def works(self, phone: Phone) -> None:
        """What its person does about a call that has come."""
        for dialog in phone.dialogs:
            if dialog.call_id in self._seen:
                continue
            self._seen.add(dialog.call_id)
            how = self.people[phone.name]
            if how in REFUSALS:
                phone.rejects(dialog, REFUSALS[how])
                continue
            phone.rings(dialog)
            if how == "free":
                self.reactor.callLater(ANSWER_S - 0.1, self.answers, phone, dialog)

    def answers(self, phone: Phone, dialog: Dialog) -> None:
        if not dialog.over:
            phone.answers(dialog)
            self.reactor.callLater(TALK_S, self.leaves, phone, dialog)

    @staticmethod
    def leaves(phone: Phone, dialog: Dialog) -> None:
        if not dialog.over:
            phone.hangs_up(dialog)

    # -- the caller ------------------------------------------------------------------------------------------------

    def plays(self, leg: str, token: str, sounds: list[str], loop: bool, stop_on_key: bool) -> None:
        self._play(leg, token, sounds, loop, stop_on_key)
        if not loop and self.session.asks:
            self.presses(leg)

    def presses(self, leg: str) -> None:
        """The next key, half a second from now."""
        key = self.keys.pop(0) if self.keys else WAITS
        if key != WAITS:
            self.reactor.callLater(KEY_S, self.pressed, leg, key)

    def pressed(self, leg: str, key: str) -> None:
        if self.stage.switch.service._board.of_leg(leg) is None:
            return
        told, waiting = self.sounds.tokens.get(leg), self.timers()
        self.stage.switch.hears(leg, key)
        self.reactor.callLater(0.01, self.goes_on, leg, told, waiting)

    def goes_on(self, leg: str, told: str | None, waiting: set[Any]) -> None:
        """One more key, where the call waits for it and says nothing first."""
        if self.stage.switch.service._board.of_leg(leg) is None:
            return
        if self.session.asks and self.sounds.tokens.get(leg) in (told, None) and self.timers() - waiting:
            self.presses(leg)

    def timers(self) -> set[Any]:
        return {timer for name, timer in self.live.timers.items() if name.startswith("ivr:")}

    def records(self, leg: str, token: str, path: str, kind: str, seconds_max: float, *more: object) -> None:
        type(self.sounds).recorded(self.sounds, leg, token, path, kind, seconds_max, *more)
        if kind == "voicemail":
            self.reactor.callLater(min(MESSAGE_S, seconds_max), self.spoken, leg, token, path)

    def spoken(self, leg: str, token: str, path: str) -> None:
        if self.sounds._records.pop(token, None) is not None:
            Path(path).parent.mkdir(exist_ok=True)
            Path(path).write_bytes(header(1, 40_000) + bytes(80_000))
            self.sounds._on_event(RecordDone(leg, token, path, MESSAGE_S, "key"))

    # -- the servers -----------------------------------------------------------------------------------------------

    def ask(self, view: object, request: Fetch, then: Callable[[Event], None]) -> None:
        reply = self.replies.get(self.session.node or "", NOT_ASKED)
        self.reactor.callLater(REPLY_S, then, answered(request, reply))

    def text(self, view: object, to: str, text: str) -> str:
        return ""


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    stage = Stage(tmp_path_factory.mktemp("switch"), PATCHES)
    try:
        outside = Outside(stage)
        with patch.object(live_call, "time", SimpleNamespace(time=outside.time)):
            yield outside
        assert [] == stage.over()
    finally:
        stage.close()


NOBODY: dict[str, Any] = {
    "start": "first",
    "nodes": {
        "first": {**REQUEST, "next": "third"},
        "third": {"kind": "directory", "on_nobody": "first", "tries": 1},
        **{end: {"kind": "hangup"} for end in ("other", "end")},
    },
}


@settings(max_examples=2_000 if NIGHTLY else 40, deadline=None)
@example(NOBODY, "111#1", dict.fromkeys(("ann", "ben", "carla"), "free"), Reply(200, '{"people": [{"name": "Dana"}]}'))
@given(
    documents(),
    some.text("123459*#w", max_size=12),
    some.fixed_dictionaries({"ann": behaviour, "ben": behaviour, "carla": behaviour}),
    some.sampled_from([Reply(200, '{"people": [{"name": "Dana"}]}'), Reply(500), Reply(0)]),
)
def test_a_random_flow_goes_the_same_way_by_sip_and_simulated(
    outside: Outside, document: dict[str, Any], keys: str, people: Any, reply: Reply
) -> None:
    replies, switch = dict.fromkeys(IDS, reply), outside.stage.switch
    for name in people:  # registrations do not outlast so many calls
        outside.stage.phones[name].register()
    switch.reconfigured([Change("flow", "random", {"id": "random", "name": "Random", "document": document})])
    outside.stage.turn()
    simulated = simulate_number(
        switch.config.directory, TENANT, NUMBER, CALLER, NOON, keys, people, lambda _: PLAY_S, replies
    )
    expected = [said(one.step.code, one.step.node, one.step.text) for one in simulated.steps if one.step.code != TRUNK]
    steps = outside.call(keys, people, replies)
    assert expected == [
        said(step["code"], step["node"], step["text"])
        for step in steps
        if not step["code"].startswith((*STEPS_OF_THE_CALL, TRUNK))
    ]


def said(code: str, node: str | None, text: str) -> tuple[str, str | None, str]:
    """A step without the minute: a call begins within the second that a simulation begins at."""
    return code, node, re.sub(r"\d\d:\d\d in ", "", text)
