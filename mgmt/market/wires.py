"""Who sells numbers, by the kind of supplier: one row each. Each function raises what `mgmt.outbox.web` raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mgmt.market import telnyx, vitelity
from mgmt.market.inventory import Wanted
from mgmt.market.stock import StockNumber
from mgmt.outbox.item import Outcome, Refused
from mgmt.outbox.web import Answer, Ask
from mgmt.sms.wire import Known

Web = Callable[[Ask], Answer]


@dataclass(frozen=True, slots=True)
class Seller:
    """search, ours: None where the supplier does not say.

    tell: what others are told of a number: its emergency address or the name it shows; empty words take it back.
    """

    search: Callable[[Known, Wanted, Web, float], list[StockNumber] | None]
    buy: Callable[[Known, str, Web], Outcome]
    give_back: Callable[[Known, str, Web], Outcome]
    ours: Callable[[Known, Web, float], list[StockNumber] | None]
    tell: Callable[[Known, str, str, dict[str, str], Web], Outcome] | None = None


def _search(known: Known, wanted: Wanted, web: Web, now: float) -> list[StockNumber] | None:
    if wanted.country != "US" or not (wanted.area or wanted.kind == "tollfree"):
        return []
    answer = web(vitelity.search(known, wanted.kind or "local", wanted.area or ""))
    return vitelity.listed(known.row, answer, now) if answer.status == 200 else None


def _ours(known: Known, web: Web, now: float) -> list[StockNumber] | None:
    answer = web(vitelity.ours(known))
    if answer.status != 200 or b"<content" not in answer.body:
        return None
    return vitelity.listed(known.row, answer, now)


def _tell(known: Known, number: str, what: str, words: dict[str, str], web: Web) -> Outcome:
    ask = vitelity.tell(known, number, what, words)
    return vitelity.outcome(web(ask)) if ask is not None else Refused("this supplier takes no name back")


SELLERS: Mapping[str, Seller] = MappingProxyType(
    {
        "vitelity": Seller(
            _search,
            lambda known, number, web: vitelity.outcome(web(vitelity.buy(known, number))),
            lambda known, number, web: vitelity.outcome(web(vitelity.give_back(known, number))),
            _ours,
            _tell,
        ),
        "telnyx": Seller(telnyx.search, telnyx.buy, telnyx.give_back, telnyx.ours, telnyx.tell),
    }
)
