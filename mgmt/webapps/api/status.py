"""API: the state of the node, for operators."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from mgmt import door
from mgmt.described import OBJECT, described
from mgmt.usecases import status
from mgmt.wire import outward

blueprint = Blueprint("status", __name__)


@blueprint.get("/status")
@described(answer=OBJECT)
def node() -> dict[str, Any]:
    """Switch, configuration, history spool, services and streams at a glance."""
    return outward(status.node(door.context()))
