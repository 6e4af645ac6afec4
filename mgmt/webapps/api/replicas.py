"""API for operators: every replica of the configuration, compared by hash, read again from the log when wrong, and pruned."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from mgmt import door
from mgmt.body import json_object
from mgmt.errors import FieldError, Problem
from mgmt.usecases import replicas

blueprint = Blueprint("replicas", __name__)


@blueprint.get("/config-replicas")
def all_of_them() -> dict[str, Any]:
    """Each process's replica and its verdict; `?deep=1` reads their disks."""
    return replicas.examined(door.context(), request.args.get("deep") == "1")


@blueprint.post("/config-replicas/repair")
def repair() -> dict[str, Any]:
    """Have one replica, `{node, process}`, read again from the log."""
    return replicas.repaired(door.context(), json_object(request))


@blueprint.post("/config-prune")
def prune() -> dict[str, Any]:
    """Cut the history off before `{to}`, a version; the reason goes into the log."""
    body = json_object(request)
    to = body.get("to")
    if type(to) is not int:
        raise Problem(422, "invalid_version", "`to` must be a version.", (FieldError("/to", "is no number"),))
    return replicas.pruned(door.context(), to, door.identity().actor, str(body.get("reason", "")))
