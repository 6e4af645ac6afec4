"""The operator's back office of numbers: blocks come in, single numbers are walked by hand, suppliers are reconciled."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from contextlib import suppress
from typing import Any

from configdb.log import Change
from configdb.numbering import home_of
from configdb.texting import Supplier
from history.shelves import STOCK
from history.store import BadCursor, cursor_at, read_cursor
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.body import Page
from mgmt.http.errors import FieldError, Problem, not_found
from mgmt.limits import stock_block_max, stock_searched_max
from mgmt.mail.owners import letters
from mgmt.market.drift import Drift, drift
from mgmt.market.inventory import NoSuchNumber
from mgmt.market.ordering import BY, bind
from mgmt.market.rates import margins as table
from mgmt.market.rates import valued
from mgmt.market.stock import HOUSE, PORTING_OUT, STATES, NotNow, Step, StockNumber
from mgmt.market.wires import SELLERS
from mgmt.outbox.box import Outbox
from mgmt.outbox.web import NotAllowed, Unanswered, Unsent
from mgmt.sms.sending import known_supplier
from mgmt.sms.wire import Malformed, e164
from mgmt.usecases.market import KINDS, inventory, pin

Document = dict[str, Any]
BY_HAND = (Step.BLOCK, Step.UNBLOCK, Step.PORT_OUT, Step.STAYS, Step.LEFT)
_country = re.compile(r"[A-Z]{2}")
CENTS = ("cost_cents", "price_cents", "setup_cost_cents", "setup_price_cents")
_texts = {"area": 10, "place": 80, "trunk": 63, "region": 63}


def listed(context: Context, state: str | None, supplier: str | None, page: Page) -> Document:
    """Numbers in stock, the one that changed last first. Raises Problem 400."""
    if state is not None and state not in STATES:
        raise Problem(400, "invalid_state", f"state must be of {', '.join(STATES)}.")
    wanted = {name: value for name, value in (("state", state), ("supplier", supplier)) if value is not None}
    try:
        after = read_cursor(page.cursor) if page.cursor is not None else None
    except BadCursor as wrong:
        raise Problem(400, "invalid_cursor", "This cursor was not made by this server.") from wrong
    rows = inventory(context).page(wanted, after, page.limit + 1)
    cursor = cursor_at(*rows[page.limit - 1][0]) if len(rows) > page.limit else None
    return {"data": [_shown(context, one) for _, one in rows[: page.limit]], "next_cursor": cursor}


def _shown(context: Context, found: StockNumber) -> Document:
    document = found.to_document()
    document["pin"] = pin(context, found) if found.state == PORTING_OUT else None
    return {**document, "reservation": None, "margin_cents": found.margin_cents}


def one(context: Context, number: str) -> Document:
    """One number with what happened to it. Raises Problem 404."""
    found = inventory(context).get(number)
    if found is None:
        raise not_found("number")
    return _shown(context, found)


def add(context: Context, body: Document) -> Document:
    """Our own numbers: `numbers`, or a block `first` to `last`; what is in stock stays as it is. Raises Problem 422.

    Without `country` each is of that whose numbering plan has it, else of the region's.
    """
    about: Document = {"kind": body.get("kind", "local"), "sms": bool(body.get("sms"))}
    if about["kind"] not in KINDS:
        raise _invalid("kind", f"must be of {', '.join(KINDS)}")
    for name, chars_max in _texts.items():
        value = body.get(name)
        if value is not None and not (isinstance(value, str) and len(value) <= chars_max):
            raise _invalid(name, f"must be a text of at most {chars_max} characters")
        if value is not None:
            about[name] = value
    for name in CENTS:
        value = body.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10_000_000:
            raise _invalid(name, "must be a number of cents")
        about[name] = value
    said, now = body.get("country"), context.clock()
    if said is not None and not (isinstance(said, str) and _country.fullmatch(said)):
        raise _invalid("country", "must be two letters as US")
    numbers = [
        valued(
            StockNumber(
                number, said or home_of(number, context.region.country), supplier=HOUSE, changed_at=now, **more
            ),
            context.region,
        )
        for number in _block(body)
        for more in (_area(number, about),)
    ]
    return {"added": inventory(context).add(numbers), "given": len(numbers)}


def _area(number: str, about: Document) -> Document:
    return about if about.get("area") or not number.startswith("+1") else {**about, "area": number[2:5]}


def _block(body: Document) -> list[str]:
    if body.get("numbers") is not None:
        given = body["numbers"]
        if not isinstance(given, list) or not 0 < len(given) <= stock_block_max:
            raise _invalid("numbers", f"must be a list of 1 to {stock_block_max} numbers")
        return sorted({_number("numbers", one) for one in given})
    first, last = _number("first", body.get("first")), _number("last", body.get("last"))
    count = int(last) - int(first) + 1
    if len(first) != len(last) or not 0 < count <= stock_block_max:
        raise _invalid("last", f"must be behind first, by at most {stock_block_max} numbers")
    return [f"+{int(first) + n}" for n in range(count)]


def walk(context: Context, scope: Scope, number: str, step: object) -> Document:
    """A step that people decide; calls to what has left no longer arrive. Raises Problem 404, 409, 422; `Refused` of the log."""
    wanted = next((one for one in BY_HAND if one.value == step), None)
    if wanted is None:
        raise _invalid("step", f"must be of {', '.join(one.value for one in BY_HAND)}")
    by, before = scope.identity.actor, inventory(context).get(number)
    try:
        after = inventory(context).step(number, wanted, by)
        if wanted is Step.LEFT and before is not None:
            _left(context, before, by)
        return _shown(context, after)
    except NoSuchNumber as wrong:
        raise not_found("number") from wrong
    except NotNow as wrong:
        raise Problem(409, "not_now", f"This is not possible now: {wrong}.") from wrong


def margins(context: Context) -> Document:
    """What numbers cost and bring a month."""
    rows = context.history.shelves.everywhere(STOCK, ())
    found = (StockNumber.from_document(row.body) for row in rows)
    return {"data": table(found, context.region.currency)}


def _left(context: Context, found: StockNumber, by: str) -> None:
    """Its company has it no longer, and is told."""
    tenant = found.holder or ""
    if context.config.get(tenant, "number", found.number) is not None:
        context.config.transact(tenant, [Change("number", found.number, None)], by, f"{found.number} left")
    view, now = context.config.directory.tenants.get(tenant), context.clock()
    if view is not None and context.mails:
        for letter in letters(
            view, f"left-{found.number}-{int(found.changed_at)}", "number_left", now, number=found.number
        ):
            Outbox(context.history.shelves, context.clock).put(letter)


def reconcile(context: Context, supplier: str) -> Document:
    """Compare a supplier's list with the stock, and end orders of which nobody knew. Raises Problem 404, 503."""
    known = known_supplier(context.config.directory, context.sealer, supplier)
    seller = SELLERS.get(known.row.kind) if known is not None else None
    if known is None or seller is None or not known.row.sells_numbers:
        raise not_found("supplier")
    stock, now = inventory(context), context.clock()
    try:
        have = seller.ours(known, context.web, now)
    except (NotAllowed, Unsent, Unanswered) as away:
        raise Problem(503, "supplier_away", f"The supplier does not answer: {away}.") from away
    if have is None:
        raise Problem(503, "supplier_away", "The supplier does not say what we have there.")
    theirs = [one.number for one in have]
    ours = [one for _, one in stock.page({"supplier": supplier}, None, stock_searched_max)]
    found = drift(theirs, ours)
    for number in found.arrived:
        _arrived(context, number)
    for number in found.not_arrived:
        with suppress(NotNow, NoSuchNumber):
            _unless_under_way(context, number)
    costs = _costs(context, known.row, have, ours, found)
    return {"supplier": supplier, "at": now, "theirs": len(theirs), **found.to_document(), "costs": costs}


