"""Numbers for a company to choose, reserve, order and release: our own stock first, then what suppliers have."""

from __future__ import annotations

import hmac
from typing import Any

from configdb.texting import Supplier
from mgmt.access.scope import Scope
from mgmt.billing.plans import plan_of
from mgmt.context import Context
from mgmt.http.errors import FieldError, Problem, not_found
from mgmt.market import letters, trial
from mgmt.market.inventory import Inventory, NoSuchNumber, TooManyReservations, Wanted
from mgmt.market.ordering import Ordering
from mgmt.market.paper import needed
from mgmt.market.papers import Papers
from mgmt.market.rates import HAD, price_in, valued
from mgmt.market.stock import ASSIGNED, PORTING_OUT, NotNow, Step, StockNumber
from mgmt.market.vitelity import TOLL_FREE
from mgmt.market.wires import SELLERS
from mgmt.outbox.box import Outbox
from mgmt.outbox.web import NotAllowed, Unanswered, Unsent
from mgmt.sms.sending import known_supplier
from mgmt.sms.wire import Malformed, e164

Document = dict[str, Any]
KINDS = ("local", "tollfree", "mobile")
_shown = ("number", "country", "kind", "area", "place", "sms", "price_cents", "setup_price_cents")


def inventory(context: Context) -> Inventory:
    """The stock of the region."""
    return Inventory(context.history.shelves, context.clock)


def search(context: Context, given: Document, limit: int, country: str, scope: Scope | None = None) -> Document:
    """Free numbers that fit, of `country` if none is named, with what the company would pay for one beside its plan.

    `incomplete`: suppliers that did not answer. Raises Problem 400.
    """
    wanted = _wanted(given, country)
    found = {one.number: one for one in inventory(context).search(wanted, limit)}
    silent: list[str] = []
    for id in _sellers(context):
        if len(found) >= limit:
            break
        theirs = _of_supplier(context, id, wanted)
        if theirs is None:
            silent.append(id)
        for one in theirs or ():
            if wanted.fits(one) and len(found) < limit:
                found.setdefault(one.number, one)
    rules = context.region.papers
    data = [
        {**_price(context, scope, one), "papers": list(needed(rules, one.country, one.kind))} for one in found.values()
    ]
    return {"data": data, "incomplete": silent}


def _price(context: Context, scope: Scope | None, found: StockNumber) -> Document:
    """As it is shown; what the plan holds costs nothing more."""
    shown = {name: getattr(found, name) for name in _shown} | {"currency": found.currency or context.region.currency}
    plan = plan_of(context.config.directory, scope.view.tenant) if scope is not None else None
    if scope is None or plan is None:
        return shown
    has = sum(one.state in HAD for one in inventory(context).held(scope.tenant))
    free = plan.numbers_included is None or has < plan.numbers_included
    price = None if free else price_in(found, context.region, plan.currency)
    cents = {"price_cents": price.monthly_cents, "setup_price_cents": price.setup_cents} if price is not None else {}
    return {**shown, "price_cents": 0, "setup_price_cents": 0, **cents, "currency": plan.currency}


def _wanted(given: Document, usual: str) -> Wanted:
    contains = letters.digits(str(given.get("contains") or ""))
    kind, area, country = given.get("type") or None, given.get("npa") or None, str(given.get("country") or usual)
    if contains is None or len(contains) > 15:
        raise Problem(400, "invalid_contains", "contains must be letters and digits.")
    if kind not in (None, *KINDS):
        raise Problem(400, "invalid_type", f"type must be of {', '.join(KINDS)}.")
    if area is not None and not (area.isascii() and area.isdigit() and len(area) <= 6):
        raise Problem(400, "invalid_npa", "npa must be an area code.")
    return Wanted(country, kind, area, contains, bool(given.get("sms")))


def _sellers(context: Context) -> list[str]:
    rows = context.config.directory.system.get("supplier", {})
    kinds = context.region.suppliers
    return sorted(
        id for id, row in rows.items() if isinstance(row, Supplier) and row.sells_numbers and row.kind in kinds
    )


def _of_supplier(context: Context, id: str, wanted: Wanted) -> list[StockNumber] | None:
    """What a supplier has; None when it does not answer."""
    known = known_supplier(context.config.directory, context.sealer, id)
    seller = SELLERS.get(known.row.kind) if known is not None else None
    if known is None or seller is None:
        return []
    try:
        found = seller.search(known, wanted, context.web, context.clock())
        return [valued(one, context.region, known.row) for one in found] if found is not None else None
    except (NotAllowed, Unsent, Unanswered):
        return None


def reserve(context: Context, scope: Scope, number: str) -> Document:
    """For a quarter of an hour; of many who want it, one gets it. Raises Problem 404, 409, 422, 429."""
    number, stock = _number(number), inventory(context)
    known(context, number)
    try:
        found = stock.reserve(number, scope.tenant, scope.identity.actor)
    except NotNow as taken:
        raise Problem(409, "taken", "Somebody has this number.") from taken
    except NoSuchNumber as wrong:
        raise not_found("number") from wrong
    except TooManyReservations as wrong:
        raise Problem(429, "too_many_reservations", "First order or cancel what you have reserved.") from wrong
    return {"reservation": found.reservation, "number": found.number, "expires_at": found.until}


def known(context: Context, number: str) -> None:
    """The stock has it, or has it of its supplier from now on. Raises Problem 404."""
    if inventory(context).get(number) is None:
        inventory(context).add([_from_supplier(context, number)])


def _from_supplier(context: Context, number: str) -> StockNumber:
    """A number that only a supplier has. Raises Problem 404."""
    area = number.removeprefix("+1")[:3]
    kind = "tollfree" if area in TOLL_FREE else "local"
    wanted = Wanted(kind=kind, area=area)
    for id in _sellers(context):
        for one in _of_supplier(context, id, wanted) or ():
            if one.number == number:
                return one
    raise not_found("number")


