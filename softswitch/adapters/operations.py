"""The operations of the control socket: what mgmt and the command line may ask of the switch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, get_args

from twisted.logger import Logger

from configdb.model import User
from configdb.snapshot import Directory, TenantView
from ivr.effects import Machines
from logs import process as log_process
from softswitch.adapters.carriers import Carriers
from softswitch.adapters.conferences import Conferences
from softswitch.adapters.gate import Gate
from softswitch.adapters.homer import Homer
from softswitch.adapters.incoming import Incoming
from softswitch.adapters.metrics import SwitchMetrics
from softswitch.adapters.network import Network
from softswitch.adapters.records import Records
from softswitch.adapters.strain import StrainGauge
from softswitch.adapters.switchboard import Switchboard
from softswitch.adapters.transfers import Transfers
from softswitch.adapters.verbs import Verbs
from softswitch.calls.contact import Contact
from softswitch.control import verbs
from softswitch.control.events import EventRing
from softswitch.control.messages import ControlError
from softswitch.control.once import Once
from softswitch.control.server import Operation
from softswitch.peers.guard import Guard
from softswitch.peers.phones import Phones
from softswitch.routing.route import Route
from softswitch.routing.trial import route_trial

BANS_LISTED_MAX = 1_000
_DROPPED = ("banned", "scanners", "stale", "spent", "flooded", "malformed", "not_sip")


class Operations:
    """`table()` is what the control server serves."""

    _log = Logger(namespace="softswitch.operations")

    def __init__(
        self,
        board: Switchboard,
        incoming: Incoming,
        phones: Phones,
        carriers: Carriers,
        records: Records,
        directory: Callable[[], Directory],
        seconds: Callable[[], float],
        guard: Guard,
        gate: Gate,
        gauge: StrainGauge,
        homer: Homer | None,
        network: Network,
        metrics: SwitchMetrics,
        transfers: Transfers,
        events: EventRing,
        rooms: Conferences,
        of_user: Callable[[TenantView, str], tuple[Contact, ...]],
    ) -> None:
        self._of_user = of_user
        self._transfers, self._events = transfers, events
        self._rooms = rooms
        self._homer, self._network, self._metrics = homer, network, metrics
        self._guard, self._gate, self._gauge = guard, gate, gauge
        self._board, self._incoming, self._phones, self._records = board, incoming, phones, records
        self._carriers, self._directory, self._seconds = carriers, directory, seconds
        self._started = seconds()

    def table(self) -> dict[str, Operation]:
        """The operations by name."""
        once = Once()
        return {
            "live": self._live,
            "status": self._status,
            "originate": once.guarded(self._originate),
            "try_flow": once.guarded(self._try_flow),
            **Verbs(self._board, self._transfers, lambda tenant, who: self._caller(tenant, who)[1]).table(once),
            "events": self._events_after,
            "rooms": lambda request: {"rooms": self._rooms.documents(str(request.get("tenant")))},
            "lead": once.guarded(self._lead),
            "phones": self._list_phones,
            "bans": self._bans,
            "unban": self._unban,
            "drain": self._drain,
            "log": self._set_log,
            "metrics": lambda _: {"text": self._metrics.text()},
            "trunks": lambda _: {"trunks": self._carriers.documents()},
        }

    def _live(self, request: dict[str, Any]) -> dict[str, Any]:
        """Fields: tenants (none: all)."""
        tenants = request.get("tenants")
        if tenants is not None and not isinstance(tenants, list):
            raise ControlError("bad_tenants", "tenants is a list of ids", 422)
        return {"calls": self._board.documents(None if tenants is None else frozenset(map(str, tenants)))}

    def _status(self, _request: dict[str, Any]) -> dict[str, Any]:
        return {
            "up_s": round(self._seconds() - self._started, 1),
            "calls": len(self._board.calls),
            "calls_total": self._board.total,
            "calls_refused": self._incoming.refused,
            "phones": len(self._phones.all(self._seconds())),
            "draining": self._incoming.draining,
            "log_level": log_process.level(),
            "media_ready": self._board.media.ready,
            "media_workers": self._board.media.status(),
            "spool_healthy": self._records.healthy,
            "config_sequence": self._directory().sequence,
            "network": self._network.status(),
            "speech": self._board.sounds.status,
            "defence": self._defence(),
            "homer": None if self._homer is None else {"sent": self._homer.sent, "dropped": self._homer.dropped},
            "trunks": {document["id"]: trunk_in_short(document) for document in self._carriers.documents()},
        }

    def _defence(self) -> dict[str, Any]:
        strain = self._gauge.strain
        return {
            "state": self._gauge.state.value,
            "shed_percent": self._gauge.percent,
            "lag_ms": round(1000 * strain.lag_s, 1),
            "queue_ms": round(1000 * strain.waited_s, 1),
            "busy_percent": round(100 * strain.busy),
            "bans": len(self._guard.bans(self._seconds())),
            **{f"dropped_{name}" if name in _DROPPED else name: n for name, n in asdict(self._gate.counts).items()},
        }

    def _bans(self, _request: dict[str, Any]) -> dict[str, Any]:
        now = self._seconds()
        bans = [{"source": b.source, "user": b.user, "left_s": round(b.until - now)} for b in self._guard.bans(now)]
        return {"bans": bans[:BANS_LISTED_MAX], "total": len(bans)}

    def _unban(self, request: dict[str, Any]) -> dict[str, Any]:
        source = str(request.get("source"))
        if not self._guard.unban(source):
            raise ControlError("no_ban", f"{source} is not banned", 404)
        self._log.info("the ban of {source} is lifted", source=source)
        return {}

    def _drain(self, request: dict[str, Any]) -> dict[str, Any]:
        """Fields: on. New calls go elsewhere, those in progress go on; how many those are."""
        on = request.get("on")
        if not isinstance(on, bool):
            raise ControlError("bad_on", "on is true or false", 422)
        self._incoming.draining = on
        self._log.info("new calls {what}", what="go elsewhere: the node is drained" if on else "are taken again")
        return {"draining": on, "calls": len(self._board.calls)}

    def _set_log(self, request: dict[str, Any]) -> dict[str, Any]:
        """Fields: level. What the switch's log holds until its next start, which goes by the settings again."""
        level = request.get("level")
        if level not in log_process.LEVELS:
            raise ControlError("bad_level", f"level is one of {', '.join(log_process.LEVELS)}", 422)
        log_process.set_level(level)
        self._log.warn("the log holds {what} from now on", what=level)
        return {"level": level}

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
        """Fields: tenant, from (a user), to, machines (connect, skip or wait: for an answering machine at a number outside)."""
        verbs.check_version(request)
        view, user = self._caller(str(request.get("tenant")), str(request.get("from")))
        machines = request.get("machines", "connect")
        if machines not in get_args(Machines):
            raise ControlError("bad_machines", f"machines is one of {', '.join(get_args(Machines))}", 422)
        result = self._incoming.originate(view, user, str(request.get("to", "")), machines)
        if isinstance(result, Route):
            why = result.steps[-1].text if result.steps else "refused"
            raise ControlError("refused", why, result.reject.status if result.reject else 409)
        return {"call": result.call.id}

    def _try_flow(self, request: dict[str, Any]) -> dict[str, Any]:
        """Fields: tenant, from (a user), flow (its id), document: rings the user, then runs the flow as it is being drawn."""
        verbs.check_version(request)
        view, user = self._caller(str(request.get("tenant")), str(request.get("from")))
        flow, document = request.get("flow"), request.get("document")
        if not isinstance(flow, str) or not isinstance(document, dict):
            raise ControlError("bad_flow", "flow is the id of a flow, document is the flow", 422)
        contacts = self._of_user(view, user.id)
        if not contacts:
            raise ControlError("no_phone", f"{user.name} has no phone that could be rung now", 409)
        route = route_trial(view, user, flow, document)
        return {"call": self._incoming.two_legs(view, user, route, contacts, float(user.ring_s)).call.id}

    def _caller(self, tenant: str, who: str) -> tuple[TenantView, User]:
        view = self._directory().tenants.get(tenant)
        if view is None:
            raise ControlError("no_tenant", f"there is no tenant {tenant}", 404)
        user = view.users.get(who) or view.by_extension.get(who)
        if not isinstance(user, User):
            raise ControlError("no_user", f"{tenant} has no user {who}", 404)
        return view, user

    def _lead(self, request: dict[str, Any]) -> dict[str, Any]:
        """Fields: tenant, room, action (lock, unlock, mute, unmute, kick), leg for the last three."""
        leg = request.get("leg")
        done = self._rooms.order(
            str(request.get("tenant")),
            str(request.get("room")),
            str(request.get("action")),
            None if leg is None else str(leg),
        )
        if not done:
            raise ControlError("no_room", "there is no such room with that member, or no such action", 404)
        return {}

    def _events_after(self, request: dict[str, Any]) -> dict[str, Any]:
        """Fields: tenant, after (a cursor; none: from now on)."""
        after = request.get("after")
        if after is not None and (not isinstance(after, int) or isinstance(after, bool)):
            raise ControlError("bad_cursor", "after is a cursor that was told before", 422)
        return self._events.after(after, request.get("tenant"))


def trunk_in_short(document: dict[str, Any]) -> dict[str, Any]:
    """A trunk in the status of the node: channels, and how many gateways are up and registered."""
    gateways = document["gateways"]
    short = {name: document[name] for name in ("channels_in", "channels_out", "channels_max")}
    short |= {"gateways": len(gateways), "gateways_up": sum(one["state"] == "up" for one in gateways)}
    lines = [one["registration"] for one in gateways if "registration" in one]
    return short | ({"registered": sum(one["registered"] for one in lines)} if lines else {})
