"""A call that another process began and lost goes on in this one: what it has then, and what it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from softswitch.calls import effects as do
from softswitch.calls import hold
from softswitch.calls.desk import Desk
from softswitch.calls.leg import Leg
from softswitch.calls.stage import Locate, Stage
from softswitch.routing.route import Route


@dataclass(frozen=True, slots=True)
class Resumed:
    """What is left of a call: caller and peer, or a caller alone: parked, or at a `place` in a flow, as the route `alone` says.

    recordings: of the conversation, by token the leg.  recorded: what is known of them (`Recordings.known`).
    """

    legs: tuple[Leg, ...]
    recordings: Mapping[str, str]
    alone: Route | None
    locate: Locate
    place: Mapping[str, Any] | None = None
    recorded: Mapping[str, Any] = field(default_factory=dict)


def resume(desk: Desk, stage: Stage, what: Resumed) -> None:
    """Go on. Each leg is offered its media anew: one that is not there any more says so, and its session timer runs again."""
    desk.caller, desk.peer = what.legs[0], what.legs[1] if len(what.legs) == 2 else None
    desk.legs = {leg.id: leg for leg in what.legs}
    stage.recordings.resume(what.recordings, what.recorded)
    desk.step("call.survived", "The switch was restarted; the call goes on")
    left_s = desk.settings.call_s_max - (desk.now - desk.ledger.started_at)
    desk.emit(do.StartTimer("longest", max(1.0, left_s)))
    stage.resume(what.alone, what.locate, what.place)
    for leg in what.legs:
        desk.watch(leg, not leg.on_hold)
        hold.offer(desk, leg)
