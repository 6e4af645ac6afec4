"""The configuration as one process sees it: local reads, writes through the log, history, and changes in order.

reads     from memory, never waiting: `directory`, `get`, `list`
writes    `transact`: validate -> check against the newest local state -> append (compare and set per tenant) -> wait
          until applied here, so the writer reads its own write. Refused, unknown or done: see `configdb.errors`
changes   `start(on_change)` and `watch`
"""

from __future__ import annotations

import builtins
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from configdb import doctor
from configdb.bus import Bus
from configdb.checks import ExtraChecks
from configdb.doctor import Finding
from configdb.errors import Broken, Refused, Unknown
from configdb.estate import ClusterNode, Policy
from configdb.history import ObjectDiff, differences, objects_at
from configdb.keys import Key
from configdb.limits import empty_wait_s_max, history_page_max, prune_batch_max, receipt_wait_s_max
from configdb.log import Change as Change
from configdb.log import Entry, Log, LogState
from configdb.materializer import Materializer
from configdb.model import SYSTEM, Tenant
from configdb.pruning import from_file
from configdb.replica import Objects, State, changes_of
from configdb.replica import Versioned as Versioned
from configdb.reports import Reach, Report, Reports
from configdb.schema import to_document
from configdb.secrets import Sealer
from configdb.snapshot import Directory, TenantView, make_view
from configdb.store import DiskError, Store
from configdb.timemachine import Blame, blame, way_back
from configdb.watch import CallFromThread, OnChange, Watch, call_here
from configdb.writer import Receipt, Writer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Peers:
    """Where the replicas of a shard talk to each other, and as which node this one does."""

    bus: Bus
    shard: str
    node: str


@dataclass(frozen=True, slots=True)
class ClientStatus:
    """`behind` entries are not applied yet; `age_s` is how long ago this replica was known to be current (None: never).

    `text` says what is wrong with the log or the disk; `refused` and `unknown` count the ends of writes since the start.
    """

    state: LogState
    sequence: int
    log_sequence: int
    behind: int
    age_s: float | None
    text: str
    refused: int = 0
    unknown: int = 0


