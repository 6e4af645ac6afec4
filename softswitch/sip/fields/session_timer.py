"""Session-Expires and Min-SE: how long a session lives without a refresh (RFC 4028 4, 5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.item import parse_count, print_known, take_text
from softswitch.sip.limits import EXPIRES_S_MAX
from softswitch.sip.parameters import Parameters, parse_parameters, print_parameters

Refresher = Literal["uac", "uas"]


@dataclass(frozen=True, slots=True)
class SessionExpires:
    """`1800;refresher=uac`; `refresher` None leaves the choice to the far end."""

    interval_s: int
    refresher: Refresher | None = None
    params: Parameters = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.interval_s}{print_known(('refresher', self.refresher))}{print_parameters(self.params)}"


@dataclass(frozen=True, slots=True)
class MinSE:
    """The shortest session interval that somebody on the way takes."""

    interval_s: int
    params: Parameters = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.interval_s}{print_parameters(self.params)}"


def parse_session_expires(text: str) -> SessionExpires:
    """The Session-Expires of a request or a 2xx."""
    seconds, params = _seconds(text)
    match (take_text(params, "refresher") or "").lower():
        case "uac":
            return SessionExpires(seconds, "uac", params)
        case "uas":
            return SessionExpires(seconds, "uas", params)
        case "":
            return SessionExpires(seconds, None, params)
        case _:
            raise BadMessage(400, "Bad Session-Expires")


def parse_min_se(text: str) -> MinSE:
    """The Min-SE of a request or a 422."""
    return MinSE(*_seconds(text))


def _seconds(text: str) -> tuple[int, Parameters]:
    seconds, semicolon, rest = text.partition(";")
    return parse_count(seconds, EXPIRES_S_MAX), parse_parameters(f"{semicolon}{rest}")
