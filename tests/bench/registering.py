"""Phones that register with digest, one after another (Debian's SIPp cannot answer a challenge)."""

from __future__ import annotations

import hashlib
import re
import socket
import time

from tests.bench.servers import LOAD_CORE, PASSWORD, Server, on_core
from tests.bench.sipload import Outcome

ANSWER_S_MAX = 0.5
_MD5_CHALLENGE = re.compile(r"^WWW-Authenticate: Digest (?!.*algorithm=SHA)(.*)\r\n", re.MULTILINE | re.IGNORECASE)
_FIELD = re.compile(r'(realm|nonce)="([^"]*)"')


def register_all(server: Server, names: list[str], rate: float) -> Outcome:
    """Each name registers once, `rate` of them a second at the most."""
    host, _, port = server.address.partition(":")
    done = failed = 0
    with on_core(LOAD_CORE), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
        here.bind(("127.0.0.1", 0))
        here.connect((host, int(port)))
        here.settimeout(ANSWER_S_MAX)
        began = time.monotonic()
        for index, name in enumerate(names):
            time.sleep(max(0.0, began + index / rate - time.monotonic()))
            good = _register(here, server.address, name, str(time.time_ns()))
            done, failed = done + good, failed + (not good)
    return Outcome(time.monotonic() - began, done, failed, 0)


def _register(here: socket.socket, address: str, name: str, id: str) -> bool:
    try:
        here.send(_request(here, address, name, id, 1, ""))
        challenge = _MD5_CHALLENGE.search(here.recv(65_536).decode())
        if challenge is None:
            return False
        here.send(_request(here, address, name, id, 2, _proof(dict(_FIELD.findall(challenge[1])), name, address)))
        return here.recv(65_536).startswith(b"SIP/2.0 200 ")
    except TimeoutError:
        return False


def _proof(given: dict[str, str], name: str, address: str) -> str:
    realm, nonce, uri = given["realm"], given["nonce"], f"sip:{address}"
    ha1, ha2 = _md5(f"{name}:{realm}:{PASSWORD}"), _md5(f"REGISTER:{uri}")
    response = _md5(f"{ha1}:{nonce}:00000001:0a4f113b:auth:{ha2}")
    return (
        f'Authorization: Digest username="{name}", realm="{realm}", nonce="{nonce}", uri="{uri}", response="{response}",'
        ' algorithm=MD5, cnonce="0a4f113b", qop=auth, nc=00000001\r\n'
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _request(here: socket.socket, address: str, name: str, id: str, number: int, proof: str) -> bytes:
    own = f"127.0.0.1:{here.getsockname()[1]}"
    realm = address.partition(":")[0]
    return (
        f"REGISTER sip:{address} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{id}-{number};rport\r\n"
        f"From: <sip:{name}@{realm}>;tag=r{id}\r\nTo: <sip:{name}@{realm}>\r\nCall-ID: {id}\r\n"
        f"CSeq: {number} REGISTER\r\nContact: <sip:{name}@{own}>\r\nMax-Forwards: 70\r\nExpires: 3600\r\n{proof}"
        "User-Agent: bench\r\nContent-Length: 0\r\n\r\n"
    ).encode()
