"""The operations of the control socket on queues: figures, what agents do, promised calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from configdb.snapshot import Directory
from softswitch.adapters.queues import Queues
from softswitch.control.messages import ControlError
from softswitch.control.once import Once
from softswitch.control.server import Operation
from softswitch.queues.verbs import VERBS
from softswitch.queues.verbs import verb as verb_of


class QueueOperations:
    """`table()` is what the control server serves."""

    def __init__(self, queues: Queues, directory: Callable[[], Directory]) -> None:
        self._queues, self._directory = queues, directory

    def table(self) -> dict[str, Operation]:
        """The operations by name; what changes something is done once a key."""
        once = Once()
        changing = {"agent": self._agent, "promise": self._promise}
        return {"queues": self._list, "queue": self._one, **{name: once.guarded(op) for name, op in changing.items()}}

    def _list(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"queues": self._queues.documents(request.get("tenant"))}

    def _one(self, request: dict[str, Any]) -> dict[str, Any]:
        found = self._queues.document(str(request.get("tenant")), str(request.get("queue")))
        if found is None:
            raise ControlError("no_queue", f"there is no queue {request.get('queue')}", 404)
        return {"queue": found}

    def _agent(self, request: dict[str, Any]) -> dict[str, Any]:
        """Fields: tenant, user (id or extension), verb (one of VERBS), queues (ids; all of theirs), reason (of a pause)."""
        tenant, verb = str(request.get("tenant")), request.get("verb")
        view = self._directory().tenants.get(tenant)
        who = str(request.get("user"))
        user = (view.users.get(who) or view.by_extension.get(who)) if view is not None else None
        if user is None:
            raise ControlError("no_user", f"{tenant} has no user {who}", 404)
        if verb not in VERBS:
            raise ControlError("bad_verb", f"verb is one of {', '.join(VERBS)}", 422)
        queues = request.get("queues")
        if queues is not None and not (isinstance(queues, list) and all(isinstance(one, str) for one in queues)):
            raise ControlError("bad_queues", "queues is a list of ids", 422)
        if not self._queues.order(verb_of(tenant, user.id, verb, queues, str(request.get("reason") or ""))):
            where = "no queue names them" if verb == "login" else "they are not logged in"
            raise ControlError("not_an_agent", f"{user.name}: {where}", 409)
        return {}

    def _promise(self, request: dict[str, Any]) -> dict[str, Any]:
        """Withdraw a promised call. Fields: tenant, id (of the place)."""
        tenant, id = str(request.get("tenant")), str(request.get("id"))
        if not self._queues.order(lambda floor: floor.promises.withdraw(tenant, id)):
            raise ControlError("no_promise", "there is no such promised call, or it is being made now", 404)
        return {}
