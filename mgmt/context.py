"""Everything a request or a background service of the web process may use: frozen, built once by `mgmt.__main__`.

Use cases get it as their first argument; nothing else is shared between requests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any, Protocol

from configdb.bus import Bus
from configdb.client import ConfigClient
from configdb.edition import region_of
from configdb.estate import Region
from configdb.event_log import EventLog
from configdb.secrets import Sealer
from history.store import HistoryStore
from media.storage.store import MediaStore
from mgmt.access.apps import Apps
from mgmt.access.attempts import Attempts
from mgmt.access.auth import Door
from mgmt.access.pace import Pace
from mgmt.access.passwords import Passwords
from mgmt.access.sessions import Sessions
from mgmt.access.tokens import Tokens
from mgmt.access.visitors import Visitors
from mgmt.analyses import Analyses
from mgmt.database import Database
from mgmt.http.answers import Answers
from mgmt.http.links import Links
from mgmt.limits import archives_at_once_max, coded_at_once_max
from mgmt.metrics import Metrics
from mgmt.outbox.web import Answer, Ask
from mgmt.settings import MgmtSettings
from mgmt.stream.teller import Teller
from vault.erasure import Eraser
from vault.stores import Vault

if TYPE_CHECKING:
    from mgmt.stream.live import LiveBoard


class Control(Protocol):
    """The switch's control socket: `softswitch.control.client.ControlClient`, which raises `ControlError`."""

    def request(self, op: str, **fields: object) -> dict[str, Any]:
        """One question, one answer, within a short time."""


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of the web process. `node` is the name of this node, `spool` its source in the history; `clock` is wall time in
    epoch seconds; `mails`: the node sends e-mail; `archives`, `codings`: places for those that are being made.
    """

    settings: MgmtSettings
    config: ConfigClient
    history: HistoryStore
    vault: Vault
    analyses: Analyses
    eraser: Eraser
    links: Links
    control: Control
    board: LiveBoard
    bus: Bus
    events: EventLog
    teller: Teller
    spool: str
    sealer: Sealer
    database: Database
    sessions: Sessions
    attempts: Attempts
    passwords: Passwords
    answers: Answers
    door: Door
    tokens: Tokens
    apps: Apps
    metrics: Metrics
    pace: Pace
    web: Callable[[Ask], Answer]
    mails: bool
    node: str
    visitors: Visitors
    clock: Callable[[], float]
    archives: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(archives_at_once_max))
    codings: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(coded_at_once_max))

    @property
    def region(self) -> Region:
        """The region of this node as it is configured now."""
        return region_of(self.config.directory, self.settings.region)

    @property
    def media(self) -> MediaStore:
        """Where sound is."""
        return self.vault.media
