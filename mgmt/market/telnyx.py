"""Telnyx's numbers API v2: search, order, give back, what we have there.

`GET /available_phone_numbers?filter[...]`, `POST /number_orders`, `GET /phone_numbers`, `DELETE /phone_numbers/ID`. A number that
is given back is looked up first: it goes by its id. An order that is `pending` was taken; what became of it is reconciled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from configdb.texting import Supplier
from mgmt.market.inventory import Wanted
from mgmt.market.listing import CALLER_NAME
from mgmt.market.stock import StockNumber
from mgmt.outbox.item import Failed, Lost, Outcome, Refused, Sent
from mgmt.outbox.web import Answer, Ask
from mgmt.sms.suppliers import json
from mgmt.sms.wire import Known, Malformed, by_status, e164

URL = "https://api.telnyx.com"
PAGE, PAGES_MAX = 100, 20
KINDS = {"local": "local", "toll_free": "tollfree", "mobile": "mobile"}
TYPES = {ours: theirs for theirs, ours in KINDS.items()}
Web = Callable[[Ask], Answer]


def search(known: Known, wanted: Wanted, web: Web, now: float) -> list[StockNumber] | None:
    """What it has; None: it does not say. Raises what `Web` raises."""
    asked = {
        "filter[country_code]": wanted.country,
        "filter[phone_number_type]": TYPES[wanted.kind or "local"],
        "filter[limit]": str(PAGE),
    }
    if wanted.area:
        asked["filter[national_destination_code]"] = wanted.area[:3]
    if wanted.sms:
        asked["filter[features]"] = "sms"
    rows = _rows(web(_ask(known, "GET", f"/available_phone_numbers?{urlencode(asked)}")))
    return None if rows is None else list(_numbers(known.row, rows, wanted, now))


def buy(known: Known, number: str, web: Web) -> Outcome:
    """Order one, routed to us. Raises what `Web` raises."""
    body: dict[str, Any] = {"phone_numbers": [{"phone_number": number}], "customer_reference": known.row.id}
    if known.row.route:
        body["connection_id"] = known.row.route
    answer = web(_ask(known, "POST", "/number_orders", body))
    if answer.status not in (200, 201):
        return by_status(answer, _error(answer))
    try:
        data = json.table(json.read(answer.body), "data")
        id, status = json.text(data, "id", "", 100), json.text(data, "status", chars_max=40)
    except Malformed:
        return Lost("an answer that says nothing")
    if status in ("success", "pending"):
        return Sent(id or None, status)
    return Refused(f"the order is {status}") if status == "failure" else Lost(f"the order is {status}")


def give_back(known: Known, number: str, web: Web) -> Outcome:
    """We do not want it any longer. Raises what `Web` raises."""
    id = _id_of(known, number, web)
    if isinstance(id, Refused):
        return Sent(said="it was not there any longer")
    if not isinstance(id, str):
        return id
    answer = web(_ask(known, "DELETE", f"/phone_numbers/{quote(id, safe='')}"))
    return Sent() if answer.status in (200, 204, 404) else by_status(answer, _error(answer))


def _id_of(known: Known, number: str, web: Web) -> str | Refused | Failed | Lost:
    """What it calls a number of ours; `Refused`: it has none."""
    answer = web(_ask(known, "GET", f"/phone_numbers?{urlencode({'filter[phone_number]': number})}"))
    rows = _rows(answer)
    if rows is None:
        return by_status(answer, _error(answer)) if answer.status >= 400 else Lost("an answer that says nothing")
    id = next((one.get("id") for one in rows if isinstance(one, dict) and one.get("phone_number") == number), None)
    return id if isinstance(id, str) else Refused("the supplier does not have this number for us")


def tell(known: Known, number: str, what: str, words: dict[str, str], web: Web) -> Outcome:
    """The emergency address of a number, or the name it shows (CNAM), empty: neither. Raises what `Web` raises."""
    found = _id_of(known, number, web)
    if not isinstance(found, str):
        return found
    path = f"/phone_numbers/{quote(found, safe='')}"
    if what == CALLER_NAME:
        name = {"cnam_listing_enabled": bool(words), "cnam_listing_details": words.get("name", "")}
        answer = web(_ask(known, "PATCH", f"{path}/voice", {"cnam_listing": name}))
        return Sent() if answer.status == 200 else by_status(answer, _error(answer))
    body: dict[str, Any] = {"emergency_enabled": bool(words)}
    if words:
        answer = web(_ask(known, "POST", "/addresses", _address(known, words)))
        if answer.status not in (200, 201):
            return by_status(answer, _error(answer))
        try:
            body["emergency_address_id"] = json.text(json.table(json.read(answer.body), "data"), "id", chars_max=100)
        except Malformed:
            return Lost("an answer that says nothing")
    answer = web(_ask(known, "POST", f"{path}/actions/enable_emergency", body))
    return Sent() if answer.status in (200, 202) else by_status(answer, _error(answer))


def _address(known: Known, words: dict[str, str]) -> dict[str, Any]:
    unit = ", ".join(part for name in ("place", "floor", "room") if (part := words.get(name)))
    return {
        "business_name": words["name"],
        "street_address": " ".join(part for name in ("house", "street") if (part := words.get(name))),
        "extended_address": unit,
        "locality": words["city"],
        "administrative_area": words.get("state", ""),
        "postal_code": words.get("postal_code", ""),
        "country_code": words["country"],
        "address_book": False,
        "customer_reference": known.row.id,
    }


def ours(known: Known, web: Web, now: float) -> list[StockNumber] | None:
    """What we have there, all pages of it; None: it does not say. Raises what `Web` raises."""
    found: list[StockNumber] = []
    for page in range(1, PAGES_MAX + 1):
        asked = urlencode({"page[number]": str(page), "page[size]": str(PAGE)})
        rows = _rows(web(_ask(known, "GET", f"/phone_numbers?{asked}")))
        if rows is None:
            return None
        found += _numbers(known.row, rows, None, now)
        if len(rows) < PAGE:
            return found
    return None  # more than we can compare: to compare a part would tell lies


def _ask(known: Known, method: str, path: str, body: dict[str, Any] | None = None) -> Ask:
    headers = {"Authorization": f"Bearer {known.password}", "Accept": "application/json"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    url = f"{known.row.numbers_url or URL}/v2{path}"
    return Ask(method, url, headers, orjson.dumps(body) if body is not None else None)


def _rows(answer: Answer) -> list[Any] | None:
    if answer.status != 200:
        return None
    try:
        found = json.read(answer.body)
        return json.items(found, "data") if isinstance(found, dict) and "data" in found else None
    except Malformed:
        return None


def _numbers(row: Supplier, rows: list[Any], wanted: Wanted | None, now: float) -> Iterator[StockNumber]:
    for one in rows:
        try:
            number = e164(json.text(one, "phone_number", chars_max=20))
            regions = {
                json.text(each, "region_type", ""): json.text(each, "region_name", "")
                for each in json.items(one, "region_information")
            }
            features = {json.text(each, "name", "") for each in json.items(one, "features")}
            kind = KINDS.get(json.text(one, "phone_number_type", ""), wanted.kind if wanted is not None else None)
            cost = one.get("cost_information") or {}
            cents = _cents(json.text(cost, "monthly_cost", "", 20)) if isinstance(cost, dict) else 0
        except Malformed:
            continue
        place = ", ".join(regions[name][:40] for name in ("rate_center", "state") if regions.get(name))
        country = wanted.country if wanted is not None else "US" if number.startswith("+1") else ""
        area = number[2:5] if number.startswith("+1") else ""
        sms = "sms" in features
        yield StockNumber(
            number, country, kind or "local", row.id, now, area=area, place=place, sms=sms, cost_cents=cents
        )


def _cents(text: str) -> int:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return 0
    return int(amount * 100) if amount.is_finite() and 0 <= amount < 100_000 else 0


def _error(answer: Answer) -> str:
    try:
        first = json.first(json.read(answer.body), "errors")
        return f"{json.text(first, 'code', '', 20)} {json.text(first, 'title', '', 120)}".strip()
    except Malformed:
        return ""
