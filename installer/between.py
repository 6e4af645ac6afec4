"""A test call from one node to another: a telephone is registered at each, both speak known speech and press keys.

    this machine        telephone A            telephone B
                            |  REGISTER, INVITE      ^  REGISTER, its INVITE
                            v                        |
    the cluster          node one  --- home ---  node two

Signalling and sound go over both nodes and what is between them; each telephone hears one direction of it.
"""

from __future__ import annotations

import socket
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from installer.acceptance import Check, of_call
from installer.phone_driver import Phone, PhoneSilent
from installer.sounds import BUILT
from installer.test_call import place

SPEECH = BUILT / "system" / "en" / "demo-caller.wav", BUILT / "system" / "en" / "demo-person.wav"


@dataclass(frozen=True, slots=True)
class Station:
    """A telephone at a node. at: "host:port" of that node's SIP over UDP.  ha1: of MD5 (RFC 7616 3.4.2)."""

    node: str
    at: str
    user: str
    realm: str
    ha1: str


def between(caller: Station, called: Station, number: str) -> list[Check]:
    """Call `number`, which rings the second telephone; at least one check. Blocks for half a minute. Raises ImportError."""
    if find_spec("pjsua2") is None:
        raise ImportError("test calls need the package pjsua2-python")
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            Phone(host=_own(caller.at)) as one,
            Phone(host=_own(called.at)) as two,
        ):
            for phone, station in ((one, caller), (two, called)):
                status = phone.register_by_digest(station.user, station.realm, station.ha1, station.at)
                if status != 200:
                    return [Check(f"a telephone registers at {station.node}", False, f"answered {status}")]
            uri = f"sip:{number}@{caller.at}"
            result = place(one, two, lambda: one.do("call", uri=uri), SPEECH, Path(folder))
        return of_call(f"a call from {caller.node} to {called.node}", result, None)
    except (PhoneSilent, OSError) as error:
        return [Check(f"a call from {caller.node} to {called.node}", False, str(error))]


def _own(at: str) -> str:
    """The address of this machine from which that node is reached."""
    host, _, port = at.rpartition(":")
    (family, kind, _, _, far), *_ = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_DGRAM)
    with socket.socket(family, kind) as probe:
        probe.connect(far)
        return str(probe.getsockname()[0])
