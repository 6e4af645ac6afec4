"""Event, Subscription-State, Allow-Events (RFC 6665 8.2), SIP-ETag (RFC 3903 11.3), Info-Package, Recv-Info (RFC 6086 9).

SIP-ETag and SIP-If-Match are tokens (`item.parse_token`); Allow-Events and Recv-Info are lists of `Item`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.item import parse_item, print_known, take_count, take_text
from softswitch.sip.limits import EXPIRES_S_MAX
from softswitch.sip.parameters import Parameters, print_parameters


@dataclass(frozen=True, slots=True)
class Event:
    """`dialog;id=7`: package and templates as written (they are compared byte by byte, 8.2.1), `id` of the usage."""

    package: str
    id: str | None = None
    params: Parameters = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.package}{print_known(('id', self.id))}{print_parameters(self.params)}"

    def matches(self, other: Event) -> bool:
        """Whether both name the same usage of one dialog; parameters of packages do not count (RFC 6665 4.5.1)."""
        return (self.package, self.id) == (other.package, other.id)


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    """`active;expires=600`, `terminated;reason=noresource`: state and reason in lower case, None what is not said."""

    state: str
    expires_s: int | None = None
    reason: str | None = None
    retry_after_s: int | None = None
    params: Parameters = field(default_factory=dict)

    def __str__(self) -> str:
        known = print_known(("expires", self.expires_s), ("reason", self.reason), ("retry-after", self.retry_after_s))
        return f"{self.state}{known}{print_parameters(self.params)}"


def parse_event(text: str) -> Event:
    """The Event of a SUBSCRIBE, NOTIFY or PUBLISH."""
    item = parse_item(text)
    if "id" in item.params and item.params["id"] is None:
        raise BadMessage(400, "Bad Event")
    return Event(item.value, take_text(item.params, "id"), item.params)


def parse_subscription_state(text: str) -> SubscriptionState:
    """The Subscription-State of a NOTIFY. Unknown states and reasons are read: RFC 6665 8.2.3 says how to take them."""
    item = parse_item(text)
    params = item.params
    expires_s = take_count(params, "expires", EXPIRES_S_MAX)
    reason = take_text(params, "reason")
    retry_after_s = take_count(params, "retry-after", EXPIRES_S_MAX)
    return SubscriptionState(
        item.value.lower(), expires_s, None if reason is None else reason.lower(), retry_after_s, params
    )
