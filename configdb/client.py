"""The configuration as one process sees it: local reads, writes through the log, history, and changes in order.

reads     from memory, never waiting: `directory`, `get`, `list`
writes    `transact`: validate -> check against the newest local state -> append (compare and set per tenant) -> wait
          until applied here, so the writer reads its own write. Refused, unknown or done: see `configdb.errors`
changes   `start(on_change)` and `watch`
"""

from __future__ import annotations

import builtins
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from configdb.checks import ExtraChecks, added, system_problems, tenant_problems
from configdb.errors import Broken, Problem, Refused, Unknown
from configdb.history import ObjectDiff, differences, objects_at
from configdb.keys import Key, escape
from configdb.limits import changes_max, history_page_max, reason_chars_max
from configdb.log import Change as Change
from configdb.log import Conflict, Entry, Log, LogState
from configdb.materializer import Materializer
from configdb.model import SYSTEM, Tenant
from configdb.replica import Applied, Objects, State, apply
from configdb.replica import Versioned as Versioned
from configdb.secrets import Sealer, with_sealed_fields
from configdb.snapshot import Directory, TenantView, make_view
from configdb.store import DiskError, Store
from configdb.watch import CallFromThread, OnChange, Watch, call_here


@dataclass(frozen=True, slots=True)
class Receipt:
    """A write that is in the log at `sequence`. `applied` is False when this process did not see it in time."""

    sequence: int
    message_id: str
    applied: bool = True


