"""The packet loop and the disk: by the kernel's own count it reads and writes nothing, whatever it plays and records."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from media.audio import wav
from tests.media.harness import eventually
from tests.media.workshop import Workshop

LEGS = 60
TICKS = 50


def counted(thread: Path) -> dict[str, int]:
    """What a thread has asked of files so far (proc(5), io)."""
    lines = (line.split(": ") for line in (thread / "io").read_text().splitlines())
    return {name: int(value) for name, value in lines}


def packet_loop() -> Path:
    tasks = Path("/proc/self/task").iterdir()
    (loop,) = [task for task in tasks if (task / "comm").read_text().strip() == "packet-loop"]
    return loop


def test_sixty_prompts_and_recordings_cost_the_packet_loop_no_read_and_no_write(fast_workshop: Workshop) -> None:
    desk, ann = fast_workshop.desk, fast_workshop.phone()
    sounds = [fast_workshop.folder / f"sound-{n}.wav" for n in range(LEGS)]
    for n, path in enumerate(sounds):
        samples = (8000 * np.sin(np.arange(3200) * (0.1 + n / 100))).astype("<i2")
        path.write_bytes(wav.header(1, len(samples)) + samples.tobytes())
    desk.call("a", ann)
    for n, path in enumerate(sounds):
        leg = "a" if n == 0 else f"host {n}"
        if n > 0:
            desk.ask(lambda c, leg=leg: c.attendant(leg))
        desk.ask(lambda c, leg=leg, path=path: c.play(leg, "p", [str(path)], loop=True))
        tape = str(fast_workshop.folder / f"tape-{n}.wav")
        desk.ask(lambda c, leg=leg, n=n, tape=tape: c.record(leg, f"t{n}", tape, "room", 60, 0))
    loop, us = packet_loop(), Path("/proc/self")
    ann.wait_for(TICKS)
    before, written = counted(loop), counted(us)["syscw"]
    ann.wait_for(len(ann.heard) + TICKS)
    eventually(lambda: counted(us)["syscw"] > written + LEGS, "tapes written by the others")
    assert before == counted(loop)
