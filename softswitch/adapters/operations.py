"""The operations of the control socket: what mgmt and the command line may ask of the switch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from configdb.model import User
from configdb.snapshot import Directory, TenantView
from softswitch.adapters.incoming import Incoming
from softswitch.adapters.records import Records
from softswitch.adapters.switchboard import Switchboard
from softswitch.control.messages import ControlError
from softswitch.control.server import Operation
from softswitch.peers.phones import Phones
from softswitch.routing.route import Route


class Operations:
    """`table()` is what the control server serves."""

    def __init__(
        self,
        board: Switchboard,
        incoming: Incoming,
        phones: Phones,
        records: Records,
        directory: Callable[[], Directory],
        seconds: Callable[[], float],
    ) -> None:
        self._board, self._incoming, self._phones, self._records = board, incoming, phones, records
        self._directory, self._seconds = directory, seconds
        self._started = seconds()

    def table(self) -> dict[str, Operation]:
        """The operations by name."""
        return {
            "live": self._live,
            "status": self._status,
            "originate": self._originate,
            "hangup": self._hangup,
            "phones": self._list_phones,
        }

    def _live(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"calls": self._board.documents(request.get("tenant"))}

    def _status(self, _request: dict[str, Any]) -> dict[str, Any]:
        return {
            "up_s": round(self._seconds() - self._started, 1),
            "calls": len(self._board.calls),
            "calls_total": self._board.total,
            "calls_refused": self._incoming.refused,
            "phones": len(self._phones.all(self._seconds())),
            "media_ready": self._board.media.ready,
            "spool_healthy": self._records.healthy,
            "config_sequence": self._directory().sequence,
        }

    def _list_phones(self, request: dict[str, Any]) -> dict[str, Any]:
        now, tenant = self._seconds(), request.get("tenant")
        found = [c for c in self._phones.all(now) if tenant is None or c.tenant == tenant]
        return {
            "phones": [
                {
                    "tenant": c.tenant,
                    "user": c.user,
                    "device": c.device,
                    "uri": c.binding.uri,
                    "expires_s": c.binding.expires_in_s(now),
                }
                for c in found
            ]
        }

    def _originate(self, request: dict[str, Any]) -> dict[str, Any]:
        view, user = self._caller(str(request.get("tenant")), str(request.get("from")))
        result = self._incoming.originate(view, user, str(request.get("to", "")))
        if isinstance(result, Route):
            why = result.steps[-1].text if result.steps else "refused"
            raise ControlError("refused", why, result.reject.status if result.reject else 409)
        return {"call": result.call.id}

    def _caller(self, tenant: str, who: str) -> tuple[TenantView, User]:
        view = self._directory().tenants.get(tenant)
        if view is None:
            raise ControlError("no_tenant", f"there is no tenant {tenant}", 404)
        user = view.users.get(who) or view.by_extension.get(who)
        if not isinstance(user, User):
            raise ControlError("no_user", f"{tenant} has no user {who}", 404)
        return view, user

    def _hangup(self, request: dict[str, Any]) -> dict[str, Any]:
        live = self._board.calls.get(str(request.get("call")))
        if live is None or request.get("tenant") not in (None, live.view.tenant.id):
            raise ControlError("no_call", "there is no such call in progress", 404)
        self._board.feed(live, lambda call, now: call.hang_up(now))
        return {}