def _costs(
    context: Context, supplier: Supplier, have: list[StockNumber], ours: list[StockNumber], found: Drift
) -> list[Document]:
    """What is paid to the supplier a month, by currency: for all, and of it for what no company has or nobody knows."""
    known, idle = {one.number: one for one in ours}, {*found.idle, *found.unknown}
    costs: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for listed in have:
        one = valued(listed if listed.cost_cents else known.get(listed.number, listed), context.region, supplier)
        costs[one.cost_currency]["monthly_cents"] += one.cost_cents
        costs[one.cost_currency]["idle_cents"] += one.cost_cents if one.number in idle else 0
    return [{"currency": currency, **sums} for currency, sums in sorted(costs.items())]


def _arrived(context: Context, number: str) -> None:
    """The order arrived after all: it is the company's."""
    stock, box = inventory(context), Outbox(context.history.shelves, context.clock)
    found = stock.get(number)
    item = box.get(found.holder, f"buy-{found.reservation}") if found is not None and found.holder else None
    if found is None or found.holder is None or item is None or not item.ended:
        return
    with suppress(NotNow, NoSuchNumber):
        stock.step(number, Step.BOUGHT, BY)
        bind(context.config, found, found.holder, dict(item.payload["target"]))


def _unless_under_way(context: Context, number: str) -> None:
    """It did not arrive; one that is still on its way may yet."""
    stock, box = inventory(context), Outbox(context.history.shelves, context.clock)
    found = stock.get(number)
    item = box.get(found.holder, f"buy-{found.reservation}") if found is not None and found.holder else None
    if item is not None and item.ended:
        stock.step(number, Step.NOT_TO_BE_HAD, BY)


def _number(field: str, text: object) -> str:
    try:
        return e164(text if isinstance(text, str) else "")
    except Malformed as wrong:
        raise _invalid(field, "must be numbers as +12025550100") from wrong


def _invalid(field: str, detail: str) -> Problem:
    return Problem(422, "invalid_field", f"{field} {detail}.", (FieldError(f"/{field}", detail),))
