"""Flows that scripted phones play on virtual time, played by real phones on a whole node: what is heard is listened for.

Each phone speaks with a tone of its own while somebody listens, so who hears whom is told by the tone.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from installer.phone_driver import Phone
from media.audio import wav
from tests.interop.listen import Sound, level_dbov
from tests.interop.node import Running, eventually
from tests.softswitch.test_flows import FLOWS, Flow

pytestmark = pytest.mark.interop

NAMES = (
    "b2bua The callee hangs up",
    "b2bua The caller gives up before anything was heard",
    "rfc5359 2.3 Music on hold",
    "rfc5359 2.4 Transfer - unattended",
    "rfc5359 2.12 Single-line extension: all phones of one number ring, one answers",
)
TONES_HZ = {"ann": 500, "ben": 700, "carla": 900, "sam": 1150}
RATE_HZ, TONE_S = 16_000, 1.0
"""Phones mix, play and record at this rate."""

FRAME = RATE_HZ // 50


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What each phone says."""
    folder, at = tmp_path_factory.mktemp("tones"), np.arange(int(RATE_HZ * TONE_S)) / RATE_HZ
    for name, hz in TONES_HZ.items():
        samples = (8000 * np.sin(2 * np.pi * hz * at)).astype("<i2")
        (folder / f"{name}.wav").write_bytes(wav.header(1, len(samples), RATE_HZ) + samples.tobytes())
    return {name: folder / f"{name}.wav" for name in TONES_HZ}


def who_is_heard(heard: Sound) -> str:
    """Whose tone is in most of what is not silent; "hold-music" when it is nobody's, "nothing" when all is silent."""
    frames = [frame for frame in heard[: len(heard) // FRAME * FRAME].reshape(-1, FRAME) if level_dbov(frame) > -45]
    if len(frames) < 10:
        return "nothing"
    best, count = Counter(map(whose, frames)).most_common(1)[0]
    return best if count > len(frames) / 2 else "hold-music"


def whose(frame: Sound) -> str:
    """Whose tone a frame is; the tones have whole periods in it."""
    spectrum = np.abs(np.fft.rfft(frame)) ** 2
    share = {name: float(spectrum[hz * FRAME // RATE_HZ] / spectrum.sum()) for name, hz in TONES_HZ.items()}
    best = max(share, key=lambda name: share[name])
    return best if share[best] > 0.7 else "hold-music"


def is_written(path: Path) -> bool:
    return path.stat().st_size > 10_000


def written(path: Path) -> Sound:
    """What a phone has written down so far, whatever the header says."""
    octets = path.read_bytes()[wav.HEADER_SIZE :]
    return np.frombuffer(octets[: len(octets) // 2 * 2], "<i2").astype(np.float64) / 32768


class RealPlay:
    """Plays a flow with real phones. What a phone is told inside of a transfer is not seen from outside of it."""

    def __init__(self, node: Running, phones: dict[str, Phone], tones: dict[str, Path], folder: Path) -> None:
        self._node, self._phones, self._tones, self._folder = node, phones, tones, folder
        self._heard = 0

    def line(self, line: str) -> None:
        if line.startswith("hear "):
            self.hear(dict(word.split("=") for word in line.split()[1:]))
            return
        if line.startswith("outcome "):
            return  # the scripted ones saw it
        action, _, consequences = line.partition("=>")
        name, verb, *rest = action.split()
        self.act(name, verb, rest)
        for each in filter(None, (one.strip() for one in consequences.split(","))):
            who, word, *_ = each.split()
            self.follows(self._phones[who], word, verb)

    def act(self, name: str, verb: str, rest: list[str]) -> None:
        phone = self._phones[name]
        match verb, rest:
            case "calls", [target] if name == "sam":
                self._node.dial(phone, target)
            case "calls", [target]:
                phone.do("call", uri=f"sip:{target}@{self._node.sip}")
            case "rings", []:
                pass  # it did, at once
            case "answers", []:
                phone.do("answer")
                phone.wait("state", state="CONFIRMED")
            case "refers", ["to", target]:
                phone.do("transfer", uri=f"sip:{target}@{self._node.sip}")
            case "hangs", ["up"]:
                phone.do("hangup")
            case "holds", []:
                phone.do("hold")
            case "resumes", []:
                phone.do("resume")
            case _:
                raise AssertionError(f"what is {verb} {rest}?")

    @staticmethod
    def follows(phone: Phone, word: str, verb: str) -> None:
        match word:
            case "INVITE":
                phone.wait("incoming")
            case "180":
                phone.wait("state", state="EARLY")
            case "200" if verb in ("holds", "resumes"):
                phone.wait("held" if verb == "holds" else "media")
            case "200":
                phone.wait("state", state="CONFIRMED")
            case "BYE" | "CANCEL":
                phone.wait("state", state="DISCONNECTED")
            case "202" | "NOTIFY":
                pass
            case status:
                phone.wait("state", state="DISCONNECTED", code=int(status))

    def hear(self, wanted: dict[str, str]) -> None:
        """Everybody speaks, some listen."""
        self._heard += 1
        files = {name: self._folder / f"{name}-{self._heard}.wav" for name in wanted}
        for name, path in files.items():
            self._phones[name].do("record", path=str(path))
        time.sleep(0.3)
        speaking = {*wanted, *wanted.values()} & set(self._phones)
        for name in speaking:
            self._phones[name].do("play", path=str(self._tones[name]))
        for name in speaking - {name for name, whom in wanted.items() if whom == "hold-music"}:
            self._phones[name].wait("played")
        time.sleep(0.5)
        for name, path in files.items():
            self._phones[name].do("record", path=str(self._folder / "afterwards.wav"))
            eventually(partial(is_written, path), what="the recording of a phone")
        found = {name: who_is_heard(written(path)) for name, path in files.items()}
        assert wanted == found


@pytest.fixture(scope="module")
def phones(node: Running) -> Iterator[dict[str, Phone]]:
    """The people's phones, and one of the carrier that takes calls."""
    with ExitStack() as stack:
        made = {name: stack.enter_context(node.registered(f"{name}-desk")) for name in ("ann", "ben", "carla")}
        carrier = stack.enter_context(node.carrier())
        carrier.listen()
        yield made | {"sam": carrier}
        for phone in made.values():
            phone.do("unregister")
        for phone in made.values():
            phone.wait("registered", status=200)


@pytest.mark.parametrize("flow", [flow for flow in FLOWS if flow.name in NAMES], ids=lambda flow: flow.name)
def test_real_phones_pass_the_flow_that_scripted_ones_pass(
    flow: Flow, node: Running, phones: dict[str, Phone], tones: dict[str, Path], tmp_path: Path
) -> None:
    play = RealPlay(node, phones, tones, tmp_path)
    for line in flow.lines:
        play.line(line)
    for phone in phones.values():
        phone.do("hangup")
    eventually(lambda: node.live() == [], what="the end of the call")
    for phone in phones.values():
        phone.has("everything")  # what it tells now is no longer news


def test_every_flow_that_is_named_is_there() -> None:
    assert set(NAMES) <= {flow.name for flow in FLOWS}
