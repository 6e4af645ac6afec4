"""What the media plane hears of a leg that is no key: that nobody is there any more, its keys, a voice, a fax machine."""

from __future__ import annotations

from collections.abc import Callable

from softswitch.calls import causes
from softswitch.calls.desk import Desk
from softswitch.calls.effects import Effect
from softswitch.calls.leg import Cause, Leg
from softswitch.calls.stage import Stage


class Ears:
    """Of one call, whose inputs these are. `end(cause)` is the call's."""

    def __init__(self, desk: Desk, stage: Stage, end: Callable[[Cause], None]) -> None:
        self._desk, self._stage, self._end = desk, stage, end

    def silent(self, leg_id: str, now: float) -> tuple[Effect, ...]:
        """No RTP from the leg for too long (and it is not on hold): the far end is gone."""
        leg = self._at(leg_id, now)
        if leg is not None and not leg.on_hold:
            self._desk.step("media.silent", f"No media from {leg.label}: the call is given up")
            self._end(causes.MEDIA_SILENT)
        return self._desk.flush()

    def secured(self, leg_id: str, suite: str, now: float) -> tuple[Effect, ...]:
        """A browser's leg has its keys."""
        leg = self._at(leg_id, now)
        if leg is not None:
            self._desk.secured(leg, suite)
        return self._desk.flush()

    def broke(self, leg_id: str, reason: str, now: float) -> tuple[Effect, ...]:
        """No media will pass with a browser: no way to it, or not the certificate that it announced."""
        leg = self._at(leg_id, now)
        if leg is not None:
            self._desk.step("media.failed", f"No media with {leg.label}: {reason}", leg=leg.id)
            self._end(causes.MEDIA_FAILED)
        return self._desk.flush()

    def voice(self, leg_id: str, on: bool, now: float) -> tuple[Effect, ...]:
        """A leg in a room begins to speak, or has stopped."""
        leg = self._at(leg_id, now)
        if leg is not None:
            self._stage.dialling.machines.voice(leg, on)
        return self._desk.flush()

    def fax(self, leg_id: str, tone: str, now: float) -> tuple[Effect, ...]:
        """A fax machine calls ("cng") or answers ("ced") at a leg (ITU-T T.30)."""
        leg = self._at(leg_id, now)
        if leg is not None:
            self._desk.step("media.fax", f"A fax machine is heard at {leg.label}", leg=leg.id, tone=tone)
            self._stage.dialling.machines.tone(leg)
            self._stage.fax(leg)
        return self._desk.flush()

    def _at(self, leg_id: str, now: float) -> Leg | None:
        self._desk.now = now
        return self._desk.live_leg(leg_id)
