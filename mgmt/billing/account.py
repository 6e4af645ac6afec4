"""What becomes of a company's account: by what its provider says, and by time. Pure.

    trial, active ──a payment is late──► past due ──for past_due_days──► suspended ──for kept_days──► closed
         ▲   └──────────nobody pays any longer──────────────────────────────▲ │                        │
         └───────────────────────────────────paid───────────────────────────┴─┴───opened again─────────┘

What was seen earlier than what is known changes nothing, so messages may come in any order, twice or not at all. Who looks after
a company may suspend or close it whatever was paid: that word counts until it is taken back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from configdb.billing import Billing
from configdb.model import Account as State
from history.documents import Document
from mgmt.billing.provider import Standing

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Account(Document):
    """`state` of the company since `since`. seen, changed_at, late_since: what its provider said last.

    word: `suspended` or `closed`, said by people.
    """

    tenant: str
    state: str
    since: float
    seen: str = ""
    changed_at: float = 0.0
    late_since: float | None = None
    word: str = ""


def spoken(known: Account, status: str, terms: Billing, now: float) -> Account:
    """The account after people said how it is to be; where a provider was heard, they take back their own word only."""
    word = status if status in ("suspended", "closed") else ""
    state = known.state if known.seen else status
    return aged(replace(known, word=word, state=state, since=known.since if state == known.state else now), terms, now)


def judged(known: Account, seen: Standing, terms: Billing, now: float) -> Account:
    """The account after its provider was heard."""
    if known.seen and seen.changed_at < known.changed_at:
        return aged(known, terms, now)
    heard = replace(known, seen=seen.state, changed_at=seen.changed_at, late_since=seen.late_since)
    return aged(heard, terms, now)


def aged(known: Account, terms: Billing, now: float) -> Account:
    """The account after some time."""
    state = _with_word(known, _state(known, terms, now))
    return known if state == known.state else replace(known, state=state, since=now)


def _with_word(known: Account, state: State | str) -> State | str:
    return known.word if known.word == "closed" or (known.word and state != "closed") else state


def _state(known: Account, terms: Billing, now: float) -> State | str:
    stopped = known.state in ("suspended", "closed")
    match known.seen:
        case "closed":
            return "closed"
        case "trial" | "active" if known.late_since is None:
            return known.seen
        case "trial" | "active" if now < (known.late_since or 0.0) + terms.past_due_days * DAY_S:
            return "past_due"
        case "":
            return known.state
        case _ if not stopped:
            return "suspended"
        case _ if known.state == "suspended" and now >= known.since + terms.kept_days * DAY_S:
            return "closed"
        case _:
            return known.state
