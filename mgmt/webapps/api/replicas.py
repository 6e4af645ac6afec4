"""API for operators: every replica of the configuration, compared by hash, read again when wrong, pruned; tenants as files."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, request

from mgmt.http import door
from mgmt.http.body import json_object
from mgmt.http.described import OBJECT, ONE, TEXT, described, fields, takes
from mgmt.http.errors import FieldError, Problem
from mgmt.limits import bundle_bytes_max
from mgmt.usecases import bundles, replicas

blueprint = Blueprint("replicas", __name__)
name_pattern = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


@blueprint.get("/config-replicas")
@described(query={"deep": ONE}, answer=OBJECT)
def all_of_them() -> dict[str, Any]:
    """Each process's replica and its verdict; `?deep=1` reads their disks."""
    return replicas.examined(door.context(), request.args.get("deep") == "1")


@blueprint.post("/config-replicas/repair")
@described(body=fields({"node": TEXT, "process": TEXT}), answer=OBJECT)
def repair() -> dict[str, Any]:
    """Have one replica, `{node, process}`, read again from the log."""
    return replicas.repaired(door.context(), json_object(request))


@blueprint.post("/config-log/rebuild")
def rebuild() -> dict[str, Any]:
    """Write this node's history into a log that lost it."""
    return {"written": door.context().config.rebuild_log()}


@blueprint.get("/config-bundle/<tenant>")
def export(tenant: str) -> Response:
    """The tenant as one signed file; `?at=` a version, `?secrets=1` with its secrets, sealed; `?history=1` with its past."""
    text = request.args.get("at", "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Problem(400, "invalid_sequence", "at must be a version of the configuration.")
    at = int(text) if text else None
    data = bundles.exported(
        door.context(), tenant, at, *(request.args.get(name) == "1" for name in ("secrets", "history"))
    )
    answer = Response(data, content_type="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="tenant.bundle.json"'
    return answer


@blueprint.post("/config-bundle")
@takes(bundle_bytes_max)
def restore() -> dict[str, Any]:
    """Bring a file in: the tenant becomes what it says. `?as=` makes another one like it, `?trust=1` takes foreign signatures."""
    asked = request.args
    name = asked.get("as")
    if name is not None and not name_pattern.fullmatch(name):
        raise Problem(400, "invalid_name", "A tenant's id has small letters, digits, - and _.")
    done = bundles.restored(
        door.context(),
        request.get_data(),
        door.identity().actor,
        name,
        dry=asked.get("dry_run") == "1",
        foreign=asked.get("trust") == "1",
    )
    if done["passwords"]:
        door.keep_secret()
    return done


@blueprint.post("/config-prune")
def prune() -> dict[str, Any]:
    """Cut the history off before `{to}`, a version; the reason goes into the log."""
    body = json_object(request)
    to = body.get("to")
    if type(to) is not int:
        raise Problem(422, "invalid_version", "`to` must be a version.", (FieldError("/to", "is no number"),))
    return replicas.pruned(door.context(), to, door.identity().actor, str(body.get("reason", "")))
