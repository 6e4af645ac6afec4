"""A far end as a browser is one, on a real socket: checks the way, shakes hands, speaks and hears SRTP."""

from __future__ import annotations

import os
import socket
import threading
import time

from media.ice import stun
from media.ice.agent import Agent, Effect, Path, Send
from media.ice.candidates import Candidate, Credentials
from media.ice.dtls import Association, Identity
from media.plane.commands import Remote
from media.plane.far_end import Dtls, Ice
from media.rtp import packet
from media.rtp.packet import Packet
from media.rtp.share import Guest, guest
from media.rtp.srtp import Srtp
from tests.media.harness import eventually

WORDS = Credentials("them", "t" * 22)


class Browser:
    """Controls, and is the client of DTLS unless `active` is False. `port` is the worker's."""

    def __init__(self, fingerprint: str, active: bool = True, identity: Identity | None = None) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.01)
        self.address: tuple[str, int] = self.socket.getsockname()
        self.identity = identity or Identity()
        self.active, self.association = active, Association(self.identity, active, (fingerprint,))
        self.agent: Agent | None = None
        self.path: tuple[str, int] | None = None
        self.heard: list[Packet] = []
        self.rtcp: list[bytes] = []
        self.unreadable = 0
        self._receive: Srtp | None = None
        self._send: Srtp | None = None
        self._sequence, self._started, self._open = 100, False, True
        self._lock = threading.RLock()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def remote(self, ours: Credentials, name: str = "", **changes: object) -> Remote:
        """The description that the worker is given of it."""
        candidates = [[*self.address, 2122260223]]
        ice = Ice(ours.ufrag, ours.password, WORDS.ufrag, WORDS.password, list(candidates))
        dtls = Dtls("passive" if self.active else "active", [self.identity.fingerprint], name)
        fields = {"ice": ice, "dtls": dtls, "rtcp_mux": True, **changes}
        return Remote("0.0.0.0", 9, "PCMU", 0, 101, 20, "strict", "127.0.0.1", **fields)  # type: ignore[arg-type]  # of Remote

    def meet(self, port: int, theirs: Credentials) -> None:
        """Begin to check; again: ICE anew."""
        with self._lock:
            candidate = Candidate(("127.0.0.1", port), 2130706431)
            self.agent = Agent(WORDS, theirs, (candidate,), True, False, os.urandom, os.urandom(8), time.monotonic())
        if not self._thread.is_alive():
            self._thread.start()

    def _run(self) -> None:
        while self._open:
            try:
                data, source = self.socket.recvfrom(2048)
            except (TimeoutError, OSError):
                data, source = b"", ("", 0)
            with self._lock:
                if data:
                    self._take(data, source)
                if self.agent is not None:
                    self._perform(self.agent.timer(time.monotonic()))
                for one in self.association.timeout() if self.path else []:
                    self.socket.sendto(one, self.path or source)

    def _take(self, data: bytes, source: tuple[str, int]) -> None:
        match guest(data):
            case Guest.STUN:
                message = stun.parse(data)
                if message is not None and self.agent is not None:
                    self._perform(self.agent.received(message, source, time.monotonic()))
            case Guest.DTLS:
                for one in self.association.received(data):
                    self.socket.sendto(one, source)
                self._key()
            case Guest.RTCP:
                self.rtcp.append((self._receive.unprotect_rtcp(data) if self._receive else None) or b"")
            case _:
                plain = self._receive.unprotect(data) if self._receive is not None else None
                parsed = None if plain is None else packet.parse(plain)
                self.unreadable += parsed is None
                self.heard += [] if parsed is None else [parsed]

    def _key(self) -> None:
        keys = self.association.keys
        if keys is not None and self._send is None:
            self._send, self._receive = Srtp(keys.suite, keys.send), Srtp(keys.suite, keys.receive)

    def _perform(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            match effect:
                case Send(data, to):
                    self.socket.sendto(data, to)
                case Path(to):
                    self.path = to
                    if to is not None and not self._started:
                        self._started = True
                        for one in self.association.start():
                            self.socket.sendto(one, to)

    def wait_keyed(self) -> None:
        """Until both sides have keys."""
        eventually(lambda: self._send is not None, "keys", 10)

    def say(self, payload: bytes, by: socket.socket | None = None) -> None:
        """The next packet, protected; `by` another socket of it."""
        assert self._send is not None
        assert self.path is not None
        self._sequence += 1
        plain = packet.build(Packet(0, self._sequence, 160 * self._sequence, 0xB0B, payload))
        (by or self.socket).sendto(self._send.protect(plain) or b"", self.path)

    def close(self) -> None:
        self._open = False
        if self._thread.is_alive():
            self._thread.join()
        self.socket.close()
