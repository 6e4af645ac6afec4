"""Background service: customers of connected shops are copied, those that changed since the last look, with what they bought.

Shopify's Admin API (GraphQL), oldest change first, page by page; how far it came is kept with the shop's sign-up after each page,
so that it goes on where it broke off. A shop that left is not asked, and its copy goes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import phonenumbers

from configdb.secrets import SealError
from history import shopper
from history.shelves import Shelves
from history.shopper import Shopper
from mgmt.limits import shopify_answer_bytes_max, shopper_pages_max, shopper_phones_max, shoppers_page
from mgmt.outbox.web import Answer, Ask, NotAllowed, Unanswered, Unsent
from mgmt.partners import shopify
from mgmt.partners.shopify import ShopifyAway
from mgmt.services.ledger import Report
from mgmt.signup.engine import Engine
from mgmt.signup.machine import LIVING, Signup
from mgmt.signup.sweep import engine_of

if TYPE_CHECKING:
    from mgmt.services.parts import Parts

period_s = 300.0
MARK = "shoppers"
QUERY = """
query ($count: Int!, $after: String, $since: String!) {
  customers(first: $count, after: $after, query: $since, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes {
      legacyResourceId displayName updatedAt numberOfOrders
      amountSpent { amount currencyCode }
      defaultEmailAddress { emailAddress }
      defaultPhoneNumber { phoneNumber }
      addresses(first: 5) { phone countryCodeV2 }
      lastOrder {
        name createdAt displayFinancialStatus displayFulfillmentStatus
        totalPriceSet { shopMoney { amount currencyCode } }
      }
    }
  }
}
"""


def run(parts: Parts) -> Report:
    """All shops that are connected. One that is away stops no other; when all are, that is a failure. Raises `ShopifyAway`."""
    engine, done, away = engine_of(parts), 0, list[str]()
    shops = [found for state in LIVING for found in engine.signups.of_state(state) if found.partner == shopify.ID]
    connected = [found for found in shops if found.token]
    for found in connected:
        try:
            done += _shop(parts, engine, found)
        except (ShopifyAway, SealError, NotAllowed, Unsent, Unanswered) as wrong:
            away.append(f"{found.account}: {wrong}")
    if away and len(away) == len(connected):
        raise ShopifyAway("; ".join(away)[:500])
    return Report(
        done, f"{done} customers of {len(connected)} shops" + (f"; away: {'; '.join(away)[:300]}" if away else "")
    )


def _shop(parts: Parts, engine: Engine, found: Signup) -> int:
    shelves, token, done = parts.history.shelves, parts.sealer.open(found.token), 0
    since = newest = found.about.get(MARK, "")
    after: str | None = None
    for _ in range(shopper_pages_max):
        nodes, after = _page(parts.web, found.account, token, since, after)
        new = [one for node in nodes if (one := read(found, node)) is not None]
        done += len(new)
        if parts.errand.dry:
            break
        shelves.write([change for one in new for change in _changes(shelves, one)])
        newest = max([newest, *(_text(node, "updatedAt") for node in nodes)])
        engine.signups.note(found.id, **{MARK: newest})
        if after is None:
            break
    return done


def _changes(shelves: Shelves, new: Shopper) -> Iterator[Any]:
    before = shopper.one(shelves, new.tenant, new.id)
    if before != new:
        yield from shopper.puts(new, before)


def _page(
    ask: Callable[[Ask], Answer], shop: str, token: str, since: str, after: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    """Those that changed at or after a moment, the oldest change first, and where the next page is.

    Raises `ShopifyAway`, what `mgmt.outbox.web` raises.
    """
    headers = {"X-Shopify-Access-Token": token, "Content-Type": "application/json", "Accept": "application/json"}
    variables = {"count": shoppers_page, "after": after, "since": f"updated_at:>='{since}'" if since else ""}
    body = json.dumps({"query": QUERY, "variables": variables}).encode()
    url = f"https://{shop}/admin/api/{shopify.VERSION}/graphql.json"
    answer = ask(Ask("POST", url, headers, body, answer_bytes_max=shopify_answer_bytes_max))
    said = shopify.answered(answer)
    if said.get("errors"):
        raise ShopifyAway(f"the shop says {str(said['errors'])[:200]}")
    customers = _table(_table(said, "data"), "customers")
    nodes, place = customers.get("nodes"), _table(customers, "pageInfo")
    if not isinstance(nodes, list):
        raise ShopifyAway("the shop answers no customers")
    more = _text(place, "endCursor") if place.get("hasNextPage") is True else ""
    return [node for node in nodes[:shoppers_page] if isinstance(node, dict)], more or None


def read(found: Signup, node: dict[str, Any]) -> Shopper | None:
    """A customer as it is kept; None without a number or a name: nobody could be told who calls."""
    id, phones = _text(node, "legacyResourceId"), list(dict.fromkeys(_phones(found.country, node)))
    name = _text(node, "displayName")
    if not id.isdigit() or not phones or not name:
        return None
    order, spent = _table(node, "lastOrder"), _table(node, "amountSpent")
    total = _table(_table(order, "totalPriceSet"), "shopMoney")
    states = (_text(order, "displayFinancialStatus"), _text(order, "displayFulfillmentStatus"))
    count = _text(node, "numberOfOrders")
    return Shopper(
        id=f"{found.account} {id}",
        tenant=found.tenant,
        shop=found.account,
        name=name,
        changed_at=_moment(_text(node, "updatedAt")) or 0.0,
        email=_text(_table(node, "defaultEmailAddress"), "emailAddress").strip().lower(),
        phones=phones[:shopper_phones_max],
        orders=int(count) if count.isdigit() and len(count) < 10 else 0,
        spent=_text(spent, "amount"),
        currency=_text(spent, "currencyCode"),
        last_order=_text(order, "name"),
        last_order_at=_moment(_text(order, "createdAt")),
        last_total=_text(total, "amount"),
        last_state=" ".join(state.lower().replace("_", " ") for state in states if state),
        url=f"https://{found.account}/admin/customers/{id}",
    )


def forget_shop(shelves: Shelves, tenant: str, shop: str) -> None:
    """The shop left: nothing of its customers stays. May be broken off and done again."""
    while gone := shopper.of_shop(shelves, tenant, shop, shoppers_page):
        shelves.write([change for one in gone for change in shopper.drops(one)])


def _phones(country: str, node: dict[str, Any]) -> Iterator[str]:
    """Numbers as E.164: the customer's own, then those of addresses, each read in its country."""
    written = [(_text(_table(node, "defaultPhoneNumber"), "phoneNumber"), country)]
    addresses = node.get("addresses")
    for one in addresses[:shopper_phones_max] if isinstance(addresses, list) else ():
        written.append((_text(one, "phone"), _text(one, "countryCodeV2") or country))
    for text, where in written:
        try:
            number = phonenumbers.parse(text[:40], where or None)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            yield phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _table(value: object, name: str) -> dict[str, Any]:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _text(value: object, name: str) -> str:
    found = value.get(name) if isinstance(value, dict) else None
    return str(found)[:200] if isinstance(found, str | int) and not isinstance(found, bool) else ""


def _moment(stamp: str) -> float | None:
    try:
        found = datetime.fromisoformat(stamp) if stamp else None
    except ValueError:
        return None
    return found.replace(tzinfo=found.tzinfo or UTC).timestamp() if found is not None else None
