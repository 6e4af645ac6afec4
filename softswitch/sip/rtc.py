"""Voice of browsers in offer and answer: DTLS-SRTP over ICE, one port for all (RFC 8839, RFC 8842, RFC 5763, RFC 9143, RFC 8829).

    m=audio 20000 UDP/TLS/RTP/SAVPF 0 101 / a=mid:0 / a=rtcp-mux / a=fingerprint.. / a=setup.. / a=ice-ufrag.. / a=candidate..

Who is asked while an association stands keeps its part in it and its certificate; new words of theirs are a restart of ICE,
answered with new words of ours. A phone with DTLS and without ICE is answered in kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from softswitch.sip import dtls as dtls_lines
from softswitch.sip import ice as ice_lines
from softswitch.sip.dtls import Dtls, Role, Setup, dtls_of, tls_id_of
from softswitch.sip.errors import NotAcceptable
from softswitch.sip.ice import HOST_PRIORITY, Ice, IceCandidate, IceWords, ice_of, words_of
from softswitch.sip.sdp import Attributes, Media, Sdp

OFFERED = "UDP/TLS/RTP/SAVPF"
PROTOCOLS = (OFFERED, "UDP/TLS/RTP/SAVP", "RTP/SAVPF")
"""What voice over DTLS-SRTP is called; the last by who is older than RFC 5764."""

_STREAM = "softswitch voice"


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a leg does for its media. `ours` and `theirs` None: there is no ICE, media goes where the description says.

    role: our part in the handshake; with another role or other `dtls` of theirs there is another handshake, the `number`th.
    generation: how often ICE was restarted.
    """

    role: Role
    dtls: Dtls
    number: int = 0
    generation: int = 0
    ours: Ice | None = None
    theirs: Ice | None = None
    controlling: bool = False

    def is_same_association(self, theirs: Dtls) -> bool:
        """Whether the certificate and the association's name are those of before (RFC 8842 5.1)."""
        return (self.dtls.fingerprints, self.dtls.tls_id) == (theirs.fingerprints, theirs.tls_id)

    def kept(self) -> dict[str, Any]:
        """What another process has to know to go on; the words of ICE are secrets, and it makes new ones."""
        dtls = {"fingerprints": list(self.dtls.fingerprints), "setup": self.dtls.setup, "tls_id": self.dtls.tls_id}
        about = {"role": self.role, "number": self.number, "controlling": self.controlling}
        return {**about, "dtls": dtls, "ice": self.ours is not None}

    @classmethod
    def of_kept(cls, kept: Mapping[str, Any]) -> Agreed:
        """The association of another process, which stands; its ICE is to be restarted. Raises KeyError or TypeError."""
        dtls = Dtls(tuple(kept["dtls"]["fingerprints"]), kept["dtls"]["setup"], kept["dtls"]["tls_id"])
        ours = Ice(IceWords("", ""), (), False) if kept["ice"] else None
        return cls(kept["role"], dtls, kept["number"], 0, ours, None, kept["controlling"])

    def is_restarted_by(self, theirs: Ice | None) -> bool:
        """Whether these words begin another session of ICE."""
        return theirs is not None and self.theirs is not None and theirs.words != self.theirs.words


@dataclass(frozen=True, slots=True)
class Rtc:
    """What a leg has for it: the fingerprint of the media plane's certificate, and what its words are made of.

    lite: we answer checks and send none.  offers: the far end is a browser.  so_far: what was agreed on before in the dialog.
    """

    fingerprint: str
    seed: bytes = field(repr=False)
    lite: bool = False
    offers: bool = False
    so_far: Agreed | None = None

    def after(self, agreed: Agreed | None) -> Rtc:
        """For the next offer or answer of the dialog."""
        return self if agreed is None else replace(self, so_far=agreed)

    def offered(self, address: str, port: int, mid: str | None) -> Attributes:
        """The lines of our offer. An association that stands is offered as it is (RFC 8842 5.5)."""
        before = self.so_far
        lines = self._dtls("actpass", 0 if before is None else before.number, named=True)
        if before is None or before.ours is not None:
            lines += (("rtcp-mux-only", None), *ice_lines.described(self._side(address, port, self._generation)))
        return (*_identified(mid), *lines)

    def answer_to(self, offer: Sdp, media: Media, address: str, port: int) -> tuple[Agreed, Attributes]:
        """What their offer and we agree on, and our lines. Raises NotAcceptable when there is no DTLS in it."""
        theirs, ice, before = dtls_of(offer, media), ice_of(offer, media), self.so_far
        if theirs is None:
            raise NotAcceptable("No DTLS Fingerprint")
        goes_on = before is not None and before.is_same_association(theirs)
        role: Role = "passive" if theirs.setup == "active" else "active"
        if before is not None and goes_on and theirs.setup == "actpass":
            role = before.role
        number = 0 if before is None else before.number + (not goes_on)
        generation = self._generation + (before is not None and before.is_restarted_by(ice))
        ours = None if ice is None else self._side(address, port, generation)
        controls = before.controlling if before is not None else ice is not None and ice.lite and not self.lite
        lines = self._dtls(role, number, named=bool(theirs.tls_id))
        if ours is not None:
            lines += ice_lines.described(ours)
        agreed = Agreed(role, theirs, number, generation, ours, ice, controls)
        return agreed, (*_identified(next(iter(media.all("mid")), None)), *lines)

    def read_answer(self, answer: Sdp, media: Media, address: str, port: int) -> Agreed:
        """What their answer to our offer agreed on. Raises NotAcceptable when there is no DTLS in it."""
        theirs, ice, before = dtls_of(answer, media), ice_of(answer, media), self.so_far
        if theirs is None or theirs.setup == "actpass":
            raise NotAcceptable("No DTLS In The Answer")
        role: Role = "passive" if theirs.setup == "active" else "active"
        ours = None if ice is None else self._side(address, port, self._generation)
        controls = not self.lite if before is None else before.controlling
        return Agreed(role, theirs, 0 if before is None else before.number, self._generation, ours, ice, controls)

    @property
    def _generation(self) -> int:
        return 0 if self.so_far is None else self.so_far.generation

    def _side(self, address: str, port: int, generation: int) -> Ice:
        return Ice(words_of(self.seed, generation), (IceCandidate(address, port, HOST_PRIORITY),), self.lite)

    def _dtls(self, setup: Setup, number: int, named: bool) -> Attributes:
        return dtls_lines.described(Dtls((self.fingerprint,), setup, tls_id_of(self.seed, number) if named else ""))


def _identified(mid: str | None) -> Attributes:
    """What a browser knows the stream and its sound by; nothing for who has no such names."""
    return () if mid is None else (("mid", mid), ("msid", _STREAM))


def session_lines(streams: tuple[Media, ...], offer: Sdp | None, lite: bool) -> Attributes:
    """The session's part: that we are lite, and which streams share a port: ours, if the offer had it in a group."""
    ours = [mid for stream in streams if stream.port != 0 for mid in stream.all("mid")]
    groups = [f"BUNDLE {' '.join(ours)}"] if offer is None else _values(offer.attributes, "group")
    lines: list[tuple[str, str | None]] = [("ice-lite", None)] if lite else []
    for kind, *mids in map(str.split, groups):
        kept = [mid for mid in mids if mid in ours]
        lines += [("group", f"BUNDLE {' '.join(kept)}")] if kind == "BUNDLE" and kept else []
    return tuple(lines)


def _values(attributes: Attributes, name: str) -> list[str]:
    return [value for each, value in attributes if each == name and value]
