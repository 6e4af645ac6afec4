"""A few calls beside the load, with a clock of their own: how long INVITE to 180 and to 200 take."""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass, field

from tests.bench.servers import LOAD_CORE, Server, on_core

GAP_S, ANSWER_S_MAX = 0.03, 2.0
SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
_TO = re.compile(r"^To:[ \t]*(.*)\r\n", re.MULTILINE | re.IGNORECASE)
_ROUTE = re.compile(r"^Record-Route:[ \t]*(.*)\r\n", re.MULTILINE | re.IGNORECASE)
_CONTACT = re.compile(r"^Contact:[^<\r\n]*<([^>]*)>", re.MULTILINE | re.IGNORECASE)


@dataclass
class Times:
    """Milliseconds of each call; `lost` calls were not answered in time."""

    ringing_ms: list[float] = field(default_factory=list)
    answered_ms: list[float] = field(default_factory=list)
    lost: int = 0


def probe(server: Server, calls: int) -> Times:
    """Call one after another through the server to its gateway, where somebody answers."""
    times = Times()
    host, _, port = server.address.partition(":")
    with on_core(LOAD_CORE), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
        caller.bind(("127.0.0.1", server.probe_port))
        caller.connect((host, int(port)))
        caller.settimeout(ANSWER_S_MAX)
        for _ in range(calls):
            try:
                _call(caller, server, times)
            except TimeoutError:
                times.lost += 1
            time.sleep(GAP_S)
    return times


def _call(caller: socket.socket, server: Server, times: Times) -> None:
    id, began = str(time.time_ns()), time.monotonic()
    uri = f"sip:{server.number}@{server.address}"
    caller.send(_request(server, id, "INVITE", uri, f"<{uri}>", SDP))
    ringing = None
    while True:
        text = caller.recv(65_536).decode()
        if f"Call-ID: {id}" not in text or " INVITE\r\n" not in text:
            continue
        status = int(text[8:11])
        now = time.monotonic()
        if status in (180, 183) and ringing is None:
            ringing = now
        if status >= 200:
            break
    to, contact = _TO.search(text), _CONTACT.search(text)
    if status != 200 or to is None or contact is None:
        times.lost += 1
        return
    if ringing is not None:
        times.ringing_ms.append((ringing - began) * 1000)
    times.answered_ms.append((now - began) * 1000)
    routes = "".join(f"Route: {value}\r\n" for value in reversed(_ROUTE.findall(text)))
    for method in ("ACK", "BYE"):
        caller.send(_request(server, id, method, contact[1], to[1], "", routes))
    while "BYE\r\n" not in text:
        text = caller.recv(65_536).decode()


def _request(server: Server, id: str, method: str, uri: str, to: str, body: str, routes: str = "") -> bytes:
    here = f"127.0.0.1:{server.probe_port}"
    number = 2 if method == "BYE" else 1
    content = "Content-Type: application/sdp\r\n" if body else ""
    return (
        f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{method}{id}\r\n{routes}"
        f"From: <sip:+12025550100@{here}>;tag=p{id}\r\nTo: {to}\r\nCall-ID: {id}\r\nCSeq: {number} {method}\r\n"
        f"Contact: <sip:probe@{here}>\r\nMax-Forwards: 70\r\n{content}"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
