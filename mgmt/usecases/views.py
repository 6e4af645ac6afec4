"""Views of screens that somebody saved under a name: a screen with its filters, as its address has them; for who saved them."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

from history.shelves import VIEWS, Drop, Put
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import FieldError, Problem, not_found
from mgmt.limits import view_query_chars_max, views_max

Document = dict[str, Any]
_screen = re.compile(r"/[a-z][a-z-]{0,40}")
_query = re.compile(rf"[A-Za-z0-9%&=+._~:,@*'()!-]{{0,{view_query_chars_max}}}")


def listed(context: Context, scope: Scope) -> list[Document]:
    """The own ones, as they were saved."""
    found = context.history.shelves.below(VIEWS, scope.tenant, _owner(scope))
    return sorted(found, key=lambda one: float(one["made_at"]))


def save(context: Context, scope: Scope, name: str, screen: str, query: str) -> Document:
    """Keep one; the same name on the same screen is replaced. Raises Problem 409 (too many), 422."""
    if not _screen.fullmatch(screen):
        raise Problem(
            422, "invalid_field", "screen must be a path like /calls.", (FieldError("/screen", "is no path"),)
        )
    if not _query.fullmatch(query):
        detail = f"must be a query of at most {view_query_chars_max} characters"
        raise Problem(422, "invalid_field", f"query {detail}.", (FieldError("/query", detail),))
    mine = listed(context, scope)
    before = next((one for one in mine if (one["name"], one["screen"]) == (name, screen)), None)
    if before is None and len(mine) >= views_max:
        raise Problem(409, "too_many_views", f"There are {views_max} saved views already: remove one first.")
    id = before["id"] if before is not None else uuid4().hex[:16]
    made_at = before["made_at"] if before is not None else context.clock()
    view = {"id": id, "name": name, "screen": screen, "query": query, "made_at": made_at}
    context.history.shelves.write([Put(VIEWS, scope.tenant, _owner(scope) + id, view)])
    return view


def forget(context: Context, scope: Scope, id: str) -> None:
    """Remove one. Raises Problem 404."""
    if all(one["id"] != id for one in listed(context, scope)):
        raise not_found("saved view")
    context.history.shelves.write([Drop(VIEWS, scope.tenant, _owner(scope) + id)])


def _owner(scope: Scope) -> str:
    """What the ids of somebody's views begin with; a program's key has its own, and so has who comes from another company."""
    who = scope.identity
    if who.key is not None:
        return f"key:{who.key.id}/" if who.tenant == scope.tenant else f"key:{who.tenant}/{who.key.id}/"
    if who.user is None:
        return "operator/"
    return f"user:{who.user.id}/" if who.tenant == scope.tenant else f"user:{who.tenant}/{who.user.id}/"
