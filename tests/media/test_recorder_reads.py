"""The recorder looks at a recording while the packet loop writes its state: whatever comes between two looks, nothing is lost."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from media.kernels.reference import take
from media.plane import records
from media.plane.commands import Record
from media.plane.engine_numpy import NumpyEngine
from media.plane.events import RecordDone
from media.plane.recorder import Recorder
from media.plane.records import Handle
from media.plane.tape import Tape

LOOKS_MAX = 6
SECOND_NS, WAIT_S = 1_000_000_000, 5.0


class Row:
    """The state of a recording; before each of its fields is looked at, the loop may act."""

    def __init__(self, state: Any, before: Any) -> None:
        self._state, self._before = state, before

    def __getitem__(self, name: str) -> Any:
        self._before()
        return self._state[name]

    def item(self) -> tuple[Any, ...]:
        return tuple(self[name].tolist() for name in records.RECORDING.names or ())


class Busy(NumpyEngine):
    """The engine of one leg; it carries a stop out just before the so-manieth look after it was told to."""

    def __init__(self, looks: int) -> None:
        self.table: NDArray[Any] = np.zeros(1, records.RECORDING)
        self.ring: NDArray[np.int16] = np.zeros((records.RECORD_RING, 2), np.int16)
        self.tape = Tape(self.table[0], self.ring)
        self.looks_left = looks
        self.is_stopping = False
        self.recordings = [Row(self.table[0], self._look)]  # type: ignore[assignment]

    def _look(self) -> None:
        if self.is_stopping:
            self.looks_left -= 1
            if self.looks_left < 0:
                self.tape.stop(SECOND_NS)

    def post(self, command: bytes, wakes: bool = True) -> bool:
        op = records.HEAD.unpack_from(command)[0]
        if op == records.Op.RECORD_START:
            self.tape.start(0)
            self.tape.put(0, 0, np.full(8000, 1000, np.int16), 0)
        self.is_stopping = self.is_stopping or op == records.Op.RECORD_STOP
        return True

    def take(self, index: int, head: int) -> NDArray[np.int16]:
        taken = take(self.ring, int(self.table[0]["tail"]), head)
        self.table[0]["tail"] += len(taken)
        return taken

    def release(self, index: int) -> None:
        self.table[0] = 0

    def now(self) -> int:
        return SECOND_NS


@pytest.mark.parametrize("looks", range(LOOKS_MAX))
def test_what_the_loop_stops_while_it_is_looked_at_is_recorded_to_its_end(tmp_path: Path, looks: int) -> None:
    done: list[RecordDone] = []
    over = threading.Event()

    def tell(one: RecordDone) -> None:
        done.append(one)
        over.set()

    recorder = Recorder(Busy(looks), lambda token, error: None, tell, over.set)
    recorder.begin(Record("a", "r", str(tmp_path / "r.wav"), "call", 60, 0), Handle(0, 1))
    recorder.end("r", "stopped")
    recorder.start()
    assert over.wait(WAIT_S)
    recorder.close()
    assert [("stopped", 1.0)] == [(one.reason, one.seconds) for one in done]
