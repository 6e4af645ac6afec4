"""A test call between two independent phones: known speech both ways, keys both ways, and what arrived of it.

caller --dial--> node --> callee answers, both record
caller speaks, callee speaks, caller presses keys, callee presses keys, caller hangs up
what each heard is compared with what the other said (`quality.reference`)
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from installer.phone_driver import Phone, PhoneSilent
from media.audio.resample import to_8k
from media.audio.wav import BadWave, parse
from quality.reference import Compared, compare

KEYS = ("159#", "2604")
ANSWER_S_MAX = 15.0
SHARE_HEARD_MIN = 0.8  # of half seconds: the telephone at the end may itself drop a frame in one or two
MOS_MIN = 3.0


@dataclass(frozen=True, slots=True)
class Way:
    """One direction: what was heard of the speech, which keys came."""

    compared: Compared
    keys_sent: str
    keys_heard: str

    @property
    def heard(self) -> bool:
        """Nearly all of the speech arrived, well."""
        return self.compared.share_heard >= SHARE_HEARD_MIN and (self.compared.mos or 0.0) >= MOS_MIN

    @property
    def keyed(self) -> bool:
        """All keys arrived, once each and in order."""
        return self.keys_sent == self.keys_heard


@dataclass(frozen=True, slots=True)
class Result:
    """`failed` says what did not happen; then there may be no ways. `shown` is the From that the callee saw."""

    failed: str | None
    shown: str = ""
    setup_ms: float | None = None
    there: Way | None = None
    back: Way | None = None

    @property
    def passed(self) -> bool:
        """Speech and keys in both directions."""
        ways = (self.there, self.back)
        return self.failed is None and all(way is not None and way.heard and way.keyed for way in ways)

    def to_document(self) -> dict[str, Any]:
        """JSON."""
        ways = {
            name: None
            if way is None
            else {**way.compared.to_document(), "keys_sent": way.keys_sent, "keys_heard": way.keys_heard}
            for name, way in (("there", self.there), ("back", self.back))
        }
        about = {"failed": self.failed, "shown": self.shown, "setup_ms": self.setup_ms, "passed": self.passed}
        return {**about, **ways}


def sound(path: Path) -> NDArray[np.float64]:
    """A WAV file as samples at 8 kHz; nothing when there is none."""
    try:
        wave = parse(path.read_bytes())
    except (OSError, BadWave):
        return np.zeros(0)
    return to_8k(wave.samples[:, 0], wave.rate).astype(np.float64) / 32768


def place(caller: Phone, callee: Phone, dial: Callable[[], None], speech: tuple[Path, Path], folder: Path) -> Result:
    """Make the call. `dial` makes the caller call; the callee listens already. Recordings stay in `folder`."""
    at_callee, at_caller = folder / "heard-by-callee.wav", folder / "heard-by-caller.wav"
    began = time.monotonic()
    try:
        caller.do("record", path=str(at_caller))
        dial()
        shown = str(callee.wait("incoming", ANSWER_S_MAX)["from"])
        setup_ms = 1000 * (time.monotonic() - began)
        callee.do("record", path=str(at_callee))
        callee.do("answer")
        for phone in (caller, callee):
            phone.wait("state", ANSWER_S_MAX, state="CONFIRMED")
        for phone, said in zip((caller, callee), speech, strict=True):
            phone.do("play", path=str(said))
            phone.wait("played", 60)
        keys = _press(caller, callee, KEYS[0]), _press(callee, caller, KEYS[1])
        caller.do("hangup")
        for phone in (caller, callee):
            phone.wait("state", ANSWER_S_MAX, state="DISCONNECTED")
    except PhoneSilent as silent:
        caller.do("hangup")
        return Result(str(silent))
    caller.do("quit")
    callee.do("quit")
    time.sleep(0.5)
    there = Way(compare(sound(speech[0]), sound(at_callee)), KEYS[0], keys[0])
    back = Way(compare(sound(speech[1]), sound(at_caller)), KEYS[1], keys[1])
    return Result(None, shown, round(setup_ms, 1), there, back)


def _press(phone: Phone, other: Phone, keys: str) -> str:
    """Press keys; those the other end heard."""
    phone.do("dtmf", digits=keys)
    heard = ""
    for _ in keys:
        try:
            heard += str(other.wait("dtmf", 5)["digit"])
        except PhoneSilent:
            break
    return heard
