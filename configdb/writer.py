"""How a transaction comes into the log: check, append, wait; refused, unknown or done, and nothing in between.

    draft -> [outcome known?] -> check on the newest local state -> append after the tenant's last entry
                 ▲                                                     │
                 └── another was faster: catch up ◄── Conflict ────────┤
                 └── no answer: the same message id again ◄─ Unknown ──┤
                                                                 applied here: receipt

A message id is in the log at most once: the log knows it for two minutes, and an attempt that comes later was made behind
an entry that is not the tenant's last any more. So while an attempt may be on its way, a refusal is believed only behind a
*fence*: an entry without changes. Behind it whatever was sent before can no longer be taken.
"""

from __future__ import annotations

import builtins
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from configdb.checks import ExtraChecks, added, system_problems, tenant_problems
from configdb.errors import Broken, Problem, Refused, Unknown
from configdb.keys import Key, escape
from configdb.limits import changes_max, connect_wait_s_max, reason_chars_max, settle_wait_s_max
from configdb.log import Change, Conflict, Entry, Log, LogState
from configdb.materializer import Materializer
from configdb.model import SYSTEM
from configdb.replica import Applied, State, apply
from configdb.schema import to_lean
from configdb.secrets import Sealer, with_sealed_fields
from configdb.snapshot import Directory
from configdb.store import DiskError, Store

_STATUS = {"taken": 409, "frozen": 423}


@dataclass(frozen=True, slots=True)
class Receipt:
    """A write that is in the log at `sequence`. `applied` is False when this process did not see it in time."""

    sequence: int
    message_id: str
    applied: bool = True


