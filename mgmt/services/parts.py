"""What background services may use, opened once by their process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from configdb.bus import Bus
from configdb.client import ConfigClient
from configdb.edition import region_of
from configdb.estate import Region
from configdb.secrets import Sealer
from configdb.snapshot import Directory
from history.queue import Queue
from history.store import HistoryStore
from history.writer import Writer
from installer.acceptance import Check
from installer.between import Station
from mgmt.analyses import Analyses
from mgmt.context import Control
from mgmt.http.links import Links
from mgmt.mail.post import Post
from mgmt.outbox.box import Outbox
from mgmt.outbox.delivery import Delivery
from mgmt.outbox.web import Answer, Ask
from mgmt.services.relay import Relay
from mgmt.services.runner import Errand
from mgmt.sms.news import News
from mgmt.transcripts.engine import Engine
from mgmt.webhooks.postman import Postman
from quality.opinion.estimate import Judge
from softswitch.probe.caller import Heard
from vault.erasure import Eraser
from vault.stores import Vault

if TYPE_CHECKING:
    from mgmt.push.proxy import PushProxy
    from mgmt.services.prompts import Prompts


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the services process. `listening_percent` of one core may be used to hear recordings.

    control: the switch of this node. calls_itself: one call to a number over its own SIP, as a trunk's (softswitch.probe).
    post: the mail server. web: asks servers of others; raises what `mgmt.outbox.web` says.
    between: a test call from one node to another, by `test_phones` (company/device).
    errand: what this run is told. messages: voice messages that nobody looked at yet. engine: writes them down; None: nobody
    does. transcripts: recorded calls that wait to be written down. edition: the id of the region. links: to files, for suppliers.
    """

    history: HistoryStore
    vault: Vault
    uploads: Queue
    bus: Bus
    writer: Writer
    analyses: Analyses
    judge: Judge
    listening_percent: int
    eraser: Eraser
    config: ConfigClient
    directory: Callable[[], Directory]
    sealer: Sealer
    web: Callable[[Ask], Answer]
    post: Post
    delivery: Delivery[Any]
    relay: Relay
    postman: Postman
    push: PushProxy
    news: News
    messages: Queue
    transcripts: Queue
    prompts: Prompts
    engine: Engine | None
    links: Links
    control: Control
    calls_itself: Callable[[str, str, int], Heard]
    test_phones: tuple[str, ...]
    between: Callable[[Station, Station, str], list[Check]]
    data: Path
    edition: str
    clock: Callable[[], float]
    errand: Errand = field(default_factory=Errand)

    @property
    def region(self) -> Region:
        """The region of this node as it is configured now."""
        return region_of(self.directory(), self.edition)

    @property
    def outbox(self) -> Outbox:
        """What goes out."""
        return self.delivery.box
