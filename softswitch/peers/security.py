"""Whether a leg's media is protected: what was configured, and what the way of the signalling allows (RFC 4568 9)."""

from __future__ import annotations

from dataclasses import dataclass

from softswitch.sip.crypto import Srtp

SECURE_TRANSPORTS = ("tls", "wss")


@dataclass(frozen=True, slots=True)
class Security:
    """Of one leg. `sdes`: keys may be in its SDP, for nobody between reads along."""

    srtp: Srtp = "off"
    sdes: bool = False


@dataclass(frozen=True, slots=True)
class SrtpRule:
    """The node's settings: what goes where a phone or trunk has no setting of its own; keys over UDP, TCP and WS too?

    ice_lite: browsers check the way to us, we do not check the way to them.
    """

    srtp: Srtp = "optional"
    keys_in_clear: bool = False
    ice_lite: bool = False

    def of(self, own: Srtp | None, transport: str) -> Security:
        """Of a leg whose signalling goes over that transport ("" when that is not known yet: then it counts as readable)."""
        return Security(own or self.srtp, self.keys_in_clear or transport in SECURE_TRANSPORTS)
