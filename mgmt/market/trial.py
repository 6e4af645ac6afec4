"""A company's new number is tried: the node calls it over SIP, as a stranger would, and hears whether it is answered.

    bound ──► waiting ──answered, and heard──► passed
                 ▲ └──anything else──┘  again, later and later; not passed in a day: failed

What the call finds is what a carrier's call finds (routing, media, the company's own configuration); nobody of the company is
rung, and nothing is counted (`softswitch.routing.trial`). The way from the carrier to this node is seen when somebody calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mgmt.limits import trial_pass_s, trial_patience_s, trial_tries_max
from mgmt.market.stock import StockNumber
from mgmt.outbox.box import Outbox
from mgmt.outbox.channels import Channel
from mgmt.outbox.item import SENT, Failed, Item, Outcome, Refused, Sent

if TYPE_CHECKING:
    from mgmt.services.parts import Parts

CHANNEL = "trial"
UNTRIED = "the way from a carrier to this node was not tried"


def wanted(outbox: Outbox, found: StockNumber, now: float) -> None:
    """It is tried as soon as may be; said again it is the same trial."""
    about = {"number": found.number}
    end, tries = now + trial_patience_s, trial_tries_max
    outbox.put(Item(_id(found), found.holder or "", CHANNEL, found.number, about, now, end, True, tries, due_at=now))


def _id(found: StockNumber) -> str:
    """One for each time that somebody gets the number."""
    return f"trial-{found.reservation or found.number}"


def result(outbox: Outbox, found: StockNumber) -> tuple[str, str]:
    """`none`, `waiting`, `passed` or `failed`, and the last words about it."""
    item = outbox.get(found.holder or "", _id(found))
    if item is None:
        return "none", ""
    if not item.ended:
        return "waiting", item.said
    return ("passed" if item.state == SENT else "failed"), item.said


def send(parts: Parts, item: Item) -> Outcome:
    """One call."""
    number = str(item.payload["number"])
    if parts.directory().tenant_of_number.get(number) != item.tenant:
        return Refused("the company has this number no longer")
    try:
        heard = parts.calls_itself(number, trial_pass_s)
    except OSError as error:
        return Failed(f"the switch cannot be called: {error.strerror}")
    return Sent(said=f"{heard.said}; {UNTRIED}") if heard.passed else Failed(heard.said)


def channel() -> Channel[Parts]:
    """The row of the table of channels."""
    return Channel(CHANNEL, send)
