"""A leg that an earlier run of the process answered: its dialog as it was written down, and up (RFC 3261 12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from softswitch.sip.dialog import Dialog
from softswitch.sip.headers import Headers
from softswitch.sip.locate import Transport
from softswitch.sip.message import Request
from softswitch.transport.attempt import Authenticate
from softswitch.transport.flows import Destination, Flow, OnPong, Unsendable
from softswitch.transport.limits import WAY_BACK_S
from softswitch.transport.policy import LegPolicy
from softswitch.transport.renegotiation import Renegotiation
from softswitch.transport.session import Session, SessionHome, State

NUMBERS_SKIPPED = 1_000
"""More requests than a leg may have sent since its dialog was written down: the next CSeq has to be higher."""


@dataclass(frozen=True, slots=True)
class GoneFlow:
    """A connection of the earlier run, which died with it. What is made for it, as its Via says, never leaves."""

    name: str
    host: str
    port: int
    kind: Transport
    sent_by: str = "gone.invalid"
    reliable: bool = True
    is_ours: bool = False
    alive: bool = False

    @property
    def secure(self) -> bool:
        return self.kind in ("tls", "wss")

    def send(self, data: bytes) -> None:
        raise Unsendable(f"{self.name} is gone")

    def ping(self, on_pong: OnPong) -> None:
        """Nobody answers."""

    def expect(self, seconds: float) -> None:
        """It cannot end once more."""

    def alias(self, port: int) -> None:
        """It leads nowhere."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a dialog: whether they called or we, the URI of the INVITE, and what the far end allows."""

    direction: str
    uri: str
    remote: str
    allows: tuple[str, ...]
    dialog: Dialog


def written(session: Session, dialog: Dialog) -> dict[str, Any]:
    """A dialog of a session, as `read` takes it."""
    return {
        "direction": session.direction,
        "uri": session.request.uri,
        "remote": session.remote,
        "allows": sorted(session.peer_methods),
        "dialog": [*dialog.key, dialog.local, dialog.remote, dialog.target, list(dialog.routes)],
        "numbers": [dialog.local_number, dialog.remote_number],
    }


def read(row: Mapping[str, Any]) -> Known:
    """What was written, with numbers that the far end has not seen yet. Raises KeyError, TypeError or ValueError."""
    call_id, ours, theirs, local, remote, target, routes = row["dialog"]
    dialog = Dialog((call_id, ours, theirs), local, remote, target)
    dialog.routes = tuple(routes)
    own, dialog.remote_number = row["numbers"]
    dialog.local_number = int(own) + NUMBERS_SKIPPED
    dialog.confirm()
    return Known(row["direction"], row["uri"], row["remote"], tuple(row["allows"]), dialog)


class ResumedSession(Session):
    """Such a leg. `ours` is what we said of media last; `way` leads to the far end, an address or a flow.

    When that is a `GoneFlow`, the far end is waited for, and what it is to be offered waits too.
    """

    def __init__(
        self,
        home: SessionHome,
        id: str,
        known: Known,
        policy: LegPolicy,
        ours: bytes,
        way: Destination | Flow,
        authenticate: Authenticate | None,
    ) -> None:
        super().__init__(home, id, "in" if known.direction == "in" else "out", _invite(known), known.remote, policy)
        self.flow = None if isinstance(way, Destination) else way
        self.authenticate, self._first = authenticate, way.host
        self.peer_methods = frozenset(known.allows)
        self.state = State.UP
        talk = Renegotiation(self, known.dialog)
        self.adopt(talk)
        talk.begin(ours)
        if isinstance(way, GoneFlow):
            self.search.offers_wait = True
            self.search.begin(self, WAY_BACK_S)

    def asked_by(self, way: Destination | Flow) -> bool:
        return way.host == self._first


def _invite(known: Known) -> Request:
    """The INVITE of the dialog, as far as anybody asks for it later."""
    dialog, fields = known.dialog, Headers()
    from_, to = (dialog.remote, dialog.local) if known.direction == "in" else (dialog.local, dialog.remote)
    for name, value in (("From", from_), ("To", to), ("Call-ID", dialog.key[0]), ("CSeq", "1 INVITE")):
        fields.add(name, value)
    return Request("INVITE", known.uri, fields)
