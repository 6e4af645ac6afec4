"""Where checks go: a far end names any candidates it likes, nothing is sent where no far end of its kind can be."""

from __future__ import annotations

from typing import Any, cast

import pytest
from twisted.internet.task import Clock

from media.ice.candidates import Address
from media.plane.commands import Remote
from media.plane.far_end import Ice
from media.plane.rtc import Rtc

NOWHERE = ("224.0.0.1", "255.255.255.255", "0.0.0.0", "0.1.2.3", "240.0.0.1", "::ffff:127.0.0.1", "ff02::1", "::1")
LOOPBACK, THERE = "127.0.0.1", "192.0.2.8"


class Port:
    """The owner of a leg: whom it sent something."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def send(self, data: bytes, to: Address) -> None:
        self.asked.add(to[0])


@pytest.mark.parametrize(
    ("signalling", "asked"), [("192.0.2.1", {THERE}), ("127.0.0.1", {THERE, LOOPBACK})], ids=["away", "here"]
)
def test_checks_go_to_no_candidate_that_no_far_end_can_have(signalling: str, asked: set[str]) -> None:
    clock, port = Clock(), Port()
    candidates = [[host, 5000 + n, 100 + n] for n, host in enumerate((*NOWHERE, LOOPBACK, THERE))]
    ice = Ice("ours0000", "o" * 32, "them", "t" * 22, candidates, controlling=True)
    rtc = Rtc(clock, cast(Any, None), cast(Any, port), is_v6=False)
    rtc.apply(Remote("0.0.0.0", 9, "PCMU", 0, 101, 20, "nat", signalling, ice=ice))
    clock.pump([0.05] * 40)
    rtc.close()
    assert asked == port.asked
