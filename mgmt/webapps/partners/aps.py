"""Web app APS API: the resources `tenant` and `user` of a hoster's controller, signed by OAuth 1.0a; see docs/apps/aps.md."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.wrappers import Response as BaseResponse

from mgmt.http import door
from mgmt.http.described import OBJECT, TEXT, described
from mgmt.usecases import partners_aps as aps
from mgmt.webapps.partners.pages import go_on

blueprint = Blueprint("aps", __name__)
logins = Blueprint("aps_logins", __name__)


@blueprint.before_request
def enter() -> None:
    """Nothing is done before the signature holds."""
    url = door.base() + request.full_path.rstrip("?")
    kind, said = request.headers.get("Content-Type", ""), request.headers.get("Authorization", "")
    g.front = aps.admitted(door.context(), request.method, url, said, kind, request.get_data(cache=True))


@blueprint.after_request
def echo(response: Response) -> Response:
    """The transaction is told back."""
    transaction = request.headers.get("APS-Transaction-ID", "")
    if transaction.isascii() and transaction.isprintable() and 0 < len(transaction) < 100:
        response.headers["APS-Transaction-ID"] = transaction
    return response


@blueprint.get("/")
@described(answer=OBJECT)
def root() -> dict[str, Any]:
    """The application is there."""
    return {"application": "softswitch", "types": ["app", "tenant", "user"]}


@blueprint.post("/app")
@described(body=OBJECT, answer=OBJECT, statuses=(201,))
def make_app() -> tuple[dict[str, Any], int]:
    """The hoster added the application; what it needs is agreed beforehand."""
    aps.body_of(request.get_data())
    return {}, 201


@blueprint.delete("/app/<id>")
@described(statuses=(204,))
def remove_app(id: str) -> tuple[str, int]:
    """The hoster removes the application; its companies are removed one by one before."""
    return "", 204


@blueprint.post("/app/<id>/upgrade")
@described(query={"version": TEXT}, answer=OBJECT)
def upgrade(id: str) -> dict[str, Any]:
    """The package has a new version: nothing is to be changed here."""
    return {}


@blueprint.post("/app/<id>/tenants")
@blueprint.delete("/app/<id>/tenants/<tenant>")
@described(answer=OBJECT)
def linked(id: str, tenant: str = "") -> dict[str, Any]:
    """A company is linked to the application, or no longer."""
    return {}


@blueprint.post("/tenant")
@described(body=OBJECT, answer=OBJECT, statuses=(201, 202))
def make() -> Response:
    """The company of a subscription."""
    given = aps.body_of(request.get_data())
    transaction = request.headers.get("APS-Transaction-ID", "")
    made, status = aps.make(door.context(), g.front, given, transaction, door.base())
    answer = jsonify(made)
    answer.status_code = status
    if status == 202:
        answer.headers["Aps-Info"] = made["statusData"]["messages"][0]
        answer.headers["Retry-After"] = "60"
    return answer


@blueprint.get("/tenant/<id>")
@described(answer=OBJECT)
def usage(id: str) -> dict[str, Any]:
    """How much of its limits it uses."""
    return aps.usage(door.context(), id)


@blueprint.put("/tenant/<id>")
@described(body=OBJECT, answer=OBJECT)
def change(id: str) -> dict[str, Any]:
    """New limits."""
    return aps.change(door.context(), id, aps.body_of(request.get_data()))


@blueprint.delete("/tenant/<id>")
@described(statuses=(204,))
def remove(id: str) -> tuple[str, int]:
    """The subscription ended."""
    aps.remove(door.context(), id)
    return "", 204


@blueprint.put("/tenant/<id>/enable")
@described(answer=OBJECT)
def enable(id: str) -> dict[str, Any]:
    """It may call."""
    aps.enable(door.context(), id, True)
    return {}


@blueprint.put("/tenant/<id>/disable")
@described(answer=OBJECT)
def disable(id: str) -> dict[str, Any]:
    """It may not call."""
    aps.enable(door.context(), id, False)
    return {}


@blueprint.get("/tenant/<id>/adminlogin")
@described(answer=OBJECT)
def admin_login(id: str) -> dict[str, str]:
    """A link for the owner."""
    return aps.login(door.context(), id, "owner", door.base())


@blueprint.get("/tenant/<id>/users")
@described(answer=OBJECT)
def users(id: str) -> dict[str, Any]:
    """Its people."""
    return {"users": aps.people(door.context(), id)}


@blueprint.post("/tenant/<id>/onUsersChange")
@blueprint.post("/tenant/<id>/reprovision")
@described(answer=OBJECT)
def look_again(id: str) -> dict[str, Any]:
    """Something may have changed: how much is used now."""
    return aps.usage(door.context(), id)


@blueprint.post("/user")
@described(body=OBJECT, answer=OBJECT, statuses=(201,))
def add_user() -> tuple[dict[str, Any], int]:
    """One of a company's people."""
    return aps.add_user(door.context(), aps.body_of(request.get_data())), 201


@blueprint.get("/user/<id>/userlogin")
@described(answer=OBJECT)
def user_login(id: str) -> dict[str, str]:
    """A link for one person."""
    return aps.login_of_user(door.context(), id, door.base())


@logins.get("/aps/login")
@described(query={"token": TEXT}, statuses=(303,))
def login() -> BaseResponse:
    """Somebody follows such a link."""
    return go_on(aps.enter(door.context(), request.args.get("token", ""), door.client()))
