"""The configuration as one process sees it: local reads, writes through the log, history, and changes in order.

(Interface first: bodies follow.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from configdb.checks import ExtraChecks
from configdb.history import ObjectDiff
from configdb.keys import Key
from configdb.log import Change, Entry, Log, LogState
from configdb.model import Value
from configdb.replica import Versioned
from configdb.secrets import Sealer
from configdb.snapshot import Directory, TenantView

OnChange = Callable[[Directory, Entry], None]


@dataclass(frozen=True, slots=True)
class Receipt:
    """A write that took effect: `sequence` is its place in the log, `message_id` its name."""

    sequence: int
    message_id: str


@dataclass(frozen=True, slots=True)
class ClientStatus:
    """`behind` entries are not applied yet; `age_s` is how long ago the replica was known to be up to date (None: never)."""

    state: LogState
    sequence: int
    log_sequence: int
    behind: int
    age_s: float | None
    text: str


class ConfigClient:
    def __init__(
        self,
        data_dir: Path,
        name: str,
        log: Log,
        seal: Sealer | None = None,
        *,
        extra_checks: ExtraChecks | None = None,           # Callable[[TenantView], list[Problem]]
        call_from_thread: Callable[..., object] | None = None,  # reactor.callFromThread: on_change is called there
    ) -> None: ...
    def start(self, on_change: OnChange | None = None) -> None: ...
    def stop(self) -> None: ...
    @property
    def directory(self) -> Directory: ...
    @property
    def status(self) -> ClientStatus: ...
    def wait_for(self, sequence: int, timeout_s: float = 5.0) -> bool: ...
    def get(self, tenant: str, kind: str, id: str) -> Versioned | None: ...
    def list(self, tenant: str, kind: str) -> list[Versioned]: ...
    def transact(
        self,
        tenant: str,
        changes: Sequence[Change],
        actor: str,
        reason: str,
        expect: dict[Key, int] | None = None,   # version per key, 0 = must not exist; Refused 412 version_conflict
        timeout_s: float = 5.0,
        message_id: str | None = None,          # give the one of `Unknown` to try again safely
    ) -> Receipt: ...
    def outcome(self, message_id: str) -> Receipt | None: ...
    def history(self, tenant: str, since: int = 0, limit: int = 1000) -> list[Entry]: ...
    def diff(self, tenant: str, from_sequence: int, to_sequence: int) -> list[ObjectDiff]: ...
    def at(self, tenant: str, sequence: int) -> TenantView: ...
