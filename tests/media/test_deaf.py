"""A leg whose socket the packet loop cannot watch hears nothing: its owner is told so, and does not wait for its far end."""

from __future__ import annotations

import errno
import mmap
import os
from typing import Any

import pytest

from media.plane import records
from media.plane.events import MediaFailed
from media.plane.loop import CompiledEngine
from media.plane.records import Handle, Kind
from tests.media.workshop import Workshop

NOW_NS = 10**17


def test_a_socket_that_cannot_be_watched_is_told_with_its_error() -> None:
    engine = CompiledEngine(4, mmap.mmap(-1, 4096))
    unwatchable = os.open("/dev/null", os.O_RDWR)
    engine.post(records.open_leg(Handle(1, 1), unwatchable, 0, 0, 0))
    engine.turn(NOW_NS)
    told = [(int(event["kind"]), int(event["leg"]), int(event["a"])) for event in engine.drain()]
    engine.stop()
    os.close(unwatchable)
    assert [(Kind.DEAF, 1, errno.EPERM)] == told


def test_the_owner_of_its_leg_hears_that_no_media_will_pass(
    fast_workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, unwatchable = records.open_leg, os.open("/dev/null", os.O_RDWR)

    def open_leg(handle: Handle, fd: int, *stream: Any) -> bytes:
        return real(handle, unwatchable, *stream)

    monkeypatch.setattr(records, "open_leg", open_leg)
    fast_workshop.desk.ask(lambda c: c.open("a"))
    (told,) = fast_workshop.desk.heard(MediaFailed)
    assert ("a", True) == (told.leg, os.strerror(errno.EPERM) in told.reason)
    fast_workshop.desk.ask(lambda c: c.close("a"))
    os.close(unwatchable)
