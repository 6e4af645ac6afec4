"""The whole switch with the phones and carriers that it serves, on one network in memory: user agents of ours at the far ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from softswitch.sip.challenge import Account, answer_challenges
from softswitch.sip.headers import Headers
from softswitch.sip.message import Request, Response
from softswitch.transport.attempt import Attempt
from softswitch.transport.flows import Destination, Flow
from softswitch.transport.memory import MemoryNetwork
from softswitch.transport.session import Session
from tests.softswitch.calls.world import SDP
from tests.softswitch.transport.harness import Heard, Node
from tests.softswitch.whole_switch import CARRIER, PASSWORD, SIP_HOST, SIP_PORT, WholeSwitch

SWITCH = SIP_HOST, SIP_PORT
ADDRESSES = {"ann-desk": "10.0.0.11", "ann-mobile": "10.0.0.12", "ben-desk": "10.0.0.21", "carla-desk": "10.0.0.31"}


class Gate:
    """The switch's end of the network."""

    def __init__(self, switch: WholeSwitch) -> None:
        self._switch = switch

    def received(self, data: bytes, flow: Flow) -> None:
        self._switch.datagram(data, (flow.host, flow.port))

    def lost(self, flow: Flow) -> None:
        """There is only UDP on this street."""


class Station(Node):
    """A phone of the demo tenant, or its carrier (without a name). `answer` decides about calls that come in.

    edge: the switch it sends to.
    """

    def __init__(self, network: MemoryNetwork, name: str | None, address: tuple[str, int] = CARRIER) -> None:
        super().__init__(network, *((ADDRESSES[name], 5060) if name else address))
        self.name = name
        self.answer: Callable[[Session], object] = lambda session: session.answer(SDP)
        self.answers: list[int] = []
        self.edge = SWITCH

    def authenticate(self, response: Response, request: Request) -> tuple[tuple[str, str], ...]:
        """The answer to a challenge of the switch."""
        account = Account(self.name or "", PASSWORD, lambda _: True)
        return tuple(answer_challenges(response, request, account, self.exchange.ids()))

    def dial(self, number: str, sdp: bytes = SDP, **options: Any) -> Session:
        """Calls a number over the switch."""
        options.setdefault("listener", self.heard)
        caller = f"<sip:{self.name or '+12025550100'}@{self.host}>"
        uri = f"sip:{number}@{SIP_HOST}"
        to = Destination(*self.edge, "udp")
        session = self.agent.invite(uri, caller, f"<{uri}>", to, sdp, authenticate=self.authenticate, **options)
        self.sessions.append(session)
        return session

    def ask(self, method: str, to: str, *more: tuple[str, str], body: bytes = b"", contact: str = "") -> None:
        """A request outside dialogs; `answers` gets its final answer."""
        numbers = iter(range(1, 9))
        me, ids = f"sip:{self.name}@{SIP_HOST}", self.exchange.ids
        pairs = (
            ("From", f"<{me}>;tag={ids()[:8]}"),
            ("To", f"<{to}>"),
            ("Call-ID", ids()),
            ("CSeq", f"{next(numbers)} {method}"),
            ("Max-Forwards", "70"),
            ("Contact", contact or f"<sip:{self.name}@{self.host}:5060>"),
            *more,
        )
        fields = Headers()
        fields.set("Via", ())
        for name, value in pairs:
            fields.add(name, value)

        def answered(response: Response) -> None:
            if response.status >= 200:
                self.answers.append(response.status)

        way, failed = Destination(*self.edge, "udp"), lambda status, reason: self.answers.append(status)
        attempt = Attempt(
            self.exchange, way, self.authenticate, lambda: next(numbers), answered, failed, lambda *_: None
        )
        attempt.start(Request(method, f"sip:{SIP_HOST}" if method == "REGISTER" else to, fields, body))

    def register(self, seconds: int = 3600) -> None:
        """Registers with the switch."""
        self.ask("REGISTER", f"sip:{self.name}@{SIP_HOST}", ("Expires", str(seconds)))


class Street:
    """One switch, a station for each device of the demo tenant, one carrier. patches: as `WholeSwitch` takes them."""

    def __init__(
        self, folder: Path, patches: Mapping[tuple[str, str], dict[str, Any]] | None = None, **network: Any
    ) -> None:
        self.switch = WholeSwitch(folder, patches=patches)
        self.network = MemoryNetwork(self.switch.reactor, **network)
        paths = self.network.endpoint(*SWITCH, Gate(self.switch))  # type: ignore[arg-type]  # what UDP uses of it
        self.switch.carried_by(lambda data, address: self.network.carry(data, paths.flow(*address, "udp")))
        self.phones = {name: Station(self.network, name) for name in ADDRESSES}
        self.carrier = Station(self.network, None)
        self.stations = (*self.phones.values(), self.carrier)

    @property
    def board(self) -> Any:
        """The switchboard."""
        return self.switch.service._board

    def register(self) -> None:
        """All phones."""
        for phone in self.phones.values():
            phone.register()
        self.run(5)

    def run(self, seconds: float) -> None:
        """Lets time pass."""
        self.switch.run(seconds)

    def records(self, kind: str) -> list[dict[str, Any]]:
        """What the switch wrote of one kind."""
        return [record for record in self.switch.records() if record["kind"] == kind]

    def heard(self) -> Heard:
        """A listener of its own for one call."""
        return Heard()
