"""Our side of the carriers while nobody calls: OPTIONS to gateways, our registrations, channels in use.

Decides nothing: `peers.health`, `peers.registration`, `peers.lines` and `peers.channels` do. What is asked of which gateway
follows the configuration: `configured` starts, stops and replaces.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from twisted.logger import Logger

from configdb.model import Gateway, Trunk
from configdb.snapshot import Directory
from softswitch.adapters.asking import Asking
from softswitch.adapters.trunk_news import Turn
from softswitch.peers.channels import Channels
from softswitch.peers.health import Health, State, heard
from softswitch.peers.lines import Lines
from softswitch.peers.registration import Effect, Registration, Send, Wake, account_of, record_of
from softswitch.peers.sound import Sound
from softswitch.sip.message import Response, seconds_of
from softswitch.transport.attempt import Authenticate

FIRST_ASK_S = 1.0
"""Within this time after a start the first OPTIONS go out, spread."""


@dataclass(slots=True)
class Line:
    """One gateway of one trunk as it is configured, with what is known of it. `wake` and `ask` are running timers.

    rtt_ms: of the newest OPTIONS that was answered.  answered_from: the address that accepted our REGISTER.
    """

    trunk: Trunk
    gateway: Gateway
    health: Health = field(default_factory=Health)
    registration: Registration | None = None
    call_id: str = ""
    number: int = 0
    rtt_ms: float | None = None
    answered_from: str = ""
    ask: Any = None
    wake: Any = None


def name_of(gateway: Gateway) -> str:
    """A gateway by its address: what `Contact.gateway` says."""
    return f"{gateway.transport or 'dns'}:{gateway.where}"


class Carriers:
    """All trunks. `credentials` answers challenges for a trunk; `random` gives numbers in [0, 1); `turned` hears of trunks that
    went down or are up again.
    """

    _log = Logger(namespace="softswitch.trunks")

    def __init__(
        self,
        reactor: Any,
        asking: Asking,
        lines: Lines,
        credentials: Callable[[Trunk], Authenticate | None],
        random: Callable[[], float],
    ) -> None:
        self._reactor, self._asking, self.lines = reactor, asking, lines
        self._credentials, self._random = credentials, random
        self.channels = Channels()
        self._sound = Sound()
        self.turned: Callable[[Turn], None] = lambda _: None
        self._lines: dict[tuple[str, str], Line] = {}
        self._leaving: list[Line] = []

    # -- what calls want to know -----------------------------------------------------------------------------------

    def usable(self, trunk: str, gateway: Gateway) -> bool:
        """Whether to prefer this gateway now; one nobody knows yet is as good as any."""
        line = self._lines.get((trunk, name_of(gateway)))
        return line is None or line.health.usable(self._reactor.seconds())

    def behind(self, trunk: str) -> int:
        """How many places a trunk goes back for how it sounded lately."""
        return self._sound.behind(trunk, self._reactor.seconds())

    def sounds(self, _: str, document: dict[str, Any]) -> None:
        """How trunks sounded lately; on a thread of the bus."""
        self._reactor.callFromThread(lambda: self._sound.told(document, self._reactor.seconds()))

    def health(self, trunk: str, gateway: Gateway) -> Health:
        """What is known of a gateway."""
        line = self._lines.get((trunk, name_of(gateway)))
        return line.health if line is not None else Health()

    def route(self, trunk: str, gateway: Gateway) -> tuple[str, ...]:
        """The Service-Route that calls through this gateway take (RFC 3608 5)."""
        line = self._lines.get((trunk, name_of(gateway)))
        return line.registration.service_route if line is not None and line.registration is not None else ()

    def heard(self, trunk: str, gateway: str, status: int | None, retry_after: str | None = None) -> None:
        """What a gateway answered to an INVITE, None for nothing at all."""
        line = self._lines.get((trunk, gateway))
        if line is not None:
            self._heard(line, status, seconds_of(retry_after.partition(";")[0].strip()) if retry_after else None)

    def documents(self) -> list[dict[str, Any]]:
        """All trunks with their gateways, registrations and channels, for people."""
        now, found = self._reactor.seconds(), dict[str, dict[str, Any]]()
        for (trunk, name), line in sorted(self._lines.items()):
            into, out = self.channels.used(trunk)
            here = found.setdefault(
                trunk, {"id": trunk, "name": line.trunk.name, "channels_in": into, "channels_out": out, "gateways": []}
            )
            here["channels_max"], here["drained"] = line.trunk.channels_max, line.trunk.drained
            here["calls_per_s_in"], here["calls_per_s_out"] = self.channels.pace(trunk, now)
            here["calls_per_s_in_max"] = line.trunk.calls_per_s_in_max
            here["calls_per_s_out_max"] = line.trunk.calls_per_s_out_max
            here["gateways"].append({"gateway": name, **self._document(line, now)})
        return list(found.values())

    def _document(self, line: Line, now: float) -> dict[str, Any]:
        health, registration = line.health, line.registration
        document: dict[str, Any] = {
            "state": health.state.value,
            "since_s": round(now - health.since, 1),
            "said": health.said,
            "rtt_ms": None if line.rtt_ms is None else round(line.rtt_ms, 1),
            "rests_s": round(max(0.0, health.rests_until - now), 1),
        }
        if registration is not None:
            document["registration"] = {
                "state": registration.state.value,
                "registered": registration.registered(now),
                "expires_s": round(max(0.0, registration.until - now)),
                "said": registration.said,
                "failures": registration.failures,
            }
        return document

    # -- configuration ---------------------------------------------------------------------------------------------

    def configured(self, directory: Directory) -> None:
        """Follow the configuration: what is new begins, what is gone ends; a registration ends only with its account."""
        wanted = {
            (trunk.id, name_of(gateway)): (trunk, gateway)
            for trunk in directory.trunks.values()
            for gateway in trunk.gateways
        }
        for key in set(self._lines) - set(wanted):
            line = self._lines.pop(key)
            self._stop(line)
            self.lines.forget(line.trunk.id)
            for other in self._lines.values():
                if other.trunk.id == line.trunk.id and other.answered_from:
                    self.lines.answered_from(other.trunk.id, other.answered_from)
        for key, (trunk, gateway) in wanted.items():
            known = self._lines.get(key)
            if known is None or (known.trunk, known.gateway) != (trunk, gateway):
                self._lines[key] = self._started(trunk, gateway, known)

    def _started(self, trunk: Trunk, gateway: Gateway, before: Line | None) -> Line:
        """A gateway begins, or goes on as it was changed."""
        now = self._reactor.seconds()
        line = before or Line(trunk, gateway, Health(since=now), call_id=self._asking.call_id())
        if before is not None and account_of(before.trunk) != account_of(trunk):
            line = self._successor(before, trunk, gateway)
        line.trunk, line.gateway = trunk, gateway
        _cancel(line.ask)
        if trunk.health.interval_s:
            line.ask = self._reactor.callLater(FIRST_ASK_S * self._random(), self._ask, line)
        if trunk.registration is not None and line.registration is None:
            line.registration = Registration(self.lines.line(trunk.id), trunk.registration.expires_s, self._random)
            self._perform(line, line.registration.start(now))
        return line

    def _successor(self, before: Line, trunk: Trunk, gateway: Gateway) -> Line:
        """A gateway with another account. The same address of record is not taken back: the next REGISTER replaces it."""
        if record_of(before.trunk, gateway) == record_of(trunk, gateway):
            _cancel(before.wake)
            before.registration, before.wake = None, None
            return before
        self._stop(before)
        return Line(trunk, gateway, before.health, call_id=self._asking.call_id())

    def _stop(self, line: Line) -> None:
        _cancel(line.ask)
        line.ask = None
        if line.registration is not None:
            self._leaving.append(line)
            self._perform(line, line.registration.stop(self._reactor.seconds()))
            self._left(line)

    def stop(self) -> None:
        """The node stops in good order: registrations are taken back. `leaving` says whether answers are missing."""
        for line in self._lines.values():
            self._stop(line)
        self._lines.clear()

    @property
    def leaving(self) -> bool:
        """A REGISTER that takes a registration back has no answer yet."""
        return bool(self._leaving)

    def _left(self, line: Line) -> None:
        if line in self._leaving and line.registration is not None and line.registration.state.value == "gone":
            self._leaving.remove(line)

    # -- health ----------------------------------------------------------------------------------------------------

    def _ask(self, line: Line) -> None:
        rule = line.trunk.health
        line.ask = self._reactor.callLater(rule.interval_s * (0.9 + 0.2 * self._random()), self._ask, line)
        asked_at = self._reactor.seconds()

        def answered(status: int | None, retry_after_s: int | None) -> None:
            if status is not None:
                line.rtt_ms = 1000 * (self._reactor.seconds() - asked_at)
            self._heard(line, status, retry_after_s)

        self._asking.options(line.gateway, rule.answer_s, answered)

    def _heard(self, line: Line, status: int | None, retry_after_s: int | None) -> None:
        before, now = line.health, self._reactor.seconds()
        line.health = heard(before, status, line.trunk.health, now, retry_after_s)
        if line.health.state is not before.state:
            tell = self._log.warn if line.health.state is State.DOWN else self._log.info
            tell(
                "trunk {trunk}: gateway {gateway} is {state} ({said})",
                trunk=line.trunk.id,
                gateway=name_of(line.gateway),
                state=line.health.state.value,
                said=line.health.said,
            )
            self._turn(line)

    def _turn(self, line: Line) -> None:
        """A trunk goes down with its last gateway, and is up again with the first."""
        others = [one for one in self._lines.values() if one.trunk.id == line.trunk.id and one is not line]
        if all(one.health.state is State.DOWN for one in others):
            health = line.health
            self.turned(Turn(line.trunk, name_of(line.gateway), health.state is State.UP, health.said))

    # -- registration ----------------------------------------------------------------------------------------------

    def _perform(self, line: Line, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            match effect:
                case Wake(after_s):
                    _cancel(line.wake)
                    line.wake = self._reactor.callLater(after_s, self._wake, line) if after_s is not None else None
                case Send(expires_s):
                    self._register(line, expires_s)

    def _wake(self, line: Line) -> None:
        line.wake = None
        if line.registration is not None:
            self._perform(line, line.registration.woken(self._reactor.seconds()))

    def _register(self, line: Line, expires_s: int) -> None:
        machine = line.registration
        if machine is None:
            return

        def next_number() -> int:
            line.number += 1
            return line.number

        def answered(response: Response, address: str) -> None:
            if line.registration is not machine:
                return
            was = machine.state
            if 200 <= response.status < 300:
                line.answered_from = address
                self.lines.answered_from(line.trunk.id, address)
            self._perform(line, machine.answered(response, self._reactor.seconds()))
            self._told(line, was)

        def failed(reason: str) -> None:
            if line.registration is not machine:
                return
            was = machine.state
            self._perform(line, machine.failed(reason, self._reactor.seconds()))
            self._told(line, was)

        contact = self.lines.line(line.trunk.id)
        self._asking.register(
            line.trunk,
            line.gateway,
            contact,
            expires_s,
            line.call_id,
            next_number,
            self._credentials(line.trunk),
            answered,
            failed,
        )

    def _told(self, line: Line, was: object) -> None:
        self._left(line)
        machine = line.registration
        if machine is not None and machine.state is not was:
            self._log.info(
                "trunk {trunk} at {gateway}: {state} ({said})",
                trunk=line.trunk.id,
                gateway=name_of(line.gateway),
                state=machine.state.value,
                said=machine.said,
            )


def _cancel(timer: Any) -> None:
    if timer is not None and timer.active():
        timer.cancel()
