"""Vitelity's numbers API: `cmd=` in a form, XML back: `<content><status>, <numbers><did>`, a did as text or with children.

An answer is read by expressions in linear time, not by an XML parser: it is a few flat tags, and a parser of a stranger's XML is
a way in (entities). What it does not say clearly is `Lost`: whether we own the number now, the reconciliation finds out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

from configdb.texting import Supplier
from mgmt.market.listing import CALLER_NAME
from mgmt.market.stock import StockNumber
from mgmt.outbox.item import Lost, Outcome, Refused, Sent
from mgmt.outbox.web import Answer, Ask
from mgmt.sms.suppliers.vitelity import FORM, national
from mgmt.sms.wire import Known, by_status

URL = "https://api.vitelity.net/api.php"
NUMBERS_MAX = 500
UNITS = {"room": "RM", "floor": "FL"}
TOLL_FREE = ("800", "833", "844", "855", "866", "877", "888")
_did = re.compile(r"<did>([^<]{0,40})</did>|<did>((?:\s*<[a-z_]{1,30}>[^<]{0,80}</[a-z_]{1,30}>){1,20})\s*</did>")
_child = re.compile(r"<([a-z_]{1,30})>([^<]{0,80})</[a-z_]{1,30}>")
_status = re.compile(r"<status>\s*([A-Za-z]{1,20})\s*</status>")
_error = re.compile(r"<(?:error|response)>\s*([^<]{1,120}?)\s*</(?:error|response)>")


def search(known: Known, kind: str, area: str) -> Ask:
    """What it has: by area code, or by its first six digits; toll-free ones."""
    if kind == "tollfree":
        return _ask(known, cmd="listtollfree")
    if len(area) > 3:
        return _ask(known, cmd="listnpanxx", npanxx=area[:6], withrates="yes")
    return _ask(known, cmd="listnpa", npa=area, withrates="yes")


def buy(known: Known, number: str) -> Ask:
    """Order one, routed to us."""
    cmd = "gettollfree" if national(number)[:3] in TOLL_FREE else "getlocaldid"
    return _ask(known, cmd=cmd, did=national(number), routesip=known.row.route)


def give_back(known: Known, number: str) -> Ask:
    """We do not want it any longer."""
    return _ask(known, cmd="removedid", did=national(number))


def ours(known: Known) -> Ask:
    """What we have there."""
    return _ask(known, cmd="listdids")


def tell(known: Known, number: str, what: str, words: dict[str, str]) -> Ask | None:
    """The emergency address of a number (`e911send`, none: `e911delete`), or the name it shows (`lidb`); None: no way."""
    did = national(number)
    if what == CALLER_NAME:
        return _ask(known, cmd="lidb", did=did, name=words["name"]) if words else None
    if not words:
        return _ask(known, cmd="e911delete", did=did)
    street = " ".join(part for name in ("house", "street") if (part := words.get(name)))
    unit = next(((type, words[name]) for name, type in UNITS.items() if words.get(name)), None)
    more = {"unittype": unit[0], "unitnumber": unit[1]} if unit is not None else {}
    place = {"city": words["city"], "state": words.get("state", ""), "zip": words.get("postal_code", "")}
    return _ask(known, cmd="e911send", did=did, name=words["name"], address=street, **place, **more)


def _ask(known: Known, **fields: str) -> Ask:
    form = {"login": known.row.account, "pass": known.password, **fields, "xml": "yes"}
    return Ask("POST", known.row.numbers_url or URL, FORM, urlencode(form).encode())


def outcome(answer: Answer) -> Outcome:
    """What the answer to an order means."""
    if answer.status != 200:
        return by_status(answer, "")
    text = answer.body.decode("utf-8", "replace")
    status, error = _status.search(text), _error.search(text)
    if status is not None and status[1].lower() == "ok":
        return Sent()
    if status is not None and status[1].lower() == "fail":
        return Refused(error[1] if error else "fail")
    return Lost("an answer that says nothing")


def listed(row: Supplier, answer: Answer, now: float) -> list[StockNumber]:
    """The numbers of a list; none when it says that there are none, or says nothing that we know."""
    text = answer.body.decode("utf-8", "replace") if answer.status == 200 else ""
    return list(_listed(row, text, now))


def _listed(row: Supplier, text: str, now: float) -> Iterator[StockNumber]:
    for count, found in enumerate(_did.finditer(text)):
        if count >= NUMBERS_MAX:
            return
        children = dict(_child.findall(found[2] or ""))
        digits = re.sub(r"\D", "", found[1] or children.get("number") or children.get("did") or "")
        if len(digits) == 11 and digits.startswith("1"):
            digits = digits[1:]
        if len(digits) != 10:
            continue
        yield StockNumber(
            number=f"+1{digits}",
            country="US",
            kind="tollfree" if digits[:3] in TOLL_FREE else "local",
            supplier=row.id,
            changed_at=now,
            area=digits[:3],
            place=", ".join(part for name in ("ratecenter", "state") if (part := children.get(name, "").strip())),
            sms=children.get("sms", "").lower() in ("yes", "1", "true"),
            cost_cents=_cents(children.get("rate_per_month") or children.get("did_rate") or ""),
        )


def _cents(text: str) -> int:
    found = re.fullmatch(r"\s*\$?(\d{1,5})(?:\.(\d{1,2})\d{0,4})?\s*", text)
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0")) if found else 0
