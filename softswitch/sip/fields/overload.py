"""The overload parameters of a Via: a client offers, a server demands fewer requests (RFC 7339 4, rate RFC 7415)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.item import parse_count
from softswitch.sip.grammar import unquote_string
from softswitch.sip.limits import COUNT_MAX
from softswitch.sip.parameters import Parameters
from softswitch.sip.via import Via

_SEQUENCE = re.compile(r"[0-9]{1,16}(?:\.[0-9]{1,16})?")


@dataclass(frozen=True, slots=True)
class Overload:
    """`oc` is None in a request, which says that its sender understands; in an answer it is the demand.

    The demand is a percentage to shed under "loss" (RFC 7339 5.10.4), requests a second under "rate" (RFC 7415 3.4).
    """

    oc: int | None
    algorithms: tuple[str, ...] = ()
    validity_ms: int | None = None
    sequence: str | None = None

    def params(self) -> Parameters:
        """The parameters as they go into a Via."""
        made: Parameters = {"oc": None if self.oc is None else str(self.oc)}
        if self.algorithms:
            made["oc-algo"] = f'"{",".join(self.algorithms)}"'
        if self.validity_ms is not None:
            made["oc-validity"] = str(self.validity_ms)
        if self.sequence is not None:
            made["oc-seq"] = self.sequence
        return made


def overload_of(via: Via) -> Overload | None:
    """What the hop says about overload, None when it knows nothing of it. Raises BadMessage."""
    params = via.params
    if "oc" not in params:
        return None
    oc, validity, sequence = params["oc"], params.get("oc-validity"), params.get("oc-seq")
    if sequence is not None and _SEQUENCE.fullmatch(sequence) is None:
        raise BadMessage(400, "Bad Overload Sequence")
    names = unquote_string(params.get("oc-algo") or "").lower().split(",")
    return Overload(
        None if oc is None else parse_count(oc, COUNT_MAX),
        tuple(stripped for name in names if (stripped := name.strip())),
        None if validity is None else parse_count(validity, COUNT_MAX),
        sequence,
    )
