"""What a leg does on its port beside RTP: ICE finds the path of its media, DTLS the keys (RFC 8445, RFC 5764, RFC 8842).

Datagrams come from the packet loop, which lets through what is meant for the leg; time comes from the reactor. Without ICE the
path is the source that completed the handshake, which the loop takes from where media may come from only.
"""

from __future__ import annotations

import os
from typing import Any, Protocol

from media.ice import limits, stun
from media.ice.agent import Agent, Effect, Send, Way
from media.ice.candidates import Address
from media.ice.dtls import Association, Exported, Identity, Stage
from media.plane.commands import Remote
from media.plane.destination import is_allowed
from media.rtp import address as addresses

PREFIX_SIZE = 8
_STUN_MAX = 3
NO_PATH = "no way to it was found, or it was lost"


class Owner(Protocol):
    """The leg, as far as it is told."""

    def send(self, data: bytes, to: Address) -> None:
        """From the RTP port."""

    def way(self, address: Address) -> None:
        """Media may come from there."""

    def path(self, to: Address | None) -> None:
        """Where media goes from now on."""

    def keyed(self, keys: Exported) -> None:
        """What protects it from now on."""

    def failed(self, reason: str) -> None:
        """It will come to nothing."""


class Rtc:
    """From the first description that asks for it to `close`."""

    def __init__(self, reactor: Any, identity: Identity, owner: Owner, is_v6: bool) -> None:
        self._reactor, self._identity, self._owner, self._is_v6 = reactor, identity, owner, is_v6
        self.prefix = os.urandom(PREFIX_SIZE)
        self._remote: Remote | None = None
        self._agent: Agent | None = None
        self._before: Agent | None = None
        self._association: Association | None = None
        self._path: Address | None = None
        self._deadline: float | None = None
        self._has_heard = False
        self._timer: Any = None

    @property
    def now(self) -> float:
        return float(self._reactor.seconds())

    # -- what was negotiated ---------------------------------------------------------------------------------------

    def apply(self, remote: Remote) -> None:
        """A description was agreed on (again). What it repeats goes on as it is."""
        before, self._remote = self._remote, remote
        self._find(remote, before)
        if remote.dtls is None:
            self._association = None
        elif before is None or before.dtls != remote.dtls:
            self._associate()
        self._arm()

    def _find(self, remote: Remote, before: Remote | None) -> None:
        ice = remote.ice
        if ice is None:
            self._agent = self._before = None
        elif self._agent is None or not ice.is_same_session(None if before is None else before.ice):
            self._before = self._agent if self._path is not None else None
            tried = ice.tried(lambda host: self._is_reachable(host, remote.signalling_address))
            role = ice.controlling if self._agent is None else self._agent.controlling
            self._agent = Agent(ice.ours, ice.theirs, tried, role, ice.lite, os.urandom, self.prefix, self.now)

    def _is_reachable(self, host: str, signalling_address: str) -> bool:
        return addresses.is_v6(host) is self._is_v6 and is_allowed(host, signalling_address)

    def _associate(self) -> None:
        """A new handshake, begun at once where the way is known."""
        remote = self._remote
        if remote is None or remote.dtls is None:
            return
        self._has_heard, self._deadline = False, None
        self._association = Association(self._identity, remote.dtls.role == "active", tuple(remote.dtls.fingerprints))
        if (way := self._way(remote)) is not None:
            self._begin(way)

    def _way(self, remote: Remote) -> Address | None:
        """Where the far end is, as far as that is known."""
        is_told = remote.ice is None and is_allowed(remote.address, remote.signalling_address)
        return self._path or ((remote.address, remote.port) if is_told else None)

    def _begin(self, way: Address) -> None:
        if self._association is not None and self._deadline is None:
            self._deadline = self.now + limits.setup_s_max
            self._send_all(self._association.start(), way)

    # -- what comes ------------------------------------------------------------------------------------------------

    def take(self, data: bytes, source: Address) -> None:
        """STUN or DTLS from the port."""
        if data[0] <= _STUN_MAX:
            self._take_stun(data, source)
        else:
            self._take_dtls(data, source)
        self._arm()

    def _take_stun(self, data: bytes, source: Address) -> None:
        message = stun.parse(data)
        agents = [agent for agent in (self._agent, self._before) if agent is not None]
        if message is None or not agents:
            return
        agent = next((one for one in agents if one.is_for(message)), agents[0])
        self._perform(agent, agent.received(message, source, self.now))

    def _take_dtls(self, data: bytes, source: Address) -> None:
        association, remote = self._association, self._remote
        if association is None or remote is None or remote.dtls is None:
            return
        self._has_heard = True
        self._deadline = self._deadline or self.now + limits.setup_s_max
        was = association.stage
        self._send_all(association.received(data), source)
        if association.stage is was:
            return
        if association.keys is not None and was is Stage.HANDSHAKING:
            if remote.ice is None:
                self._moved(source)
            self._owner.keyed(association.keys)
        elif association.stage is Stage.FAILED:
            self._owner.failed(f"DTLS: {association.trouble}")

    def follow(self, to: Address) -> None:
        """Media moved the path."""
        if self._agent is not None and self._path is not None:
            self._path = to
            self._agent.follow(to, self.now)
            self._arm()

    # -- time ------------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        self._timer = None
        for agent in (self._agent, self._before):
            if agent is not None:
                self._perform(agent, agent.timer(self.now))
        self._hurry()
        self._arm()

    def _hurry(self) -> None:
        """The handshake's own time: once more, or no more."""
        association, remote = self._association, self._remote
        if (
            association is None
            or remote is None
            or association.stage is not Stage.HANDSHAKING
            or self._deadline is None
        ):
            return
        if self.now >= self._deadline and (self._has_heard or remote.ice is not None):
            self._association = None
            self._owner.failed("DTLS: no answer")
        elif self.now >= self._deadline:
            self._associate()  # it may not know yet where we are
        elif (way := self._way(remote)) is not None:
            self._send_all(association.timeout(), way)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self.now
        times = [agent.due for agent in (self._agent, self._before) if agent is not None]
        association = self._association
        if association is not None and association.stage is Stage.HANDSHAKING and self._deadline is not None:
            due_s = association.due_s
            times += [self._deadline, None if due_s is None else now + due_s]
        due = min((at for at in times if at is not None), default=None)
        if due is not None:
            self._timer = self._reactor.callLater(max(0.001, due - now), self._look)

    def close(self) -> None:
        """The leg ends, or is no longer protected this way."""
        if self._association is not None and self._path is not None:
            self._send_all(self._association.close(), self._path)
        self._agent = self._before = self._association = None
        self._arm()

    # -- what comes of it ------------------------------------------------------------------------------------------

    def _perform(self, agent: Agent, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                self._owner.send(effect.data, effect.to)
            elif isinstance(effect, Way):
                self._owner.way(effect.address)
            elif agent is self._agent:
                self._before = None  # the session before a restart has done its duty
                self._moved(effect.to)
                if effect.to is None:
                    self._owner.failed(NO_PATH)
            elif effect.to is not None:
                self._moved(effect.to)
            else:
                self._before = None

    def _moved(self, to: Address | None) -> None:
        if to == self._path:
            return
        self._path = to
        self._owner.path(to)
        if to is not None:
            self._begin(to)

    def _send_all(self, datagrams: list[bytes], to: Address) -> None:
        for data in datagrams:
            self._owner.send(data, to)