class Writer:
    """The writing half of a client; methods block and may be called from any thread but the replica's."""

    def __init__(
        self,
        log: Log,
        replica: Materializer,
        store: Store,
        seal: Sealer | None,
        extra_checks: ExtraChecks | None,
        clock: Callable[[], float],
    ) -> None:
        self._log, self._replica, self._store, self._seal, self._clock = log, replica, store, seal, clock
        self._extra_checks = extra_checks or (lambda view: [])
        self.refused = 0
        self.unknown = 0

    def transact(
        self,
        tenant: str,
        changes: Sequence[Change],
        actor: str,
        reason: str,
        expect: Mapping[Key, int] | None,
        timeout_s: float,
        message_id: str | None,
    ) -> Receipt:
        """See `configdb.client.ConfigClient.transact`."""
        if self._replica.on_apply_thread:
            raise RuntimeError("a watcher must not wait for a write: it would wait for itself")
        deadline = time.monotonic() + timeout_s
        draft = self._draft(tenant, changes, actor, reason, message_id or uuid.uuid4().hex)
        attempt = _Attempt(draft, expect or {}, deadline, sent=message_id is not None)
        try:
            return self._try(attempt)
        except Refused as refused:
            self.refused += 1
            if not attempt.sent:
                raise
            return self._settled(attempt, refused)
        except Unknown:
            self.unknown += 1
            raise

    def resolve(self, tenant: str, message_id: str, timeout_s: float) -> Receipt | None:
        """What became of a write whose answer was lost; None: it is not in the log and never will be.

        Raises `Unknown` while the log does not answer, and `Refused` as `outcome`.
        """
        deadline = time.monotonic() + timeout_s
        while (done := self.outcome(message_id)) is None:
            after = self._replica.state.tenant(tenant).sequence
            fence = Entry(0, uuid.uuid4().hex, self._clock(), "configdb", f"fence behind {message_id}", tenant, ())
            try:
                sequence = self._log.append(fence, after, max(deadline - time.monotonic(), 0.1))
            except Conflict:
                if not self._caught_up(tenant, after, deadline):
                    raise Unknown(message_id) from None
                continue
            except Refused as refused:
                raise Unknown(message_id) from refused
            except Unknown as unknown:
                raise Unknown(message_id) from unknown
            if not self.wait_for(sequence, deadline - time.monotonic()):
                raise Unknown(message_id)
            return self.outcome(message_id)
        return done

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

    def wait_for(self, sequence: int, timeout_s: float) -> bool:
        """Wait until an entry of the log is applied here; False when the time is over first."""
        return self._replica.wait_until(lambda state: state.sequence >= sequence, max(timeout_s, 0))

    def _try(self, attempt: _Attempt) -> Receipt:
        draft = attempt.draft
        while True:
            if (done := self.outcome(draft.message_id)) is not None:
                return done
            state = self._writable()
            _require_versions(state, attempt.expect)
            lean = self._checked(state, draft)
            after = state.tenant(draft.tenant).sequence
            try:
                sequence = self._log.append(lean, after, min(max(attempt.left_s, 0.1), settle_wait_s_max))
            except Conflict:
                if not self._caught_up(draft.tenant, after, attempt.deadline):
                    text = "This node has not caught up with the configuration log: try again."
                    raise Refused("behind", text, status=503) from None
                continue
            except Unknown:
                attempt.sent = True
                if attempt.left_s <= 0:
                    raise
                continue
            if not self.wait_for(sequence, attempt.left_s):
                return Receipt(sequence, draft.message_id, applied=False)
            return self.outcome(draft.message_id) or Receipt(sequence, draft.message_id)

    def _settled(self, attempt: _Attempt, refused: Refused) -> Receipt:
        """A refusal while an earlier attempt may be on its way. Raises it when that can no longer be taken."""
        done = self.resolve(attempt.draft.tenant, attempt.draft.message_id, attempt.left_s)
        if done is None:
            raise refused
        return done

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
        replica = self._replica
        replica.wait_until(lambda _: replica.status.state is not LogState.AWAY, connect_wait_s_max)
        status = replica.status
        if status.state is not LogState.FOLLOWING:
            raise Refused(f"log_{status.state.value}", f"Nothing was changed: {status.text}.", status=503)
        if replica.state.sequence < status.first_sequence - 1:
            raise Refused("behind", "This node has not caught up with the configuration log: try again.", status=503)
        return replica.state

    def _checked(self, state: State, draft: Entry) -> Entry:
        """The draft as the log keeps it. Raises `Refused` for what would be refused by order or would not fit together."""
        after = _tried(state, draft)
        before, now = state.directory, after.state.directory
        if draft.tenant == SYSTEM:
            problems = added(system_problems(before, before), system_problems(now, before))
        else:
            problems = added(self._of_tenant(before, draft.tenant), self._of_tenant(now, draft.tenant))
        if problems:
            conflict = any(problem.code.startswith("duplicate") for problem in problems)
            raise Refused(problems[0].code, f"{problems[0]}.", tuple(problems), 409 if conflict else 422)
        written = [(key.kind, key.id, found) for key, found in after.changed.items()]
        changes = (Change(kind, id, None if found is None else to_lean(found.value)) for kind, id, found in written)
        return replace(draft, changes=tuple(changes))

    def _of_tenant(self, directory: Directory, tenant: str) -> builtins.list[Problem]:
        view = directory.tenants.get(tenant)
        return [] if view is None else [*tenant_problems(view, directory), *self._extra_checks(view)]

    def _caught_up(self, tenant: str, after: int, deadline: float) -> bool:
        """Another writer was faster: wait for its entry, to try again on top of it."""
        wait_s = max(deadline - time.monotonic(), 0)
        return self._replica.wait_until(lambda state: state.tenant(tenant).sequence > after, wait_s)


@dataclass(slots=True)
class _Attempt:
    """One transaction on its way; `sent` when some attempt of it got no answer."""

    draft: Entry
    expect: Mapping[Key, int]
    deadline: float
    sent: bool

    @property
    def left_s(self) -> float:
        return self.deadline - time.monotonic()


def _tried(state: State, draft: Entry) -> Applied:
    applied = apply(state, draft.numbered(state.sequence + 1))
    if applied.problems:
        first = applied.problems[0]
        raise Refused(first.code, f"{first}.", applied.problems, _STATUS.get(first.code, 422))
    return applied


def _require_versions(state: State, expect: Mapping[Key, int]) -> None:
    for key, version in expect.items():
        found = state.tenant(key.tenant).get(key.kind, key.id)
        now = found.version if found is not None else 0
        if now != version:
            text = f"{key.kind} {key.id} is at version {now}, not {version}: somebody changed it"
            pointed = Problem(f"/{key.kind}/{key.id}", f"is at version {now}", "version_conflict")
            raise Refused("version_conflict", f"{text}.", (pointed,), 412)
