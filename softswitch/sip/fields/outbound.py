"""Parameters of a Contact that say how a device is reached: q, instance, flow (RFC 5626), GRUU (5627), push (8599)."""

from __future__ import annotations

from dataclasses import dataclass

from softswitch.sip.address import NameAddr
from softswitch.sip.fields.content import read_q
from softswitch.sip.fields.item import parse_count
from softswitch.sip.grammar import unquote_string
from softswitch.sip.limits import FLOW_TIMER_S_MAX, REG_ID_MAX
from softswitch.sip.uri import Uri


@dataclass(frozen=True, slots=True)
class Outbound:
    """What a registering device says of itself. `instance` is without quotes and <>, "urn:uuid:..."."""

    q: float = 1.0
    instance: str | None = None
    reg_id: int | None = None
    pub_gruu: str | None = None
    temp_gruu: str | None = None


@dataclass(frozen=True, slots=True)
class Push:
    """How to wake the device (RFC 8599 14): the service, the device's name there, and what the service wants besides.

    `provider` "" asks whether push is supported at all; `prid` None is a question about that provider.
    """

    provider: str
    prid: str | None = None
    param: str | None = None
    purr: str | None = None

    def params(self) -> dict[str, str | None]:
        """The URI parameters."""
        known = {"pn-prid": self.prid, "pn-param": self.param, "pn-purr": self.purr}
        made: dict[str, str | None] = {"pn-provider": self.provider or None}
        return made | {name: value for name, value in known.items() if value is not None}


def outbound_of(contact: NameAddr) -> Outbound:
    """The parameters of a Contact, in a REGISTER or its answer. Raises BadMessage for a reg-id that is no number."""
    params = contact.params
    reg_id = params.get("reg-id")
    instance = _text(params.get("+sip.instance"))
    return Outbound(
        read_q(params.get("q")),
        None if instance is None else instance.removeprefix("<").removesuffix(">"),
        None if reg_id is None else parse_count(reg_id, REG_ID_MAX),
        _text(params.get("pub-gruu")),
        _text(params.get("temp-gruu")),
    )


def push_of(uri: Uri) -> Push | None:
    """The push parameters of a contact URI, None without any."""
    if "pn-provider" not in uri.params:
        return None
    get = uri.params.get
    return Push(get("pn-provider") or "", get("pn-prid"), get("pn-param"), get("pn-purr"))


def parse_flow_timer(text: str) -> int:
    """The Flow-Timer of an answer to a REGISTER: seconds that we keep the flow without a keep-alive (RFC 5626 10)."""
    return parse_count(text, FLOW_TIMER_S_MAX)


def _text(value: str | None) -> str | None:
    return None if value is None else unquote_string(value)
