"""BYE to far ends of calls that died with the last run of the switch, by whichever way there is to them.

```
 over UDP, or to an address          at once
 behind another node                 FAR_S later: it has been heard by then, or it is dead and the phone is asked from here
 over a connection, which is gone    at its address, and when a phone registers from there with the same user in its Contact; a
                                     wrong one knows no such dialog, and says so (481)
```
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from twisted.logger import Logger

from configdb.model import Trunk
from softswitch.adapters.far_flow import SEPARATOR
from softswitch.adapters.locate import reached
from softswitch.peers.phones import Change
from softswitch.sip.causes import reason_value
from softswitch.sip.errors import BadMessage
from softswitch.sip.message import Response
from softswitch.sip.uri import parse_uri
from softswitch.transport import resumed
from softswitch.transport.attempt import Attempt, Authenticate
from softswitch.transport.clock import Clock
from softswitch.transport.exchange import Exchange
from softswitch.transport.flows import Destination, Flow
from softswitch.transport.limits import WAY_BACK_S

Row = dict[str, Any]
REASON = reason_value(41, "the switch was restarted")
FAR_S = 2.0


@dataclass(frozen=True, slots=True)
class LastByes:
    """`account(trunk)` answers a carrier that challenges a BYE; `trunks` are those of now."""

    clock: Clock
    exchange: Exchange
    account: Callable[[Trunk | None], Authenticate | None]
    trunks: Callable[[], Mapping[str, Trunk]]
    _waiting: list[tuple[str, Row]] = field(default_factory=list)
    _log = Logger(namespace="softswitch.survivors")

    def say(self, call: str, row: Row, in_s: float = 0.0) -> None:
        """A leg of a call that does not go on; anything may be in the row."""
        way = row.get("way") if isinstance(row, dict) else None
        is_far = isinstance(way, list) and SEPARATOR in str(way[:1])
        self.clock.callLater(in_s + FAR_S * is_far, self._find, call, row)

    def registered(self, change: Change) -> None:
        """A phone is there, perhaps again."""
        source = change.contact.binding.source
        if not self._waiting or source.flow is None or change.event not in ("created", "refreshed"):
            return
        flow = self.exchange.paths.find(source.flow)
        user = _user_of(change.contact.binding.uri)
        for one in [one for one in self._waiting if one[1]["way"][1] == source.address and user == _target_of(one[1])]:
            if flow is not None:
                self._waiting.remove(one)
                self._send(*one, flow)

    def _find(self, call: str, row: Row) -> None:
        try:
            way = reached(self.exchange.paths, *row["way"])
            resumed.read(row)
        except (KeyError, TypeError, ValueError) as error:
            self._log.error("a leg of {call} cannot be hung up: {error!r}", call=call, error=error)
            return
        if isinstance(way, Destination) and row["way"][0] is not None and row["way"][3] != "udp":
            self._waiting.append((call, row))
            self.clock.callLater(WAY_BACK_S[-1], self._told, call, row)
        self._send(call, row, way)

    def _told(self, call: str, row: Row) -> None:
        if (call, row) in self._waiting:
            self._waiting.remove((call, row))

    def _send(self, call: str, row: Row, way: Destination | Flow) -> None:
        dialog = resumed.read(row).dialog

        def next_number() -> int:
            dialog.local_number += 1
            return dialog.local_number

        def answered(response: Response) -> None:
            if response.status >= 200:
                self._told(call, row)
                self._log.info("{who} of {call}: {status}", who=row["who"], call=call, status=response.status)

        def failed(status: int, reason: str) -> None:
            self._log.info("{who} of {call} is not reached: {status}", who=row["who"], call=call, status=status)

        account = self.account(self.trunks().get(row["trunk"] or ""))
        bye = Attempt(self.exchange, way, account, next_number, answered, failed)
        bye.start(dialog.request("BYE", (("Reason", REASON),)))


def _target_of(row: Row) -> str | None:
    return _user_of(row["dialog"][5])


def _user_of(uri: str) -> str | None:
    try:
        return parse_uri(uri).user
    except BadMessage:
        return None
