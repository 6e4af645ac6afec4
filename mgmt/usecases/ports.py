"""Numbers that come from other carriers: asked for by a company with its bill, walked by the operator."""

from __future__ import annotations

import re
from datetime import date
from secrets import token_hex
from typing import Any

from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import FieldError, Problem, not_found
from mgmt.limits import port_bill_bytes_max, port_numbers_max, port_pin_chars_max, port_text_chars_max
from mgmt.market.porting import STATES, NotNow, Port, Step
from mgmt.market.ports import NoSuchPort, Ports, type_of
from mgmt.sms.wire import Malformed, e164
from mgmt.usecases.market import target_of

Document = dict[str, Any]
TEXTS = ("carrier", "account", "name", "street", "place")
BY_COMPANY = (Step.SUBMIT, Step.CANCEL)
BY_OPERATOR = (Step.ACCEPT, Step.REJECT, Step.PORTED, Step.CANCEL)
_pin = re.compile(rf"[ -~]{{0,{port_pin_chars_max}}}")


def ports(context: Context) -> Ports:
    """Of this region."""
    return Ports(context.history.shelves, context.config, context.clock, context.teller.told)


def listed(context: Context, scope: Scope) -> Document:
    """Those of the company."""
    return {"data": [shown(one) for one in ports(context).of(scope.tenant)]}


def shown(found: Port) -> Document:
    """As its company sees it: the PIN is never shown again."""
    return {**found.to_document(), "pin": None, "has_pin": bool(found.pin)}


def one(context: Context, scope: Scope, id: str) -> Document:
    """Raises Problem 404."""
    return shown(_found(context, scope.tenant, id))


def _found(context: Context, tenant: str, id: str) -> Port:
    try:
        return ports(context).get(tenant, id)
    except NoSuchPort as wrong:
        raise not_found("port-in") from wrong


def make(context: Context, scope: Scope, body: Document) -> Document:
    """A draft. Raises Problem 409 (somebody has or brings the number), 422."""
    given, now = _given(context, scope, body), context.clock()
    made = Port(id=token_hex(8), tenant=scope.tenant, made_at=now, changed_at=now, **given)
    taken = next((number for number in made.numbers if ports(context).claimed(number)), None)
    if taken is not None:
        raise Problem(409, "taken", f"{taken} is here already, or on its way.")
    return shown(ports(context).make(made))


def fix(context: Context, scope: Scope, id: str, body: Document) -> Document:
    """Other words in a draft or one that was rejected; its numbers stay. Raises Problem 404, 409, 422."""
    before = _found(context, scope.tenant, id)
    given = _given(context, scope, {"numbers": before.numbers, "target": before.target, **body})
    if given["numbers"] != before.numbers:
        raise _invalid("numbers", "stay those that were asked for; cancel this one and make another")
    if "pin" not in body:
        given["pin"] = before.pin
    return _walked(context, scope.tenant, id, Step.FIX, scope.identity.actor, **given)


def _given(context: Context, scope: Scope, body: Document) -> Document:
    numbers, pin = body.get("numbers"), body.get("pin", "")
    if not isinstance(numbers, list) or not 0 < len(numbers) <= port_numbers_max:
        raise _invalid("numbers", f"must be a list of 1 to {port_numbers_max} numbers")
    found: Document = {"numbers": list(dict.fromkeys(_number(one) for one in numbers))}
    for name in TEXTS:
        value = body.get(name)
        text = " ".join(value.split()) if isinstance(value, str) else ""
        if not 0 < len(text) <= port_text_chars_max or not text.isprintable():
            raise _invalid(name, f"must be a text of 1 to {port_text_chars_max} characters")
        found[name] = text
    if not isinstance(pin, str) or _pin.fullmatch(pin) is None:
        raise _invalid("pin", f"must be a text of at most {port_pin_chars_max} characters")
    found["pin"] = context.sealer.seal(pin) if pin else ""
    found["wanted_on"] = _day("wanted_on", body["wanted_on"]) if body.get("wanted_on") is not None else None
    found["target"] = target_of(scope, body.get("target"))
    return found


