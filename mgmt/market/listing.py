"""What others are told of a number: where help is sent that is called from it (E911), and the name it shows (CNAM): pure.

    asked ──► listed       its supplier knows it
      ├─────► refused      and says why; asked again when something else is wanted
      └─────► by_hand      nobody of ours can be told: the operator does it, and says so

What is wanted is in the configuration of the company; a listing is how far that has come. One that nobody wants any longer is
taken back, and gone when its supplier knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from configdb.snapshot import TenantView
from history.documents import Document

EMERGENCY, CALLER_NAME = "emergency", "caller_name"
ASKED, LISTED, REFUSED, BY_HAND = "asked", "listed", "refused", "by_hand"
STATES = (ASKED, LISTED, REFUSED, BY_HAND)
OPEN = (REFUSED, BY_HAND)
"""Where a person has something to do."""


@dataclass(frozen=True, slots=True)
class Listing(Document):
    """`wanted`: the fields of an address with the company's `name`, or `{"name"}` to show; empty: to be taken back.

    supplier: who is told ("": nobody of ours).  item: what tells it, of the outbox.  said: why not.
    """

    number: str
    tenant: str
    what: str
    wanted: dict[str, str]
    changed_at: float
    supplier: str = ""
    item: str = ""
    state: str = ASKED
    said: str = ""

    @property
    def id(self) -> str:
        """One of each kind a number."""
        return f"{self.what}-{self.number}"


def wanted(view: TenantView) -> Iterator[tuple[str, str, dict[str, str]]]:
    """What a company wants told of its numbers: number, what, and the words."""
    for number, row in view.numbers.items():
        address = view.addresses.get(row.address) if row.address is not None else None
        if address is not None:
            told = {name: value for name, value in address.model_dump(exclude={"id"}).items() if value}
            yield number, EMERGENCY, {**told, "name": view.tenant.name}
        if row.caller_name:
            yield number, CALLER_NAME, {"name": row.caller_name}


def asked(before: Listing | None, new: Listing) -> Listing | None:
    """What is to be asked now: None when it is asked already, or was, whatever came of it."""
    if before is not None and (before.wanted, before.supplier) == (new.wanted, new.supplier):
        return None
    if not new.supplier:
        return replace(new, state=BY_HAND) if new.wanted or before is not None else None
    return new


def ended(found: Listing, item: str, said: str | None, now: float) -> Listing | None:
    """The supplier said yes (`said` None) or why not; None: nothing is left of it. An older question changes nothing."""
    if found.item != item or found.state != ASKED:
        return found
    if said is None and not found.wanted:
        return None
    return replace(found, state=LISTED if said is None else REFUSED, said=said or "", changed_at=now)


def shown(found: Listing) -> dict[str, Any]:
    """As its company sees it."""
    names = ("number", "what", "wanted", "state", "said", "changed_at")
    return {name: getattr(found, name) for name in names}
