"""Overload control between neighbours (RFC 7339, loss algorithm): our demand in answers, and theirs obeyed.

A client announces in its Via that it understands; each answer to it says what percentage of requests to hold back for
how long. We hold back new INVITEs: what hangs on a call (ACK, BYE ...) goes down with them. `now` is seconds that only grow.
"""

from __future__ import annotations

from dataclasses import dataclass

from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.overload import Overload, overload_of
from softswitch.sip.limits import DEMANDS_MAX
from softswitch.sip.via import Via

VALIDITY_MS = 1_000
DEFAULT_VALIDITY_MS = 500
VALIDITY_MS_MAX = 60_000
ANNOUNCED = ';oc;oc-algo="loss"'
"""What a client adds to its Via."""

Server = tuple[str, int]


def with_demand(via: Via, percent: int, now: float) -> Via:
    """The Via of a request as it goes back in answers: who announced "loss" is told what to hold back (5.1, 5.2)."""
    try:
        announced = overload_of(via)
    except BadMessage:
        return via
    if announced is None or "loss" not in announced.algorithms:
        return via
    validity_ms = VALIDITY_MS if percent else 0
    demand = Overload(percent, ("loss",), validity_ms, str(int(now * 1000)))
    return Via(via.transport, via.host, via.port, {**via.params, **demand.params()}, via.version)


@dataclass(frozen=True, slots=True)
class _Demand:
    percent: int
    until: float
    sequence: float


class Demands:
    """What the servers we send to demand, by address and port (5.4). Bounded: the oldest is forgotten."""

    def __init__(self) -> None:
        self._demands: dict[Server, _Demand] = {}

    def heard(self, server: Server, via: Via, now: float) -> None:
        """An answer of that server to a request in which we announced; `via` is its top Via. Nonsense is ignored."""
        try:
            said = overload_of(via)
        except BadMessage:
            return
        if said is None or said.oc is None or said.oc > 100 or said.algorithms not in ((), ("loss",)):
            return
        sequence = float(said.sequence or 0)
        held = self._demands.get(server)
        if held is not None and held.until > now and sequence <= held.sequence:
            return
        validity_ms = DEFAULT_VALIDITY_MS if said.validity_ms is None else min(said.validity_ms, VALIDITY_MS_MAX)
        self._demands.pop(server, None)
        if validity_ms and said.oc:
            self._demands[server] = _Demand(said.oc, now + validity_ms / 1000, sequence)
            if len(self._demands) > DEMANDS_MAX:
                del self._demands[next(iter(self._demands))]

    def allows(self, server: Server, now: float, chance: float) -> bool:
        """Whether to send a new call to that server; `chance` is a random number in 0..1."""
        held = self._demands.get(server)
        if held is None:
            return True
        if held.until <= now:
            del self._demands[server]
            return True
        return chance * 100 >= held.percent