def give(context: Context, scope: Scope, id: str, data: bytes) -> Document:
    """The bill of the carrier that has the numbers now: PDF, PNG or JPEG. Raises Problem 404, 409, 413, 415."""
    _found(context, scope.tenant, id)
    if len(data) > port_bill_bytes_max:
        raise Problem(413, "too_large", f"A bill has at most {port_bill_bytes_max} bytes.")
    type = type_of(data)
    if type is None:
        raise Problem(415, "not_a_paper", "A bill is a PDF, PNG or JPEG file.")
    try:
        return shown(ports(context).give(scope.tenant, id, "bill", type, data, scope.identity.actor))
    except NotNow as wrong:
        raise _not_now(wrong) from wrong


def by_company(context: Context, scope: Scope, id: str, step: object) -> Document:
    """`submit` or `cancel`. Raises Problem 404, 409, 422."""
    _found(context, scope.tenant, id)
    return _walked(context, scope.tenant, id, _step(step, BY_COMPANY), scope.identity.actor)


# -- for operators -------------------------------------------------------------------------------------------------


def everywhere(context: Context, state: str | None) -> Document:
    """Those of all companies, the one that changed last first. Raises Problem 400."""
    if state is not None and state not in STATES:
        raise Problem(400, "invalid_state", f"state must be of {', '.join(STATES)}.")
    found = sorted(ports(context).everywhere(state), key=lambda port: -port.changed_at)
    return {"data": [shown(port) for port in found]}


def opened(context: Context, tenant: str, id: str) -> Document:
    """One with its PIN, for who hands it on. Raises Problem 404."""
    found = _found(context, tenant, id)
    return {**found.to_document(), "pin": context.sealer.open(found.pin) if found.pin else ""}


def bill(context: Context, tenant: str, id: str) -> tuple[str, bytes]:
    """Its type and its bytes. Raises Problem 404."""
    _found(context, tenant, id)
    paper = ports(context).paper(tenant, id)
    if paper is None:
        raise not_found("bill")
    return paper


def by_operator(context: Context, tenant: str, id: str, body: Document, by: str) -> Document:
    """`accept` with `foc_on`, `reject` with `said`, `ported`, `cancel`. Raises Problem 404, 409, 422; `Refused` of the log."""
    _found(context, tenant, id)
    step, said = _step(body.get("step"), BY_OPERATOR), body.get("said", "")
    if not isinstance(said, str) or len(said) > port_text_chars_max or (step is Step.REJECT and not said):
        raise _invalid("said", f"must say why, in at most {port_text_chars_max} characters")
    others: Document = {"said": said}
    if step is Step.ACCEPT:
        others["foc_on"] = _day("foc_on", body.get("foc_on"))
    return _walked(context, tenant, id, step, by, **others)


def _walked(context: Context, tenant: str, id: str, step: Step, by: str, **others: Any) -> Document:
    _found(context, tenant, id)
    try:
        return shown(ports(context).walk(tenant, id, step, by, **others))
    except NotNow as wrong:
        raise _not_now(wrong) from wrong


def _step(step: object, among: tuple[Step, ...]) -> Step:
    found = next((one for one in among if one.value == step), None)
    if found is None:
        raise _invalid("step", f"must be of {', '.join(one.value for one in among)}")
    return found


def _day(name: str, text: object) -> str:
    try:
        return date.fromisoformat(text if isinstance(text, str) else "").isoformat()
    except ValueError as wrong:
        raise _invalid(name, "must be a day as 2026-12-01") from wrong


def _number(text: object) -> str:
    try:
        return e164(text if isinstance(text, str) else "")
    except Malformed as wrong:
        raise _invalid("numbers", "must be numbers as +12025550100") from wrong


def _not_now(wrong: NotNow) -> Problem:
    return Problem(409, "not_now", f"This is not possible now: {wrong}.")


def _invalid(field: str, detail: str) -> Problem:
    return Problem(422, "invalid_field", f"{field} {detail}.", (FieldError(f"/{field}", detail),))
