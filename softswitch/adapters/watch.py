"""One subscription of a phone as the notifier holds it: machine, dialog, what is watched; and its row for a restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from softswitch.adapters.requests import Asker
from softswitch.peers import phones
from softswitch.sip.bindings import Source
from softswitch.sip.dialog import Dialog
from softswitch.sip.fields.events import Event, parse_event
from softswitch.sip.subscription import Subscription

Key = tuple[str, str]
"""What is watched: the tenant, and a user (or another thing of it) by id."""

NUMBERS_LEFT_OUT = 100_000
"""CSeq numbers skipped after a restart: more than a subscription sends between two of its refreshes."""


class Package(Protocol):
    """An event package: who may watch what, and what there is to say."""

    name: str
    content_type: str

    def watched(self, asker: Asker, name: str) -> Key | None:
        """What a phone would watch under that name; None when it may not, or there is no such thing."""

    def ready(self, key: Key) -> bool:
        """Whether the state is known yet; if not, the notifier is told of a change once it is."""

    def body(self, key: Key, entity: str, version: int, since: int | None) -> tuple[bytes, int]:
        """The document, all of it or what is new since a cursor; and the cursor to come back with."""


@dataclass(slots=True)
class Watch:
    """See the module. `entity` is the URI that was subscribed to, `source` where the SUBSCRIBE came from."""

    id: str
    device: phones.Device
    package: Package
    event: Event
    key: Key
    entity: str
    dialog: Dialog
    source: Source
    machine: Subscription = field(default_factory=Subscription)
    cursor: int = 0
    parked: bool = False
    expiry: Any = None
    rest: Any = None

    def row(self, epoch: float) -> dict[str, Any]:
        """As it is kept."""
        dialog, source = self.dialog, self.source
        return {
            "device": self.device,
            "package": self.package.name,
            "event": str(self.event),
            "key": self.key,
            "entity": self.entity,
            "ends_at": self.machine.expires_at + epoch,
            "dialog": [dialog.key, dialog.local, dialog.remote, dialog.target, dialog.routes],
            "numbers": [dialog.local_number, dialog.remote_number],
            "source": [source.transport, source.address, source.port, source.flow],
        }


def restored(id: str, row: Mapping[str, Any], packages: Mapping[str, Package]) -> Watch:
    """The subscription of a row. Raises ValueError when the row is none of ours."""
    try:
        key, local, remote, target, routes = row["dialog"]
        call_id, ours, theirs = key
        dialog = Dialog((call_id, ours, theirs), local, remote, target)
        dialog.confirm()
        dialog.routes = tuple(routes)
        number, dialog.remote_number = row["numbers"]
        dialog.local_number = int(number) + NUMBERS_LEFT_OUT
        tenant, user, device = row["device"]
        owner, thing = row["key"]
        package, event = packages[row["package"]], parse_event(row["event"])
        source = Source(*row["source"])
        return Watch(id, (tenant, user, device), package, event, (owner, thing), str(row["entity"]), dialog, source)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not a row of subscriptions") from error
