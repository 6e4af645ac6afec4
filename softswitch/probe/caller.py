"""One call over UDP sockets of its own (RFC 3261 13, 17.1.1; RFC 4566; RFC 3550 5.1), for as long as something has to be heard.

INVITE ──18x──► CANCEL: nobody is rung for longer than that     Heard(180)
   ├────200──► ACK, listen until there is sound, BYE            Heard(200, level)
   ├────3xx to 6xx──► ACK                                       Heard(that)
   └────nothing──► given up                                     Heard(0)
"""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from secrets import token_hex

import numpy as np

from media.codecs.g711 import decode
from softswitch.sip.errors import BadMessage
from softswitch.sip.message import Response
from softswitch.sip.parse import parse_message

T1_S, T2_S = 0.5, 4.0
DATAGRAM_BYTES_MAX = 65_535
SOUND_DBOV_MIN = -50.0
RTP_HEAD_BYTES = 12


@dataclass(frozen=True, slots=True)
class Heard:
    """`status`: the last one of the INVITE, 0: nobody answered at all.  level_dbov: of the loudest packet; None: none came."""

    status: int
    level_dbov: float | None = None

    @property
    def passed(self) -> bool:
        """It was answered, and something was heard."""
        return self.status == 200 and self.level_dbov is not None and self.level_dbov >= SOUND_DBOV_MIN

    @property
    def said(self) -> str:
        """For people."""
        match self.status:
            case 0:
                return "nobody answered"
            case 200 if self.level_dbov is None:
                return "answered, and no sound came"
            case 200:
                return f"answered, heard at {self.level_dbov:.0f} dBov"
            case _:
                return f"refused with {self.status}" if self.status >= 300 else f"it only rang ({self.status})"


def call(host: str, port: int, user: str, answer_s: float = 8.0, hear_s: float = 3.0) -> Heard:
    """Call `user` at a server; how long an answer and a sound are waited for. Blocks. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sip, socket.socket(family, socket.SOCK_DGRAM) as rtp:
        sip.connect((host, port))
        rtp.bind((sip.getsockname()[0], 0))
        return _Call(sip, rtp, host, port, user).run(answer_s, hear_s)


class _Call:
    def __init__(self, sip: socket.socket, rtp: socket.socket, host: str, port: int, user: str) -> None:
        self._sip, self._rtp = sip, rtp
        own, own_port = sip.getsockname()[:2]
        there, here = (f"[{name}]" if ":" in name else name for name in (host, own))
        self._to, self._uri = f"<sip:{user}@{there}:{port}>", f"sip:{user}@{there}:{port}"
        self._here, self._contact = f"{here}:{own_port}", f"<sip:test@{here}:{own_port}>"
        self._own, self._family = own, "IP6" if ":" in own else "IP4"
        self._id, self._tag, self._branch = token_hex(12), token_hex(6), f"z9hG4bK{token_hex(8)}"

    def run(self, answer_s: float, hear_s: float) -> Heard:
        """The whole call."""
        response = self._asked("INVITE", self._branch, self._offer(), answer_s)
        if response is None:
            return Heard(0)
        if response.status < 200:
            self._asked("CANCEL", self._branch, b"", T2_S)
            ended = self._wait("INVITE", time.monotonic() + T2_S)
            if ended is not None:
                self._acknowledge(ended)
            return Heard(response.status)
        self._acknowledge(response)
        if response.status >= 300:
            return Heard(response.status)
        level_dbov = self._listen(hear_s)
        self._asked("BYE", f"z9hG4bK{token_hex(8)}", b"", T2_S)
        return Heard(200, level_dbov)

    def _offer(self) -> bytes:
        where = f"IN {self._family} {self._own}"
        lines = ("v=0", f"o=- 1 1 {where}", "s=-", f"c={where}", "t=0 0")
        media = (f"m=audio {self._rtp.getsockname()[1]} RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=recvonly", "")
        return "\r\n".join((*lines, *media)).encode()

    def _asked(self, method: str, branch: str, body: bytes, patience_s: float) -> Response | None:
        """Send, again until there is any answer (timers A and E); the first that says more than Trying."""
        message, until, wait_s = self._message(method, branch, body), time.monotonic() + patience_s, T1_S
        trying = False
        while (now := time.monotonic()) < until:
            if not trying:
                self._sip.send(message)
            response = self._wait(method, min(until, now + wait_s))
            if response is not None and response.status > 100:
                return response
            trying, wait_s = trying or response is not None, min(2 * wait_s, T2_S)
        return None

    def _wait(self, method: str, until: float) -> Response | None:
        """The next answer to a method of this call; None: none until then."""
        while (left := until - time.monotonic()) > 0:
            self._sip.settimeout(left)
            try:
                found = parse_message(self._sip.recv(DATAGRAM_BYTES_MAX))
                if isinstance(found, Response) and (found.call_id, found.cseq.method) == (self._id, method):
                    return found
            except (TimeoutError, ConnectionRefusedError, BadMessage):
                continue
        return None

    def _acknowledge(self, response: Response) -> None:
        """A 2xx by a request of its own, anything else within the transaction (RFC 3261 13.2.2.4, 17.1.1.3)."""
        self._to = response.headers.get("To") or self._to
        branch = self._branch
        if response.status < 300:
            branch = f"z9hG4bK{token_hex(8)}"
            self._uri = str(response.contacts[0].uri) if response.contacts else self._uri
        self._sip.send(self._message("ACK", branch, b""))

    def _message(self, method: str, branch: str, body: bytes) -> bytes:
        number = 2 if method == "BYE" else 1
        lines = [
            f"{method} {self._uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self._here};branch={branch};rport",
            "Max-Forwards: 70",
            f"From: <sip:test@{self._here.rpartition(':')[0]}>;tag={self._tag}",
            f"To: {self._to}",
            f"Call-ID: {self._id}",
            f"CSeq: {number} {method}",
            f"Contact: {self._contact}",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join((*lines, "", "")).encode() + body

    def _listen(self, hear_s: float) -> float | None:
        """The level of the loudest packet until there is sound."""
        until, loudest = time.monotonic() + hear_s, None
        while (left := until - time.monotonic()) > 0 and (loudest is None or loudest < SOUND_DBOV_MIN):
            self._rtp.settimeout(left)
            try:
                packet = self._rtp.recv(DATAGRAM_BYTES_MAX)
            except TimeoutError:
                break
            level = _level_dbov(packet)
            loudest = max((one for one in (loudest, level) if one is not None), default=None)
        return loudest


def _level_dbov(packet: bytes) -> float | None:
    """Of a packet of PCMU; None: it is none."""
    if len(packet) <= RTP_HEAD_BYTES or packet[0] >> 6 != 2 or packet[1] & 0x7F != 0:
        return None
    codes = np.frombuffer(packet, np.uint8, offset=RTP_HEAD_BYTES)
    power = float(np.mean((decode("PCMU", codes).astype(np.float64) / 32768) ** 2))
    return 10 * float(np.log10(power)) if power > 0 else -100.0
