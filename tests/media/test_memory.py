"""The loop waits for no memory: what a leg needs is taken before its command is in the ring."""

from __future__ import annotations

import resource

from media.plane import records
from media.plane.commands import Remote
from media.plane.records import Handle
from tests.media.test_lines import Clocked

LEGS = 48
WAITED_MAX = 12
"""Of the stack and the code itself, and of what the kernel took back; of the tables it was a hundred."""


class Counted(Clocked):
    """With the pages that its turns had to wait for."""

    waited = 0

    def turn(self, ms: int = 0) -> None:
        before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
        super().turn(ms)
        self.waited += resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before


def test_no_page_is_missing_when_legs_relay_meet_and_are_recorded() -> None:
    meeting = Counted(LEGS)
    engine = meeting.side.engine
    for n in range(0, LEGS, 2):
        engine.post(records.record_start(Handle(n, 1)))
    for n in range(LEGS // 2, LEGS):
        engine.post(records.join(Handle(n, 1), n // 3))
    for sequence in range(4):
        meeting.say(sequence)
        meeting.turn()
    meeting.close()
    assert meeting.waited <= WAITED_MAX


def waited_between_codings() -> int:
    meeting = Counted(LEGS)
    for n in range(0, LEGS, 2):
        host, port = meeting.phones[n].getsockname()
        remote = Remote(host, port, "G722", 9, 101, 20, "strict", host)
        meeting.side.engine.post(records.set_remote(Handle(n, 1), remote))
        meeting.side.engine.post(records.bridge(Handle(n, 1), Handle(n + 1, 1)))
    for sequence in range(4):
        meeting.say(sequence)
        meeting.turn()
    meeting.close()
    return meeting.waited


def test_no_page_is_missing_when_legs_are_bridged_that_speak_otherwise() -> None:
    waited_between_codings()  # the stack and the code itself are there from then on
    assert waited_between_codings() <= WAITED_MAX