class ConfigClient:
    """One per process; every method may be called from any thread."""

    def __init__(
        self,
        data_dir: Path,
        name: str,
        log: Log,
        seal: Sealer | None = None,
        *,
        extra_checks: ExtraChecks | None = None,
        call_from_thread: CallFromThread = call_here,
        store: Store | None = None,
        clock: Callable[[], float] = time.time,
        peers: Peers | None = None,
    ) -> None:
        """`seal` seals secrets that come unsealed; `extra_checks` adds problems of a tenant's flows to the checks.

        `call_from_thread` brings watchers' calls to their thread (a reactor's); `clock` gives the stamps of entries;
        `peers` is how the other replicas are heard (None: this one is alone).
        """
        self._call_from_thread, self._log = call_from_thread, log
        self._store = store or Store(data_dir / "config" / name)
        self._replica = Materializer(self._store, log)
        self._writer = Writer(log, self._replica, self._store, seal, extra_checks, clock)
        self._reports: Reports | None = None
        if peers is not None:
            examined = doctor.Examined(self._replica, self._store)
            self._reports = Reports(peers.bus, peers.shard, peers.node, name, self._position, examined.answer)
            self._replica.on_moved = self._reports.moved

    def start(self, on_change: OnChange | None = None) -> None:
        """Read the replica, follow the log. Works without the log. Raises `store.InUse`, `store.DiskError`.

        A replica that is empty (new, or set aside for its damage) is first read from the log, if that answers in time: who
        begins to serve now would know nobody.
        """
        empty = self._replica.start()
        if on_change is not None:
            self.watch(on_change)
        if self._reports is not None:
            self._reports.start()
        if empty:
            self.wait_current(empty_wait_s_max)

    def stop(self) -> None:
        """End the threads of this client; the log itself is closed by its owner."""
        if self._reports is not None:
            self._reports.stop()
        self._replica.stop()

    def _position(self) -> tuple[int, str]:
        state = self._replica.state
        return state.sequence, state.chain.hex()

    def watch(self, on_change: OnChange, since: int | None = None) -> Watch:
        """Be told of every entry behind `since` (None: from now on), each once and in order."""
        watch = Watch(on_change, self._call_from_thread, self._replica.state.sequence if since is None else since)
        self._replica.watch(watch)
        return watch

    @property
    def directory(self) -> Directory:
        """The newest snapshot, immutable."""
        return self._replica.state.directory

    @property
    def state(self) -> State:
        """The newest state with the versions of all objects, immutable."""
        return self._replica.state

    @property
    def status(self) -> ClientStatus:
        """How current this replica is."""
        log, sequence, at = self._replica.status, self._replica.state.sequence, self._replica.current_at
        return ClientStatus(
            state=log.state,
            sequence=sequence,
            log_sequence=max(log.last_sequence, sequence),
            behind=max(log.last_sequence - sequence, 0),
            age_s=None if at is None else max(time.monotonic() - at, 0.0),
            text=log.text or self._replica.disk_text,
            refused=self._writer.refused,
            unknown=self._writer.unknown,
        )

    def wait_for(self, sequence: int, timeout_s: float = 5.0) -> bool:
        """Wait until an entry of the log is applied here; False when the time is over first."""
        return self._writer.wait_for(sequence, timeout_s)

    def wait_current(self, timeout_s: float = 5.0) -> bool:
        """Wait until the log answered and all it held then is applied; False when the time is over first."""
        replica = self._replica
        return replica.wait_until(lambda _: replica.status.state is LogState.FOLLOWING, timeout_s) and self.wait_for(
            replica.status.last_sequence, timeout_s
        )

    def get(self, tenant: str, kind: str, id: str) -> Versioned | None:
        """One object, or None."""
        return self._replica.state.tenant(tenant).get(kind, id)

    def list(self, tenant: str, kind: str) -> builtins.list[Versioned]:
        """All objects of a kind, by id."""
        found = self._replica.state.tenant(tenant).objects.get(kind, {})
        return [found[id] for id in sorted(found)]

    def transact(
        self,
        tenant: str,
        changes: Sequence[Change],
        actor: str,
        reason: str,
        expect: Mapping[Key, int] | None = None,
        timeout_s: float = 5.0,
        message_id: str | None = None,
    ) -> Receipt:
        """Make all changes of one tenant, or none; blocks.

        `expect` are versions that objects must have (0: must not exist). `message_id` is the one of an `Unknown` that is
        tried again. Raises `Refused` (422 invalid, 412 version_conflict, 409 taken, 413 too_large, 503 log_...), `Unknown`.
        """
        return self._writer.transact(tenant, changes, actor, reason, expect, timeout_s, message_id)

    def outcome(self, message_id: str) -> Receipt | None:
        """The receipt of a write by its message id; None: it is not in the log as far as this replica got.

        Raises `Refused` when it came to the log but lost against a write that was ordered before it.
        """
        return self._writer.outcome(message_id)

    def resolve(self, tenant: str, message_id: str, timeout_s: float = 5.0) -> Receipt | None:
        """What became of a write that ended in `Unknown`; None: it was not made and never will be.

        Raises `Unknown` while the log does not answer, and `Refused` as `outcome`.
        """
        return self._writer.resolve(tenant, message_id, timeout_s)

    def reach(self, sequence: int, timeout_s: float = receipt_wait_s_max) -> Reach:
        """On how many nodes an entry is applied, waiting for all of them; this one alone without a bus."""
        if self._reports is None:
            return Reach(int(self.state.sequence >= sequence), 1, 0.0)
        nodes = self.directory.system.get("node", {}).values()
        configured = [node.id for node in nodes if isinstance(node, ClusterNode) and not node.retired]
        return self._reports.wait(sequence, configured, timeout_s)

    @property
    def replicas(self) -> builtins.list[Report]:
        """What every replica of the shard said last; none without a bus."""
        return [] if self._reports is None else self._reports.all()

    def examine(self, timeout_s: float = 5.0, deep: bool = False) -> builtins.list[Finding]:
        """Every replica of the shard and whether it is right; `deep` reads their disks. None without a bus."""
        return [] if self._reports is None else doctor.examine(self._reports, timeout_s, deep)

    def repair(self, sick: Finding, timeout_s: float = 5.0) -> bool:
        """Have a replica read again from the log; whether it said that it will."""
        return self._reports is not None and doctor.repair(self._reports, sick, timeout_s)

    def history(self, tenant: str, since: int = 0, limit: int = 1000) -> builtins.list[Entry]:
        """The tenant's entries behind `since` that had an effect, oldest first. Raises `Refused` 503 (disk)."""
        return self._from_disk(lambda: self._store.history(tenant, since, min(limit, history_page_max)))

    def recent(self, tenant: str, before: int | None = None, limit: int = 100) -> builtins.list[Entry]:
        """As `history`, newest first, older than `before` (None: from now)."""
        end = 1 << 62 if before is None else before
        return self._from_disk(lambda: self._store.recent(tenant, end, min(limit, history_page_max)))

    def sequence_at(self, tenant: str, at: float) -> int:
        """The tenant's version at a moment: its last entry stamped then or before; 0 when it was not there yet."""
        found = [entry.sequence for entry in self._whole(tenant) if entry.at <= at]
        return max(found, default=0)

    def blame(self, tenant: str, kind: str, id: str) -> builtins.list[Blame]:
        """Who gave each field of an object its present value. Raises `Refused` 404, and as `history`."""
        found = self.get(tenant, kind, id)
        if found is None:
            raise Refused("no_such_object", f"There is no such {kind}.", status=404)
        old = self._objects(tenant, base).get(kind, {}).get(id) if (base := self.base) else None
        then = {} if old is None else to_document(old.value)
        return blame(found.key, to_document(found.value), then, self._whole(tenant))

    def way_back(self, tenant: str, sequence: int, only: tuple[str, str] | None = None) -> builtins.list[Change]:
        """The changes that bring a tenant, or one object of it, back to a sequence. Raises as `history`."""
        return way_back(self._objects(tenant, self.state.sequence), self._objects(tenant, sequence), only)

    @property
    def base(self) -> int:
        """The version before which history was pruned; 0: all of it is here. Raises as `history`."""
        return self._from_disk(lambda: self._store.base)

    def prune(self, to: int, actor: str, reason: str) -> Receipt:
        """Cut the history of the shard off at a sequence: snapshot of it, entry that says so, then all up to it goes, everywhere.

        Raises `Refused` 404 (not a sequence of the past), 503; `Unknown`. Running it again finishes what was begun.
        """
        found = self.get(SYSTEM, "policy", "history")
        policy = found.value if found is not None and isinstance(found.value, Policy) else Policy()
        if not policy.pruned_to < to <= self.state.sequence:
            fits = f"{policy.pruned_to + 1} to {self.state.sequence}"
            raise Refused("no_such_version", f"{to} is no version to prune to: {fits} are.", status=404)
        data = self._from_disk(lambda: self._store.file_at(to))
        self._log.keep_snapshot(to, data)
        chain = from_file(data).chain.hex()
        document = to_document(policy) | {"pruned_to": to, "pruned_chain": chain}
        expect = {Key(SYSTEM, "policy", "history"): 0 if found is None else found.version}
        receipt = self.transact(SYSTEM, [Change("policy", "history", document)], actor, reason, expect)
        self._log.forget(to)
        return receipt

    def prune_older(self, than: float, actor: str) -> Receipt | None:
        """Prune what is older than a moment (epoch seconds), as far as the log was made in order; None: nothing is.

        Raises as `prune`. What an earlier pruning left in the log goes first.
        """
        policy = self.directory.system.get("policy", {}).get("history")
        to = policy.pruned_to if isinstance(policy, Policy) else 0
        if self._replica.status.first_sequence <= to:
            self._log.forget(to)
        while page := self._from_disk(partial(self._store.entries, to, prune_batch_max)):
            old = [entry.sequence for entry in page if entry.at < than]
            to = old[-1] if old else to
            if len(old) < len(page):
                break
        begun = policy.pruned_to if isinstance(policy, Policy) else 0
        return None if to <= begun else self.prune(to, actor, f"history up to {to} is older than the policy keeps")

    def rebuild_log(self) -> int:
        """Write this replica's history into a log that lost it (all, or its end); how many entries it lacked.

        Raises `Refused` 409 when another replica is further than this one, or another log is in use; 503.
        """
        further = [one for one in self.replicas if one.sequence > self.state.sequence]
        if further:
            text = f"{further[0].node}/{further[0].process} is further: rebuild the log there."
            raise Refused("not_the_last", text, status=409)
        log_id, base = self._from_disk(lambda: (self._store.log_id, self._store.base))
        if log_id is None:
            raise Refused("no_history", "This replica never followed a log: it has nothing to rebuild.", status=409)
        missing = self._log.rebuild(log_id, base, self._from_disk(lambda: self._store.every_entry()))
        if base:
            self._log.keep_snapshot(base, self._from_disk(lambda: self._store.file_at(base)))
        return missing

    def versioned(self, tenant: str, changes: Sequence[Change]) -> Mapping[Key, Versioned | None]:
        """What changes would make of a tenant's objects. Raises `Refused` 422."""
        draft = Entry(self.state.sequence + 1, "", 0.0, "", "", tenant, tuple(changes))
        return changes_of(self.state.tenant(tenant), draft)

    def _whole(self, tenant: str) -> builtins.list[Entry]:
        return self._from_disk(lambda: self._store.history(tenant, 0, 1 << 62))

    def diff(self, tenant: str, from_sequence: int, to_sequence: int) -> builtins.list[ObjectDiff]:
        """What differs between two sequences, without secrets. Raises as `history`."""
        return differences(self._objects(tenant, from_sequence), self._objects(tenant, to_sequence))

    def at(self, tenant: str, sequence: int) -> TenantView:
        """The tenant as it was at a sequence. Raises `Refused` 404 when it did not exist, and as `history`."""
        objects = self._objects(tenant, sequence)
        values = {kind: {id: found.value for id, found in ids.items()} for kind, ids in objects.items()}
        owner = values.get("tenant", {}).get(tenant)
        if not isinstance(owner, Tenant):
            raise Refused("no_such_version", f"There was no tenant {tenant!r} at {sequence}.", status=404)
        return make_view(max(f.version for ids in objects.values() for f in ids.values()), owner, values)

    def _objects(self, tenant: str, sequence: int) -> Objects:
        now = self._replica.state.tenant(tenant)
        if sequence >= now.sequence:
            return now.objects
        base = self._from_disk(lambda: self._store.base)
        if sequence < base:
            raise Refused("pruned", f"The history before version {base} was pruned.", status=410)
        return objects_at(self._from_disk(lambda: self._store.objects_at_base(tenant)), self._whole(tenant), sequence)

    def _from_disk(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except (DiskError, Broken) as error:
            raise Refused("disk", f"The history cannot be read now: {error}.", status=503) from error


__all__ = ["Change", "ClientStatus", "ConfigClient", "Receipt", "Refused", "Unknown", "Versioned"]
