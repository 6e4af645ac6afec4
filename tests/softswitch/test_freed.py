"""What is over leaves nothing to the collector of cycles: the memory of a call is given back when the call is, not later."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from installer import demo_tenant
from softswitch.adapters.live_call import LiveCall
from softswitch.calls.call import Call
from softswitch.transport.attempt import Attempt
from softswitch.transport.driver import Driver
from softswitch.transport.memory import MemoryNetwork
from softswitch.transport.server import ServerHandle
from softswitch.transport.session import Session
from tests.softswitch.calls.world import SDP
from tests.softswitch.street import Station, Street

FORGOTTEN_S = 100
"""After so long nothing asks for a call that is over: its transactions are, and its messages are filed."""

OF_A_CALL = (Call, LiveCall, Session, Attempt, Driver, ServerHandle)
OUTSIDE, MAIN = "+12025550177", "+12025550123"
Doing = Callable[[Street], None]


class Gateway(Station):
    """Another gateway of the carrier, which serves nobody."""

    def __init__(self, network: MemoryNetwork) -> None:
        super().__init__(network, None, ("127.0.0.1", 5071))
        self.answer = lambda session: session.reject(503)


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    """All phones are registered, all prompts are there; the carrier's first gateway serves nobody."""
    gateways = [{"host": "127.0.0.1", "port": 5071, "priority": 1}, {"host": "127.0.0.1", "port": 5070}]
    street = Street(tmp_path, {("trunk", demo_tenant.TRUNK): {"gateways": gateways}})
    street.stations = (*street.stations, Gateway(street.network))
    (view,) = street.switch.config.directory.tenants.values()
    for prompt in view.prompts.values():
        path = tmp_path / "media" / prompt.media
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"RIFF")
    street.register()
    yield street
    street.switch.close()
    assert [] == street.switch.troubles


def dial(street: Street, number: str, phone: str = "ann-desk") -> Session:
    """A phone calls, and waits a while."""
    session = street.phones[phone].dial(number, listener=street.heard())
    street.run(6)
    return session


def ended(session: Session, *words: str) -> None:
    """It went so; it is over."""
    heard: Any = session.listener
    assert list(words) == [word.strip().removesuffix(" sendrecv") for word in heard.words]


def bridged(street: Street) -> None:
    """A call that two talk in, with a hold; the caller ends it."""
    session = dial(street, "102")
    session.reinvite(SDP.replace(b"sendrecv", b"sendonly"))
    street.run(5)
    session.bye()
    street.run(5)
    ended(session, "answered", "reinvite answered recvonly", "ended 200 local")


def menu(street: Street) -> None:
    """A call to a menu; the caller ends it."""
    session = street.carrier.dial(MAIN, listener=street.heard())
    street.run(6)
    session.bye()
    street.run(5)
    ended(session, "answered", "ended 200 local")


def cancelled(street: Street) -> None:
    """The caller gives up while it rings."""
    street.phones["ben-desk"].answer = lambda session: session.ring()
    session = dial(street, "102")
    session.cancel()
    street.run(5)
    ended(session, "progress 180", "failed 487 Request Terminated")


def left(street: Street) -> None:
    """The one who was called ends it."""
    session = dial(street, "102")
    street.phones["ben-desk"].sessions[-1].bye()
    street.run(5)
    ended(session, "answered", "ended 200 remote")


def refused(street: Street) -> None:
    """There is no such number."""
    session = dial(street, "199")
    ended(session, "failed 404 Not Found")


def failed_over(street: Street) -> None:
    """A gateway does not serve, the next one does."""
    session = dial(street, OUTSIDE)
    session.bye()
    street.run(5)
    ended(session, "answered", "ended 200 local")


def registered(street: Street) -> None:
    """A phone registers again."""
    street.phones["ann-desk"].register()
    street.run(5)
    assert 200 == street.phones["ann-desk"].answers[-1]


def forget(street: Street) -> None:
    """Time passes, and who keeps what he did lets it go."""
    for station in street.stations:
        station.sessions.clear()
    street.run(FORGOTTEN_S)


ALL = (bridged, menu, cancelled, left, refused, failed_over, registered)


@pytest.mark.parametrize("do", ALL)
def test_what_is_over_leaves_nothing_to_the_collector(street: Street, do: Doing) -> None:
    do(street)  # what the first one makes for all is made
    forget(street)
    gc.collect()
    gc.freeze()  # what other tests left may become free at any moment
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        do(street)
        forget(street)
        gc.collect()
        found = Counter(type(one).__qualname__ for one in gc.garbage)
    finally:
        gc.set_debug(0)
        gc.enable()
        gc.unfreeze()
        gc.garbage.clear()
    assert Counter() == found


@pytest.mark.parametrize("do", ALL)
def test_what_is_over_is_held_by_nobody(street: Street, do: Doing) -> None:
    forget(street)
    before = of_calls()  # of other tests
    do(street)
    forget(street)
    gc.collect()
    assert [] == [one for one in of_calls() if not any(one is other for other in before)]


def of_calls() -> list[object]:
    """What belongs to a call, and is there."""
    return [one for one in gc.get_objects() if issubclass(type(one), OF_A_CALL)]  # not of whom a proxy stands for
