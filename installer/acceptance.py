"""The acceptance test of a trunk: independent phones play the carrier and a user, and everything a contract promises is tried.

Each check is a row of `CHECKS`: calls in and out with known speech and keys both ways, the caller's number on both sides, an
address that is not the carrier's, a gateway that is down, and the record with trunk and address.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from installer.phone_driver import Phone, PhoneSilent
from installer.test_call import Result, place

STRANGER = "127.0.0.2"
REFUSAL_S_MAX = 8.0


@dataclass(frozen=True, slots=True)
class Line:
    """What is tested. `gateways` are local addresses of the trunk's gateways, first choice first; the phone is a user's."""

    trunk: str
    node: str
    gateways: tuple[tuple[str, int], ...]
    device: str
    password: str
    number: str
    outside: str
    speech: tuple[Path, Path]


@dataclass(frozen=True, slots=True)
class Check:
    """`said` is the evidence, for a person."""

    name: str
    passed: bool
    said: str
    call: Result | None = None

    def to_document(self) -> dict[str, Any]:
        """JSON."""
        call = None if self.call is None else self.call.to_document()
        return {"name": self.name, "passed": self.passed, "said": self.said, "call": call}


Newest = Callable[[], dict[str, Any]]
"""The detail of the newest finished call, as the API tells it. Raises LookupError: there is none."""


def acceptance(line: Line, newest: Newest) -> list[Check]:
    """Everything, in order; a check that cannot be made is one that failed, with the reason."""
    checks: list[Check] = []
    try:
        _make(line, newest, checks)
    except PhoneSilent as silent:
        checks.append(Check("the telephones do what they are told", False, str(silent)))
    return checks


def _make(line: Line, newest: Newest, checks: list[Check]) -> None:
    """Add the checks. Raises PhoneSilent."""
    with Phone() as user:
        status = user.register(line.device, line.password, line.node)
        checks.append(Check("the user's telephone registers", status == 200, f"answered {status}"))
        if status == 200:
            user.do("unregister")
            user.wait("registered")
    if status != 200:
        return
    inward = _call_in(line)
    checks += of_call("a call from the carrier", inward, line.outside)
    checks.append(_record("the record of the call in", newest, line, "inbound"))
    outward = _call_out(line, 0)
    checks += of_call("a call to the carrier", outward, None)
    checks.append(_record("the record of the call out", newest, line, "outbound"))
    checks.append(_refused(line))
    if len(line.gateways) > 1:
        over = _call_out(line, 1)
        checks.append(Check("fail-over to the next gateway", over.passed, over.failed or _heard(over), over))


def _call_in(line: Line) -> Result:
    host, port = line.gateways[0]
    with tempfile.TemporaryDirectory() as folder, Phone(port, host=host) as carrier, Phone() as user:
        user.register(line.device, line.password, line.node)
        uri, identity = f"sip:{line.number}@{line.node}", f"sip:{line.outside}@{host}"
        return place(carrier, user, lambda: carrier.do("call", uri=uri, identity=identity), line.speech, Path(folder))


def _call_out(line: Line, gateway: int) -> Result:
    """By the gateway of that place in the order; those before it are down, for nobody listens there."""
    host, port = line.gateways[gateway]
    with tempfile.TemporaryDirectory() as folder, Phone(port, host=host) as carrier, Phone() as user:
        carrier.listen()
        user.register(line.device, line.password, line.node)
        uri = f"sip:{line.outside}@{line.node}"
        return place(user, carrier, lambda: user.do("call", uri=uri), line.speech, Path(folder))


def of_call(name: str, call: Result, shown: str | None) -> list[Check]:
    """What a test call proves; `shown` is in the caller's number as the other end sees it (None: any)."""
    if call.failed is not None or call.there is None or call.back is None:
        return [Check(name, False, call.failed or "it did not come about", call)]
    ways = (call.there, call.back)
    keys = ", ".join(f"{way.keys_sent} -> {way.keys_heard or 'none'}" for way in ways)
    known = [Check(f"{name}: the caller's number", shown in call.shown, call.shown)] if shown is not None else []
    return [
        Check(f"{name}: speech both ways", all(way.heard for way in ways), _heard(call), call),
        Check(f"{name}: keys both ways", all(way.keyed for way in ways), keys),
        *(known or [Check(f"{name}: a number is shown", bool(call.shown), call.shown)]),
    ]


def _heard(call: Result) -> str:
    said = []
    for name, way in (("there", call.there), ("back", call.back)):
        if way is not None:
            mos = "nothing" if way.compared.mos is None else f"MOS {way.compared.mos:.2f}"
            said.append(f"{name} {mos}, {100 * way.compared.share_heard:.0f} % heard")
    return "; ".join(said)


def _record(name: str, newest: Newest, line: Line, direction: str) -> Check:
    try:
        detail = newest()
    except LookupError as none:
        return Check(name, False, str(none))
    call, legs = detail["call"], detail["legs"]
    addresses = ", ".join(sorted({leg["remote"] for leg in legs}))
    right = call["trunk"] == line.trunk and call["direction"] == direction and call["outcome"] == "answered"
    from_gateway = any(line.gateways[0][0] in leg["remote"] for leg in legs)
    said = f"{call['direction']}, {call['outcome']}, trunk {call['trunk']}, addresses {addresses}"
    return Check(name, right and from_gateway, said)


def _refused(line: Line) -> Check:
    """A stranger's address calls the same number."""
    name = "a call from an address that is not the carrier's is refused"
    with Phone(host=STRANGER) as stranger:
        stranger.do("call", uri=f"sip:{line.number}@{line.node}", identity=f"sip:{line.outside}@{STRANGER}")
        try:
            code = int(stranger.wait("state", REFUSAL_S_MAX, state="DISCONNECTED")["code"])
        except PhoneSilent:
            return Check(name, not stranger.has("state", state="CONFIRMED"), "no answer")
        return Check(name, code >= 400, f"answered {code}")
