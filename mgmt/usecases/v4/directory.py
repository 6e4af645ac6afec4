"""Numbers, people and lists of callers, as v4 names them."""

from __future__ import annotations

from typing import Any

from configdb.log import Change
from configdb.model import User
from configdb.personal import PATTERNS_MAX
from mgmt.access.auth import Identity
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import Problem, not_found
from mgmt.usecases.config import validated
from mgmt.usecases.rules import check_change

Document = dict[str, Any]
STATUSES = {"available": False, "dnd": True, "donotdisturb": True}


def numbers(scope: Scope, part: str = "") -> Document:
    """The company's numbers, those that have `part` in them. Raises Problem 404 when a part was given and none has it."""
    digits = part.lstrip("+")
    found = [number for number in scope.view.numbers.values() if digits in number.id]
    if part and not found:
        raise not_found("phone number")
    rows = [{"objectId": one.id, "number": one.id, "name": one.label, "isEnabled": True} for one in found]
    return {"isSuccess": True, "data": {"phoneNumbers": rows}}


def team(scope: Scope) -> Document:
    """People and groups."""
    view = scope.view
    groups = [{"id": one.id, "name": one.name, "members": list(one.members)} for one in view.groups.values()]
    return {"isSuccess": True, "data": {"members": [_person(one) for one in view.users.values()], "groups": groups}}


def profile(who: Identity, scope: Scope, extension: str | None) -> Document:
    """One person: by extension, or the one the token is for. Raises Problem 404."""
    if extension is None:
        return _person(_me(who))
    found = next((user for user in scope.view.users.values() if user.extension == extension), None)
    if found is None:
        raise not_found("profile")
    return _person(found)


def status(who: Identity) -> Document:
    """Whether they want calls now."""
    return {"status": "dnd" if _me(who).dnd else "available"}


def room(scope: Scope) -> Document:
    """How many more callers may be blocked."""
    return {"availableNumbers": PATTERNS_MAX - len(scope.view.tenant.blocked)}


def vip_room(who: Identity) -> Document:
    """How many more callers may always ring this person."""
    return {"availableNumbers": PATTERNS_MAX - len(_me(who).vips)}


def block(context: Context, scope: Scope, number: object, on: bool) -> Document:
    """Block a caller, or no longer. Raises Problem 403, 422."""
    if not isinstance(number, str):
        raise Problem(422, "invalid_phoneNumber", "phoneNumber must be a number.")
    document = scope.view.tenant.model_dump(mode="json")
    had = [each for each in document["blocked"] if each != number]
    after = validated("tenant", {**document, "blocked": [*had, number] if on else had})
    check_change(scope, "tenant", scope.tenant, document, after)
    reason = f"{number} {'blocked' if on else 'no longer blocked'}"
    context.config.transact(scope.tenant, [Change("tenant", scope.tenant, after)], scope.identity.actor, reason[:200])
    return {"isSuccess": True, "availableNumbers": PATTERNS_MAX - len(after["blocked"])}


def _me(who: Identity) -> User:
    if who.user is None:
        raise Problem(409, "nobody", "This token is for no person: ask for one with an extension as client_secret.")
    return who.user


def _person(user: User) -> Document:
    first, _, last = user.name.partition(" ")
    return {
        "id": user.id,
        "name": user.name,
        "firstName": first,
        "lastName": last,
        "displayName": user.name,
        "extension": user.extension,
        "email": user.email,
        "role": user.role,
        "status": "dnd" if user.dnd else "available",
    }
