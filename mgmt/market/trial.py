"""A company's new number is tried: the node calls it over SIP, as a stranger would, and hears whether it is answered.

    bound ──► waiting ──answered, and heard──► passed
                 ▲ └──anything else──┘  again, later and later; not passed in a day: failed

The call is taken for one of the trunk by which the number comes, as one from its address would be, and reads the number as that
trunk writes it; what it finds is what a carrier's call finds (routing, media, the company's own configuration). Nobody of the
company is rung, and nothing is counted (`softswitch.routing.trial`). What the carrier's network does is seen when somebody calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from configdb.model import Trunk
from mgmt.limits import trial_pass_s, trial_patience_s, trial_tries_max
from mgmt.market.inventory import Inventory
from mgmt.market.stock import StockNumber
from mgmt.outbox.box import Outbox
from mgmt.outbox.channels import Channel
from mgmt.outbox.item import SENT, Failed, Item, Outcome, Refused, Sent

if TYPE_CHECKING:
    from mgmt.services.parts import Parts

CHANNEL = "trial"
UNTRIED = "the network of a carrier was not tried"


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
        trunk = _comes_by(parts, number, item.tenant)
        heard = parts.calls_itself(number, trunk.id if trunk is not None else "", trial_pass_s)
    except OSError as error:
        return Failed(f"the switch cannot be called: {error.strerror}")
    said = f"{heard.said}, as a call of {trunk.name}" if trunk is not None else heard.said
    return Sent(said=f"{said}; {UNTRIED}") if heard.passed else Failed(said)


def _comes_by(parts: Parts, number: str, tenant: str) -> Trunk | None:
    """The trunk by which calls to a number come: its own, else the company's, else the only one that there is."""
    directory, found = parts.directory(), Inventory(parts.history.shelves, parts.clock).get(number)
    alone = next(iter(directory.trunks)) if len(directory.trunks) == 1 else None
    wanted = (found.trunk if found is not None else None, directory.tenants[tenant].tenant.trunk, alone)
    return next((directory.trunks[id] for id in wanted if id is not None and id in directory.trunks), None)


def channel() -> Channel[Parts]:
    """The row of the table of channels."""
    return Channel(CHANNEL, send)