def cancel(context: Context, scope: Scope, reservation: str) -> None:
    """Let it go. Raises Problem 404, 409."""
    stock = inventory(context)
    try:
        found = stock.reserved(reservation, scope.tenant)
        stock.step(found.number, Step.CANCEL, scope.identity.actor, holder=scope.tenant)
    except NoSuchNumber as wrong:
        raise not_found("reservation") from wrong
    except NotNow as wrong:
        raise Problem(409, "ordered", "This number was ordered already.") from wrong


def order(context: Context, scope: Scope, reservation: str, target: object) -> tuple[Document, bool]:
    """Make a reserved number the company's; whether it is already. Raises Problem 404, 409, 422; `Refused` of the log."""
    to = target_of(scope, target)
    try:
        found = _ordering(context).order(reservation, scope.tenant, scope.identity.actor, to)
    except NoSuchNumber as wrong:
        raise not_found("reservation") from wrong
    except NotNow as wrong:
        raise Problem(409, "expired", "This reservation ran out. Reserve the number again.") from wrong
    return own(found), found.state == ASSIGNED


def _ordering(context: Context) -> Ordering:
    outbox = Outbox(context.history.shelves, context.clock)
    return Ordering(inventory(context), outbox, context.config, papers(context))


def papers(context: Context) -> Papers:
    """What is shown for numbers of this region."""
    return Papers(context.history.shelves, context.region.papers, context.clock)


def target_of(scope: Scope, given: object) -> dict[str, str]:
    """Where calls to a new number go: what was said, else the first flow."""
    if given is None:
        first = next(iter(sorted(scope.view.flows)), None)
        if first is None:
            raise _invalid("target", "is needed: there is no call flow yet")
        return {"kind": "flow", "id": first}
    if not (
        isinstance(given, dict) and set(given) == {"kind", "id"} and all(isinstance(v, str) for v in given.values())
    ):
        raise _invalid("target", "must be an object of kind and id")
    return given


def owned(context: Context, scope: Scope) -> Document:
    """What the company reserved, ordered and has, with what came of the node's own call to each."""
    outbox, found = Outbox(context.history.shelves, context.clock), list[Document]()
    for one in inventory(context).held(scope.tenant):
        state, said = trial.result(outbox, one)
        found.append({**_leaving(context, one), "trial": {"state": state, "said": said}})
    for one in inventory(context).given_up(scope.tenant):
        until = one.back_until(scope.tenant) or 0.0
        if until >= context.clock():
            found.append({**_leaving(context, one), "expires_at": until, "trial": {"state": "none", "said": ""}})
    return {"data": found}


def own(found: StockNumber) -> Document:
    """A number as its company sees it."""
    return {
        **{name: getattr(found, name) for name in _shown},
        "state": found.state,
        "reservation": found.reservation,
        "expires_at": found.until,
    }


def release(context: Context, scope: Scope, number: str) -> Document:
    """Give it up. Raises Problem 404, 409; `Refused` of the log."""
    try:
        return own(_ordering(context).release(_number(number), scope.tenant, scope.identity.actor))
    except NoSuchNumber as wrong:
        raise not_found("number") from wrong
    except NotNow as wrong:
        raise Problem(409, "not_now", f"This is not possible now: {wrong}.") from wrong


def leave(context: Context, scope: Scope, number: str) -> Document:
    """It goes to another carrier, which asks for account and PIN; until it is gone it works. Raises Problem 403, 404, 409."""
    return _own_step(context, scope, number, Step.PORT_OUT)


def stay(context: Context, scope: Scope, number: str) -> Document:
    """It stays after all. Raises Problem 403, 404, 409."""
    return _own_step(context, scope, number, Step.STAYS)


def _own_step(context: Context, scope: Scope, number: str, step: Step) -> Document:
    scope.require_owner()
    wanted, stock = _number(number), inventory(context)
    found = stock.get(wanted)
    if found is None or found.holder != scope.tenant:
        raise not_found("number")
    try:
        return _leaving(context, stock.step(wanted, step, scope.identity.actor))
    except NotNow as wrong:
        raise Problem(409, "not_now", f"This is not possible now: {wrong}.") from wrong


def _leaving(context: Context, found: StockNumber) -> Document:
    """A number as its company sees it, with what its new carrier asks for."""
    leaves = found.state == PORTING_OUT
    return {**own(found), "account": found.holder if leaves else None, "pin": pin(context, found) if leaves else None}


def pin(context: Context, found: StockNumber) -> str:
    """What proves to us that the company itself lets the number go: told to the new carrier, which tells it us."""
    key = context.sealer.key_for("numbers that leave")
    said = hmac.digest(key, f"{found.holder} {found.number}".encode(), "sha256")
    return f"{int.from_bytes(said[:8]) % 10**8:08d}"


def take_back(context: Context, scope: Scope, number: str) -> Document:
    """Have it again, within a day after it was given up. Raises Problem 404, 409; `Refused` of the log."""
    try:
        return own(_ordering(context).take_back(_number(number), scope.tenant, scope.identity.actor))
    except NoSuchNumber as wrong:
        raise not_found("number") from wrong
    except NotNow as wrong:
        raise Problem(409, "too_late", "A number can be taken back for a day after it was given up.") from wrong


def _number(text: object) -> str:
    try:
        return e164(text if isinstance(text, str) else "")
    except Malformed as wrong:
        raise _invalid("number", "must be a number as +12025550100") from wrong


def _invalid(field: str, detail: str) -> Problem:
    return Problem(422, "invalid_field", f"{field} {detail}.", (FieldError(f"/{field}", detail),))
