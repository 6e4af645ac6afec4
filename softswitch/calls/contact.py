"""Where somebody can be rung: a phone or a gateway, and all of them that there are for a party."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ivr.effects import Machines
from ivr.steps import Step
from softswitch.routing.location import Location
from softswitch.sip.crypto import Srtp

Digits = Literal["auto", "info"]
"""How keys are told to a far end: in its media (telephone events, else tones), or by SIP INFO."""


@dataclass(frozen=True, slots=True)
class Contact:
    """One address to send an INVITE to: a registered phone or a gateway of a trunk.

    `party` is the id the caller dialled ("ann", "+12025550100"); contacts of one `alternatives` name are tried one after
    another (gateways of trunks, flows of one phone), all others ring together. `redirects`: its 3xx answers are followed.
    `device` is a phone's id, `routes` the Route values that lead to it (RFC 3327); one that is `asleep` has to be woken
    before it can be rung (RFC 8599).
    For gateways: `gateway` names it, `caller` is who is shown there, `headers` go with
    the INVITE, and one that says nothing at all for `first_answer_s` is left. After an `emergency` contact the next is tried
    whatever it answered; `location` goes with the call. No `codecs`: those of the node.
    `srtp`: whether its media is protected, if it has a say.  screened: who answers takes the call with a key.
    digits: how keys are told to it.
    machines: whether who answers is listened to first, and what is done with an answering machine.
    """

    kind: Literal["phone", "gateway"]
    party: str
    label: str
    uri: str
    host: str
    port: int | None
    transport: str
    flow: str | None = None
    trunk: str | None = None
    alternatives: str | None = None
    redirects: bool = False
    device: str | None = None
    routes: tuple[str, ...] = ()
    asleep: bool = False
    gateway: str | None = None
    caller: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    location: Location | None = None
    emergency: bool = False
    first_answer_s: float | None = None
    codecs: tuple[str, ...] = ()
    early_media: Literal["pass", "ignore", "ringback"] = "pass"
    srtp: Srtp | None = None
    screened: bool = False
    machines: Machines = "connect"
    digits: Digits = "auto"


@dataclass(frozen=True, slots=True)
class Located:
    """Where a party can be rung now, and why so; `status` is how it counts when there is nowhere."""

    contacts: tuple[Contact, ...] = ()
    steps: tuple[Step, ...] = ()
    status: int = 404
