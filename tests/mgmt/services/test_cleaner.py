"""What is told of a company that is erased goes with it, and nothing is certified while it may still be there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from configdb.event_log import EventsAway
from configdb.event_log_memory import MemoryEventLog
from mgmt.services import cleaner
from mgmt.services.relay import Relay
from tests.mgmt.conftest import World
from tests.mgmt.services.desk import parts_of


def test_events_of_an_erased_company_go_before_it_is_certified(world: World) -> None:
    log, eraser = MemoryEventLog(), world.context.eraser
    parts = replace(parts_of(world), relay=Relay(log, world.context.history.shelves, "spool"))
    for tenant in ("lakeside", "riverside"):
        log.append(tenant, {"id": tenant, "type": "call.ended"})
    eraser.ask("lakeside", "ann", {})
    eraser.closed("lakeside")
    log.away = True
    with pytest.raises(EventsAway):
        cleaner.erase(parts)
    assert "closed" == (eraser.known("lakeside") or {})["state"]
    log.away = False
    while cleaner.erase(parts).done:
        continue
    assert ["riverside"] == [one.tenant for one in log.read(None, 0, 10)]
    assert [] == eraser.pending()
