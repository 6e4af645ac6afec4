"""A company that texts, over two suppliers, and the servers of these as a test scripts them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from queue import Queue
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from configdb.bus import Bus
from configdb.log import Change
from configdb.model import SYSTEM
from history.activity import Activity
from history.store import ActivityFilter
from mgmt.outbox.item import Item
from mgmt.outbox.web import Answer, Ask
from mgmt.services.parts import Parts
from mgmt.sms.message import Message
from mgmt.sms.suppliers.generic import signature
from mgmt.sms.threads import Threads
from tests.mgmt.conftest import MAIN, World
from tests.mgmt.services.desk import parts_of

NUMBER, PHONE = "+12025550123", "+12025550100"
SUPPLIER = {"name": "North", "kind": "generic", "url": "https://north.example/send", "messages_per_s_max": 1000.0}
TEXTING = {"id": "main", "name": "Main", "supplier": "north", "number_per_s_max": 100.0}


class Told:
    """What the bus tells, which it does on a thread of its own."""

    def __init__(self, bus: Bus, pattern: str) -> None:
        self._bus, self._pattern, self._heard = bus, pattern, Queue[tuple[str, dict[str, Any]]]()
        bus.subscribe(pattern, lambda subject, document: self._heard.put((subject, document)))

    def __call__(self) -> list[tuple[str, dict[str, Any]]]:
        """All of it since the last time, with its subjects: a last document comes behind what was told before."""
        last = (self._pattern.replace("*", "last"), {"last": True})
        self._bus.publish(*last)
        return list(iter(lambda: self._heard.get(timeout=10), last))


@dataclass
class Desk:
    """`texting` and `supplier` are laid over the usual ones."""

    world: World
    texting: dict[str, Any] = field(default_factory=dict)
    supplier: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.outside = self.world.outside
        self.outside.answer = lambda ask: Answer(200, {}, b'{"id": "r1"}')
        config, sealed = self.world.context.config, self.world.context.sealer.seal("hush")
        rows = [
            Change("supplier", id, {**SUPPLIER, "id": id, "password": sealed, **more})
            for id, more in (
                ("spare", {"url": "https://spare.example/send"}),
                ("north", {"fallback": "spare", **self.supplier}),
            )
        ]
        config.transact(SYSTEM, rows, "test", "suppliers")
        self.texts(**self.texting)
        self.parts: Parts = parts_of(self.world)

    def texts(self, **texting: Any) -> None:
        """Let the company's number text so."""
        changes = [
            Change("texting", "main", {**TEXTING, **texting}),
            Change("number", NUMBER, {"id": NUMBER, "target": MAIN, "texting": "main"}),
        ]
        self.world.context.config.transact("riverside", changes, "test", "texting")

    @property
    def path(self) -> str:
        """Where the supplier north brings messages."""
        return f"/sms/north/{self.world.context.sealer.key_for('sms north').hex()[:40]}"

    def bring(self, document: dict[str, Any], secret: str = "hush", **how: Any) -> TestResponse:
        """As the supplier does."""
        body, stamp = json.dumps(document).encode(), str(int(self.world.clock.now))
        headers = {"X-Timestamp": stamp, "X-Signature": signature(secret, stamp, body)}
        client = self.world.app.test_client()
        return client.post(
            how.pop("path", self.path), data=body, headers=headers, content_type="application/json", **how
        )

    def came(self, id: str = "in1", text: str = "hello", **more: Any) -> TestResponse:
        """A message comes in."""
        return self.bring({"id": id, "from": PHONE, "to": NUMBER, "text": text, **more})

    def listen(self, pattern: str) -> Told:
        """What the bus tells from now on."""
        return Told(self.world.context.bus, pattern)

    def deliver(self) -> list[Item]:
        """Everything that is due in the outbox."""
        return self.parts.delivery.run(self.parts)

    def client(self, user: str = "ann") -> FlaskClient:
        """A browser of the company."""
        return self.world.client("riverside", user)

    def activities(self) -> list[Activity]:
        """Those of messages."""
        wanted = ActivityFilter(kinds=("message",))
        return list(self.world.context.history.activities("riverside", wanted, None, 100).rows)

    def message(self, id: str) -> Message:
        """One message."""
        found = Threads(self.world.context.history.shelves).message("riverside", id)
        assert found is not None
        return found

    def sent(self) -> list[tuple[str, str]]:
        """To whom what was sent by a supplier."""
        found = [json.loads(ask.body or b"{}") for ask in self.outside.asked]
        return [(each["to"], each["text"]) for each in found]


def refusing(status: int) -> Any:
    """A server that answers so."""

    def answer(ask: Ask) -> Answer:
        return Answer(status, {}, b"")

    return answer
