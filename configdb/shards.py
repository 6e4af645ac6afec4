"""Which shard a tenant lives in, and how it moves to another one: both serve its calls until the old one lets go.

    here ── copy ──► here, frozen; there a copy; the map says there ── let_go ──► there alone
             └─ refused there ─► here, free again

The map is the placements in the system's objects. Each step asks the shards how far the move got, so whoever dies in
between is followed by whoever tries again. Nothing is written in the old shard after the copy was made: it is frozen, so
no write is lost; who writes there is told so (423). Its history stays there; the new shard's begins with the move.

`copy` is for shards of the same servers; of a shard with servers of its own (another region) only `freeze`, `place` and
`let_go` are here, the copy goes as a file (`softswitch.cli.shards`).
"""

from __future__ import annotations

from collections.abc import Callable

from configdb.client import ConfigClient
from configdb.errors import Refused
from configdb.estate import Placement
from configdb.keys import Key
from configdb.log import Change
from configdb.model import SYSTEM, Tenant
from configdb.moving import arrived, is_moving, mark
from configdb.replica import TenantState
from configdb.schema import Document, to_document
from configdb.snapshot import Directory

Reseal = Callable[[str, Document], Document]


def home(directory: Directory, tenant: str, here: str) -> str:
    """The shard of a tenant by the map; `here` when the map does not name it."""
    found = directory.system.get("placement", {}).get(tenant)
    return found.shard if isinstance(found, Placement) else here


def copy(
    source: ConfigClient, target: ConfigClient, tenant: str, shard: str, actor: str, reseal: Reseal = lambda _, it: it
) -> int:
    """Freeze a tenant in its shard, make it in another one, and say so in the map of both; its sequence there.

    `reseal` wraps secrets for the other shard's nodes. Raises `Refused` (404, 409; what the other shard refuses: then it
    is free again here) and `Unknown`: try again.
    """
    freeze(source, tenant, shard, actor)
    state = source.state.tenant(tenant)
    changes = [Change(kind, id, reseal(kind, document)) for kind, id, document in _documents(state, tenant)]
    sequence = _same(target.state.tenant(tenant), state, tenant)
    if sequence is None:
        try:
            new = {Key(tenant, "tenant", tenant): 0}
            sequence = target.transact(tenant, changes, actor, f"moved here at version {state.version}", new).sequence
        except Refused as refused:
            if refused.status != 503:
                thaw(source, tenant, shard, actor)
            raise
    for client in (source, target):
        place(client, tenant, shard, actor)
    return sequence


def freeze(source: ConfigClient, tenant: str, shard: str, actor: str) -> None:
    """From now it moves to that shard. Raises `Refused` 404, 409."""
    _freeze(source, tenant, mark(shard), actor)


def thaw(source: ConfigClient, tenant: str, shard: str, actor: str) -> None:
    """It does not move to that shard after all."""
    _freeze(source, tenant, "", actor, mark(shard))


def let_go(source: ConfigClient, is_there: bool, tenant: str, actor: str) -> int:
    """Remove a tenant where it was, once it is in the other shard; the sequence of that. Raises `Refused` 404, 409."""
    state = source.state.tenant(tenant)
    if not state.objects:
        raise Refused("no_such_tenant", f"There is no tenant {tenant!r} in this shard.", status=404)
    owner = state.get("tenant", tenant)
    if owner is None or not is_moving(owner.value) or not is_there:
        raise Refused("not_moved", f"{tenant} was not copied to another shard.", status=409)
    changes = [Change(kind, id, None) for kind, ids in state.objects.items() for id in ids]
    expect = {found.key: found.version for ids in state.objects.values() for found in ids.values()}
    return source.transact(tenant, changes, actor, "moved to another shard", expect).sequence


def _freeze(client: ConfigClient, tenant: str, text: str, actor: str, was: str = "") -> None:
    found = client.get(tenant, "tenant", tenant)
    if found is None or not isinstance(found.value, Tenant):
        raise Refused("no_such_tenant", f"There is no tenant {tenant!r} in this shard.", status=404)
    if found.value.frozen == text:
        return
    if found.value.frozen != was:
        raise Refused("frozen", f"{tenant} is frozen: {found.value.frozen}.", status=409)
    document = to_document(found.value) | {"frozen": text}
    reason = text or "it stays in this shard"
    client.transact(tenant, [Change("tenant", tenant, document)], actor, reason, {found.key: found.version})


def _documents(state: TenantState, tenant: str) -> list[tuple[str, str, Document]]:
    """What the tenant has, free again."""
    found = [(kind, id, to_document(one.value)) for kind, ids in state.objects.items() for id, one in ids.items()]
    return [(kind, id, arrived(it) if kind == "tenant" else it) for kind, id, it in found]


def _same(there: TenantState, here: TenantState, tenant: str) -> int | None:
    """The version of a copy that was made before; None when there is none. Raises `Refused` 409 for another tenant."""
    if not there.objects:
        return None
    if {(kind, id) for kind, id, _ in _documents(there, tenant)} != {
        (kind, id) for kind, id, _ in _documents(here, tenant)
    }:
        raise Refused("tenant_exists", f"The other shard has another tenant {tenant!r}.", status=409)
    return there.version


def place(client: ConfigClient, tenant: str, shard: str, actor: str) -> None:
    """The map says that a tenant lives in a shard."""
    if home(client.directory, tenant, "") == shard:
        return
    changes = [Change("placement", tenant, {"id": tenant, "shard": shard})]
    if shard not in client.directory.system.get("shard", {}):
        changes.insert(0, Change("shard", shard, {"id": shard}))
    client.transact(SYSTEM, changes, actor, f"{tenant} lives in {shard}")
