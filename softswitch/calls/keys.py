"""Feature codes pressed while two talk: who of our people presses one is asked for the rest, while the other hears music.

            a code of the tenant                       #, or PAUSE_S without a key
TALKING ------------------------> asked for a number ------------------------------> SendTo (a transfer), TALKING
   ^  ^                                | *: given up, nothing is transferred
   |  +--------------------------------+
   +-- any other key goes its way: the other side hears it, as always
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

from configdb.features import Feature
from softswitch.calls import effects as do
from softswitch.calls.desk import Desk
from softswitch.calls.leg import Leg

PAUSE_S = 4.0
"""How long after the last key a number is complete."""

CODE_S = 2.0
"""How long the keys of a code may be apart."""

NUMBER_KEYS_MAX = 20
TIMER = "keys:"
"""Before the leg in the name of its timer."""


class Keys:
    """The keys of the legs of one call. `codes` has those of the tenant, asked for once somebody presses a key.

    `apart` and `together` say whether the two hear each other.
    """

    def __init__(
        self,
        desk: Desk,
        codes: Callable[[], Mapping[str, Feature]],
        apart: Callable[[], None],
        together: Callable[[], None],
    ) -> None:
        self._desk, self._apart, self._together = desk, apart, together
        self._all_codes = codes
        self._pressed: dict[str, str] = {}
        self._number: dict[str, str] = {}

    @cached_property
    def _codes(self) -> Mapping[str, Feature]:
        return {code: feature for code, feature in self._all_codes().items() if feature.in_call}

    @property
    def _park(self) -> str | None:
        return next((code for code, feature in self._all_codes().items() if feature.id == "park"), None)

    def key(self, leg: Leg, digit: str) -> None:
        """A key of a leg that talks with another one."""
        if leg.user is None or not self._codes:
            return
        if leg.id in self._number:
            self._more(leg, digit)
            return
        pressed = self._pressed.pop(leg.id, "") + digit
        if not any(code.startswith(pressed) for code in self._codes):
            pressed = digit if any(code.startswith(digit) for code in self._codes) else ""
        feature = self._codes.get(pressed)
        if feature is not None:
            self._begin(leg, feature)
        elif pressed:
            self._pressed[leg.id] = pressed
            self._desk.emit(do.StartTimer(TIMER + leg.id, CODE_S))

    def timed_out(self, leg_id: str) -> None:
        """No key came any more."""
        self._pressed.pop(leg_id, None)
        leg = self._desk.live_leg(leg_id)
        if leg is not None and leg_id in self._number:
            self._done(leg)

    def forget(self, leg: Leg) -> None:
        """It talks with nobody any more, or with somebody else."""
        asked = self._number.pop(leg.id, None) is not None
        if self._pressed.pop(leg.id, None) is not None or asked:
            self._desk.emit(do.CancelTimer(TIMER + leg.id))
        other = self._desk.partner(leg)
        if asked and other is not None:
            self._desk.emit(*(do.StopPlaying(one.id) for one in (leg, other) if one.live))

    def _begin(self, leg: Leg, feature: Feature) -> None:
        desk = self._desk
        desk.emit(do.CancelTimer(TIMER + leg.id))
        desk.step("feature.pressed", f"{leg.label} pressed: {feature.text}", feature=feature.id, leg=leg.id)
        if feature.id == "in_call_park":
            park = self._park
            if park is not None:
                desk.emit(do.SendTo(leg.id, park))
            return
        if feature.id == "in_call_join":
            desk.emit(do.FetchOther(leg.id))
            return
        other = desk.partner(leg)
        if other is not None:
            self._number[leg.id] = ""
            self._apart()
            desk.emit(do.PlayTo(other.id, "hold", ("sound:hold-music",), loop=True))
            desk.emit(do.PlayTo(leg.id, "ask", ("sound:transfer-to",)), do.StartTimer(TIMER + leg.id, 2 * PAUSE_S))

    def _more(self, leg: Leg, digit: str) -> None:
        number = self._number[leg.id]
        if not number:
            self._desk.emit(do.StopPlaying(leg.id))
        if digit == "#" or len(number) >= NUMBER_KEYS_MAX:
            self._done(leg)
        elif digit == "*" and not number:
            self._number[leg.id] = ""
            self._done(leg)
        else:
            self._number[leg.id] = number + digit
            self._desk.emit(do.StartTimer(TIMER + leg.id, PAUSE_S))

    def _done(self, leg: Leg) -> None:
        """Both talk again; then the transfer begins, or nothing more does."""
        desk, number, other = self._desk, self._number.pop(leg.id), self._desk.partner(leg)
        desk.emit(do.CancelTimer(TIMER + leg.id), do.StopPlaying(leg.id))
        if other is not None:
            desk.emit(do.StopPlaying(other.id))
            self._together()
        if number:
            desk.emit(do.SendTo(leg.id, number))
        else:
            desk.step("feature.given_up", f"{leg.label} names nobody: nothing is transferred", leg=leg.id)