@dataclass(frozen=True, slots=True)
class ClientStatus:
    """`behind` entries are not applied yet; `age_s` is how long ago this replica was known to be current (None: never).

    `text` says what is wrong with the log or the disk.
    """

    state: LogState
    sequence: int
    log_sequence: int
    behind: int
    age_s: float | None
    text: str


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
    ) -> None:
        """`seal` seals secrets that come unsealed; `extra_checks` adds problems of a tenant's flows to the checks.

        `call_from_thread` brings watchers' calls to their thread (a reactor's); `clock` gives the stamps of entries.
        """
        self._log, self._seal, self._clock = log, seal, clock
        self._extra_checks = extra_checks or (lambda view: [])
        self._call_from_thread = call_from_thread
        self._store = store or Store(data_dir / "config" / name)
        self._replica = Materializer(self._store, log)

    def start(self, on_change: OnChange | None = None) -> None:
        """Read the replica, follow the log. Works without the log. Raises `store.InUse`, `store.DiskError`."""
        self._replica.start()
        if on_change is not None:
            self.watch(on_change)

    def stop(self) -> None:
        """End the threads of this client; the log itself is closed by its owner."""
        self._replica.stop()

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
        )

    def wait_for(self, sequence: int, timeout_s: float = 5.0) -> bool:
        """Wait until an entry of the log is applied here; False when the time is over first."""
        return self._replica.wait_until(lambda state: state.sequence >= sequence, timeout_s)

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
        if self._replica.on_apply_thread:
            raise RuntimeError("a watcher must not wait for a write: it would wait for itself")
        deadline = time.monotonic() + timeout_s
        draft = self._draft(tenant, changes, actor, reason, message_id or uuid.uuid4().hex)
        while True:
            if (done := self.outcome(draft.message_id)) is not None:
                return done
            state = self._writable()
            _require_versions(state, expect or {})
            self._check(state, draft)
            try:
                after = state.tenant(tenant).sequence
                sequence = self._log.append(draft, after, max(deadline - time.monotonic(), 0.1))
            except Conflict:
                self._catch_up(tenant, after, deadline)
                continue
            return self._applied(sequence, draft.message_id, deadline)

    def outcome(self, message_id: str) -> Receipt | None:
        """The receipt of a write by its message id; None: it is not in the log as far as this replica got.

        Raises `Refused` when it came to the log but lost against a write that was ordered before it.
        """
        try:
            sequence = self._store.sequence_of(message_id)
            found = None if sequence is None else self._store.entry(sequence)
        except (DiskError, Broken):
            return None  # the disk is being repaired behind us; the log still finds the message by its id
        if sequence is None or sequence > self._replica.state.sequence or found is None:
            return None
        if problems := found[1]:
            raise Refused(problems[0].code, f"Somebody else was faster: {problems[0].text}.", problems, 409)
        return Receipt(sequence, message_id)

    def history(self, tenant: str, since: int = 0, limit: int = 1000) -> builtins.list[Entry]:
        """The tenant's entries behind `since` that had an effect, oldest first. Raises `Refused` 503 (disk)."""
        return self._from_disk(lambda: self._store.history(tenant, since, min(limit, history_page_max)))

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
        return objects_at(self._from_disk(lambda: self._store.history(tenant, 0, 1 << 62)), sequence)

    def _from_disk(self, read: Callable[[], builtins.list[Entry]]) -> builtins.list[Entry]:
        try:
            return read()
        except (DiskError, Broken) as error:
            raise Refused("disk", f"The history cannot be read now: {error}.", status=503) from error

    def _draft(self, tenant: str, changes: Sequence[Change], actor: str, reason: str, message_id: str) -> Entry:
        if not changes or len(changes) > changes_max:
            raise Refused("no_changes", f"A transaction has 1 to {changes_max} changes, this one {len(changes)}.")
        if escape(message_id) != message_id:
            raise Refused("invalid_message_id", "A message id has letters, digits, - and _ only.")
        sealed = tuple(self._sealed(change) for change in changes)
        return Entry(0, message_id, self._clock(), actor, reason[:reason_chars_max], tenant, sealed)

    def _sealed(self, change: Change) -> Change:
        if change.document is None or self._seal is None:
            return change
        return Change(change.kind, change.id, with_sealed_fields(change.kind, change.document, self._seal))

    def _writable(self) -> State:
        status = self._replica.status
        if status.state in (LogState.REPLACED, LogState.TOO_NEW):
            raise Refused(f"log_{status.state.value}", f"Nothing was changed: {status.text}.", status=503)
        return self._replica.state

    def _check(self, state: State, draft: Entry) -> None:
        """Raises `Refused` for what would be refused by order, and for what would not fit together."""
        after = _tried(state, draft)
        before, now = state.directory, after.state.directory
        if draft.tenant == SYSTEM:
            problems = added(system_problems(before, before), system_problems(now, before))
        else:
            problems = added(self._of_tenant(before, draft.tenant), self._of_tenant(now, draft.tenant))
        if problems:
            conflict = any(problem.code.startswith("duplicate") for problem in problems)
            raise Refused(problems[0].code, f"{problems[0]}.", tuple(problems), 409 if conflict else 422)

    def _of_tenant(self, directory: Directory, tenant: str) -> builtins.list[Problem]:
        view = directory.tenants.get(tenant)
        return [] if view is None else [*tenant_problems(view, directory), *self._extra_checks(view)]

    def _catch_up(self, tenant: str, after: int, deadline: float) -> None:
        """Another writer was faster: wait for its entry, then try again on top of it."""
        wait_s = deadline - time.monotonic()
        if not self._replica.wait_until(lambda state: state.tenant(tenant).sequence > after, max(wait_s, 0)):
            raise Refused("behind", "This node has not caught up with the configuration log: try again.", status=503)

    def _applied(self, sequence: int, message_id: str, deadline: float) -> Receipt:
        if not self.wait_for(sequence, max(deadline - time.monotonic(), 0)):
            return Receipt(sequence, message_id, applied=False)
        return self.outcome(message_id) or Receipt(sequence, message_id)


def _tried(state: State, draft: Entry) -> Applied:
    applied = apply(state, draft.numbered(state.sequence + 1))
    if applied.problems:
        first = applied.problems[0]
        raise Refused(first.code, f"{first}.", applied.problems, {"taken": 409, "frozen": 423}.get(first.code, 422))
    return applied


def _require_versions(state: State, expect: Mapping[Key, int]) -> None:
    for key, version in expect.items():
        found = state.tenant(key.tenant).get(key.kind, key.id)
        now = found.version if found is not None else 0
        if now != version:
            text = f"{key.kind} {key.id} is at version {now}, not {version}: somebody changed it"
            pointed = Problem(f"/{key.kind}/{key.id}", f"is at version {now}", "version_conflict")
            raise Refused("version_conflict", f"{text}.", (pointed,), 412)


__all__ = ["Change", "ClientStatus", "ConfigClient", "Receipt", "Refused", "Unknown", "Versioned"]
