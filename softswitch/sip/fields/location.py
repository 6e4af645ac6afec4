"""Where the caller is: Geolocation, Geolocation-Routing, Geolocation-Error (RFC 6442 4).

Geolocation is a list of `item.Reference`: `<cid:...>` names a body part, `<https:...>` is to be fetched.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.item import parse_count, parse_item, take_text
from softswitch.sip.grammar import quote_string
from softswitch.sip.parameters import Parameters, print_parameters

_CODE_MAX = 999


@dataclass(frozen=True, slots=True)
class GeolocationRouting:
    """Whether the location may be used to route the call; other values than yes and no count as no (4.2)."""

    allowed: bool
    params: Parameters = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{'yes' if self.allowed else 'no'}{print_parameters(self.params)}"


@dataclass(frozen=True, slots=True)
class GeolocationError:
    """What is wrong with a location, 100 to 999, and the same for people."""

    code: int
    text: str | None = None
    params: Parameters = field(default_factory=dict)

    def __str__(self) -> str:
        text = "" if self.text is None else f";code={quote_string(self.text)}"
        return f"{self.code}{text}{print_parameters(self.params)}"


def parse_geolocation_routing(text: str) -> GeolocationRouting:
    """The Geolocation-Routing of a message."""
    item = parse_item(text)
    return GeolocationRouting(item.value.lower() == "yes", item.params)


def parse_geolocation_error(text: str) -> GeolocationError:
    """The Geolocation-Error of an answer."""
    item = parse_item(text)
    code = parse_count(item.value, _CODE_MAX)
    if code < 100:
        raise BadMessage(400, "Bad Geolocation-Error")
    return GeolocationError(code, take_text(item.params, "code"), item.params)
