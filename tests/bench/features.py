"""CPU per feature call: what the switch works for a transfer, a park, a queue, a conference or a menu, beside a plain call.

    python -m tests.bench.features [--rounds 40]

Everything of the switch is real (parser, transactions, sessions, calls, flows, records on disk); time is virtual, phones and the
answers of the media worker are scripted. Counted is the CPU time of its thread inside of the switch only: a message that comes in
with all that it sets off, and timers, less what as long a time without a call costs right after it. Calls of one kind are made
again and again; the figure is the median of the second half.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from installer.demo_tenant import MAIN_NUMBER
from tests.softswitch.stage import Stage
from tests.softswitch.test_flows import Play, patches_of

FLOW = {
    "start": "menu",
    "nodes": {
        "menu": {
            "kind": "menu",
            "prompts": ["sound:queue-callback"],
            "keys": {"2": "ann"},
            "on_timeout": "end",
            "on_invalid": "end",
        },
        "ann": {"kind": "dial", "target": {"kind": "user", "id": "ann"}, "next": "end"},
        "end": {"kind": "hangup"},
    },
}
CONFIG = (
    'config room team name=Team number="1"',
    'config queue sales name=Sales agents=[{"user":"ann"}] wrap_up_s=0 no_answer=mailbox:front-desk',
    "config number +12025550125 target=queue:sales",
    "config flow keys name=Keys document=" + json.dumps(FLOW, separators=(",", ":")),
    f"config number {MAIN_NUMBER} target=flow:keys",
)
TALK = "ann calls 102", "ben answers", "ann waits 5"
CALLS: dict[str, tuple[str, ...]] = {
    "plain call": (*TALK, "ann hangs up"),
    "hold and back": (*TALK, "ann holds", "ann resumes", "ann hangs up"),
    "blind transfer": (*TALK, "ann refers to 103", "carla answers", "ann hangs up", "ben hangs up"),
    "park and pick-up": (*TALK, "ben refers to *6805", "ben hangs up", "carla calls *6905", "carla hangs up"),
    "a carrier's plain call": ("sam calls +12025550124", "ann answers", "ann waits 5", "sam hangs up"),
    "queue, one agent": ("sam calls +12025550125", "ann answers", "ann waits 5", "sam hangs up"),
    "conference of three": (
        *("ann calls *301", "ben calls *301", "carla calls *301", "ann waits 5"),
        *("ann hangs up", "ben hangs up", "carla hangs up"),
    ),
    "menu, then a person": (
        *(f"sam calls {MAIN_NUMBER}", "sam waits 2", "sam presses 2", "ann answers", "ann waits 5", "sam hangs up"),
    ),
    "menu, one more key": (
        *(f"sam calls {MAIN_NUMBER}", "sam waits 2", "sam presses 9", "sam waits 6", "sam presses 2", "ann answers"),
        *("ann waits 5", "sam hangs up"),
    ),
}


class Counted:
    """CPU time of this thread that passes inside of some methods; calls within calls count once."""

    def __init__(self) -> None:
        self.ns, self._inside = 0, False

    def of(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **options: Any) -> Any:
            if self._inside:
                return work(*arguments, **options)
            self._inside, began = True, time.thread_time_ns()
            try:
                return work(*arguments, **options)
            finally:
                self.ns += time.thread_time_ns() - began
                self._inside = False

        return counted


def each(lines: tuple[str, ...], rounds: int) -> Iterator[float]:
    """Milliseconds of one such call after another."""
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder), patches_of(CONFIG))
        counted, play, switch = Counted(), Play(stage), stage.switch
        switch.datagram = counted.of(switch.datagram)  # type: ignore[method-assign]  # what is measured
        switch.run = counted.of(switch.run)  # type: ignore[method-assign]  # the same
        switch.service._operations["agent"]({"tenant": "riverside", "user": "ann", "verb": "login"})
        seconds = switch.reactor.seconds
        for _ in range(rounds):
            before, began = counted.ns, seconds()
            for line in lines:
                play.act(line.split())
                stage.turn()
            stage.turn(1)
            if stage.switch.service._board.calls:
                raise RuntimeError(f"{lines}: a call did not end")
            worked, before = counted.ns - before, counted.ns
            stage.turn(seconds() - began)
            yield (worked - (counted.ns - before)) / 1e6
            for phone in stage.phones.values():
                phone.take()
                phone.dialogs.clear()
        stage.close()


def measured(lines: tuple[str, ...], rounds: int) -> float:
    """Milliseconds of one such call, once all is warm."""
    return statistics.median(list(each(lines, rounds))[rounds // 2 :])


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args().rounds
    plain = None
    print("| call | CPU, ms | x a plain call |")
    print("|---|---|---|")
    for name, lines in CALLS.items():
        took = measured(lines, rounds)
        plain = plain or took
        print(f"| {name} | {took:.2f} | {took / plain:.2f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
