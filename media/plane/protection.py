"""What protects the media of legs: keys that came with the description (SDES), or that DTLS finds; and the path that ICE finds.

Whatever is agreed on, nothing passes in the clear from then on: a leg without its keys yet is locked.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from typing import Any

from media.ice.candidates import Address
from media.ice.dtls import Exported, Identity
from media.plane import commands as c
from media.plane import events, records
from media.plane.engine import Engine
from media.plane.keys import Keys
from media.plane.legs import Leg
from media.plane.rtc import Rtc
from media.rtp.share import Shared
from media.rtp.srtp_pair import LOCKED, Way

Tell = Callable[[object | None, events.Told], None]


class Protection:
    """Of all legs of a worker. Its certificate is as old as itself."""

    def __init__(self, reactor: Any, engine: Engine, post: Callable[[bytes], None], tell: Tell) -> None:
        self._reactor, self._engine, self._post, self._tell = reactor, engine, post, tell
        self._identity = Identity()

    @property
    def fingerprint(self) -> str:
        """Of the certificate, as SDP writes it; "": there is no DTLS here."""
        return self._identity.fingerprint if self._engine.has_srtp else ""

    def apply(self, leg: Leg, remote: c.Remote) -> None:
        """Before it is said where to send. Refused("srtp") when it cannot be done.

        A refresh has the keys, the words and the certificates that there are: all of it stays.
        """
        if not self._engine.has_srtp and (remote.srtp is not None or remote.dtls is not None):
            raise c.Refused("srtp", "there is no libcrypto for SRTP on this machine")
        before = leg.remote
        if before is None or (remote.srtp, remote.dtls) != (before.srtp, before.dtls):
            self._secure(leg, remote)
        self._share(leg, remote)

    def _secure(self, leg: Leg, remote: c.Remote) -> None:
        if remote.dtls is not None:
            for way in Way:
                self._post(records.srtp(leg.handle, way, LOCKED))
            if leg.rtcp is not None:
                leg.rtcp.port.lock()
        elif leg.remote is not None or remote.srtp is not None:
            self.key(leg, remote.srtp)

    def key(self, leg: Leg, keys: Keys | None) -> None:
        """From now on it is protected by these; None: not at all."""
        for command in records.secure(leg.handle, keys):
            self._post(command)
        if leg.rtcp is not None:
            leg.rtcp.port.secure(*((None, None) if keys is None else (keys.sender(), keys.receiver())))

    def _share(self, leg: Leg, remote: c.Remote) -> None:
        """What else comes to its port."""
        if remote.ice is None and remote.dtls is None:
            if leg.rtc is not None:
                leg.rtc.close()
                leg.rtc = None
                self._post(records.share(leg.handle, Shared.NOTHING))
            return
        if leg.rtc is None:
            is_v6 = leg.ports is not None and leg.ports.rtp.family is socket.AF_INET6
            leg.rtc = Rtc(self._reactor, self._identity, _Owner(self, leg), is_v6)
        kinds = (Shared.ICE if remote.ice is not None else Shared.NOTHING) | (
            Shared.DTLS if remote.dtls is not None else Shared.NOTHING
        )
        ufrag = b"" if remote.ice is None else remote.ice.ufrag.encode()
        self._post(records.share(leg.handle, kinds, ufrag, leg.rtc.prefix))
        leg.rtc.apply(remote)

    def may_come(self, leg: Leg, address: Address) -> None:
        """A way for a leg's media."""
        self._post(records.way(leg.handle, *address))

    def moved(self, leg: Leg, to: Address | None) -> None:
        """The path of a leg's media."""
        self._post(records.path(leg.handle, *(("::", 0) if to is None else to)))
        if leg.rtcp is not None:
            leg.rtcp.moved(to)
        if to is not None:
            self._tell(leg.owner, events.Latched(leg.name, *to))

    def keyed(self, leg: Leg, found: Exported) -> None:
        """The handshake gave keys."""
        self.key(leg, Keys.of(found.suite.name, found.send, found.receive))
        self._tell(leg.owner, events.Secured(leg.name, found.suite.name))

    def failed(self, leg: Leg, reason: str) -> None:
        """Its media will come to nothing."""
        self._tell(leg.owner, events.MediaFailed(leg.name, reason))


class _Owner:
    """What happens to one leg."""

    def __init__(self, protection: Protection, leg: Leg) -> None:
        self._protection, self._leg = protection, leg

    def send(self, data: bytes, to: Address) -> None:
        if self._leg.ports is not None and not self._leg.closed:
            with contextlib.suppress(OSError):  # refused, unreachable or full: whoever waits for it asks again
                self._leg.ports.rtp.sendto(data, to)

    def way(self, address: Address) -> None:
        self._protection.may_come(self._leg, address)

    def path(self, to: Address | None) -> None:
        self._protection.moved(self._leg, to)

    def keyed(self, keys: Exported) -> None:
        self._protection.keyed(self._leg, keys)

    def failed(self, reason: str) -> None:
        self._protection.failed(self._leg, reason)
