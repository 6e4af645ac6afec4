"""Who rings for one dial: lanes that ring together, each lane a list of contacts tried one after another.

A phone is a lane of its own; the gateways of a trunk share one. A lane moves on only after failures that another gateway
may heal (RFC 3261 21: never after 486, 600, 603). A 6xx silences every lane of the party that said it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from ivr.effects import Party
from softswitch.calls.contact import Contact, Located
from softswitch.peers.trunks import fails_over

Outcome = Literal["busy", "no_answer", "declined", "unreachable", "machine", "failed"]

BUSY = frozenset({486, 600})
DECLINED = frozenset({603, 607, 608})
NOBODY = frozenset({408, 480, 487})
GONE = frozenset({404, 410, 604})


@dataclass(slots=True)
class Lane:
    """Contacts tried in order; `leg` is the one ringing now, `status` the last failure."""

    party: str
    contacts: list[Contact]
    leg: str | None = None
    status: int | None = None
    ringing: Contact | None = None


@dataclass(slots=True)
class Hunt:
    """The lanes of one dial. `ring_s` bounds it; the call keeps the timer. machine: one answered, and was hung up."""

    ring_s: float
    lanes: list[Lane] = field(default_factory=list)
    machine: bool = False

    @classmethod
    def of(cls, parties: Iterable[Party], located: Iterable[tuple[Party, Located]], ring_s: float) -> Hunt:
        """A hunt over what was found for each party; a party without contacts is a lane that has failed."""
        found = dict(located)
        hunt = cls(ring_s)
        for party in parties:
            here = found.get(party, Located())
            hunt.lanes += _lanes(party.id, here.contacts) or [Lane(party.id, [], status=here.status)]
        return hunt

    def next_contacts(self) -> list[tuple[Lane, Contact]]:
        """Contacts to invite now, taken out of the lanes that are idle."""
        found = []
        for lane in self.lanes:
            if lane.leg is None and lane.contacts:
                lane.ringing = lane.contacts.pop(0)
                found.append((lane, lane.ringing))
        return found

    def failed(self, leg: str, status: int) -> None:
        """The leg got a final failure: its lane is idle, or over when nobody else may be tried."""
        for lane in self.lanes:
            if lane.leg == leg:
                lane.leg, lane.status = None, status
                if lane.ringing is not None and lane.ringing.emergency:
                    continue
                if not fails_over(status):
                    lane.contacts.clear()
                if status >= 600:
                    self._silence(lane.party)

    def answered(self, leg: str) -> None:
        """Somebody answered for a page: the lane is over, the others ring on."""
        for lane in self.lanes:
            if lane.leg == leg:
                lane.leg = None
                lane.contacts.clear()

    def redirected(self, leg: str, contacts: Iterable[Contact]) -> None:
        """The leg was told to call elsewhere: its lane tries that next, the phones of somebody together (RFC 3261 8.1.3.4)."""
        for lane in [lane for lane in self.lanes if lane.leg == leg]:
            first, *more = _lanes(lane.party, contacts)
            lane.leg = None
            lane.contacts[:0] = first.contacts
            self.lanes += more

    def _silence(self, party: str) -> None:
        for lane in self.lanes:
            if lane.party == party:
                lane.contacts.clear()
                if lane.status is None:
                    lane.status = 603

    def silenced(self) -> list[str]:
        """Legs that ring for a party who declined elsewhere: to be cancelled."""
        return [lane.leg for lane in self.lanes if lane.leg is not None and lane.status is not None]

    @property
    def over(self) -> bool:
        """Nobody rings and nobody is left to try."""
        return all(lane.leg is None and not lane.contacts for lane in self.lanes)

    def ringing(self) -> list[str]:
        """The legs that ring now."""
        return [lane.leg for lane in self.lanes if lane.leg is not None]

    def declined(self) -> tuple[str, ...]:
        """The parties who refused the call: with a 6xx on one phone, or as busy on every one that rang."""
        said: dict[str, list[int | None]] = {}
        for lane in self.lanes:
            if lane.ringing is not None:
                said.setdefault(lane.party, []).append(lane.status)
        return tuple(party for party, of in said.items() if set(of) & DECLINED or set(of) <= BUSY)

    def answer(self) -> int | None:
        """The status with which far ends failed, the most telling one; None when nobody was called."""
        seen = [lane.status for lane in self.lanes if lane.status is not None and lane.ringing is not None]
        return min(seen, key=lambda status: status // 100, default=None)

    def outcome(self) -> Outcome:
        """How a hunt that nobody answered ended, the most telling reason first."""
        seen = {lane.status for lane in self.lanes if lane.status is not None}
        if self.machine:
            return "machine"
        if seen & BUSY:
            return "busy"
        if seen & DECLINED:
            return "declined"
        if seen & NOBODY or any(lane.leg is not None for lane in self.lanes):
            return "no_answer"
        if seen and seen <= GONE:
            return "unreachable"
        return "failed" if seen else "no_answer"


def _lanes(party: str, contacts: Iterable[Contact]) -> list[Lane]:
    together: dict[str, Lane] = {}
    for index, contact in enumerate(contacts):
        lane = together.setdefault(contact.alternatives or f"#{index}", Lane(party, []))
        lane.contacts.append(contact)
    return list(together.values())
