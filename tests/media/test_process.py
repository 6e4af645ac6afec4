"""The worker as a process of its own: started, asked, ended, killed in the middle of a recording, started again."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from media.audio import wav
from media.plane import limits
from media.plane.client import MediaError
from media.plane.events import Digit, Lost, PlayDone, RecordDone
from tests.media.harness import Phone, eventually
from tests.media.test_recordings import LOUD, speak, starts
from tests.media.workshop import Desk, ReactorThread, free_ports

pytestmark = pytest.mark.interop
FAULTS = Path(__file__).parent / "faults"


class Process:
    """`python -m media.plane` with a client."""

    def __init__(self, data: Path, engine: str = "auto") -> None:
        self.data = data
        self.socket = data / "run" / "media-0.sock"
        low, high = free_ports()
        words = ["--data", str(data), "--rtp-ports", f"{low}-{high}", "--engine", engine]
        self.log = (data / "log").open("ab")
        self.child = subprocess.Popen(
            [sys.executable, "-m", "media.plane", *words],
            stdout=subprocess.PIPE,
            stderr=self.log,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(FAULTS), os.environ.get("PYTHONPATH", "")])},
        )
        assert self.child.stdout is not None
        assert b"media worker 0 ready" in self.child.stdout.readline()

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.child.send_signal(how)
        status = self.child.wait(20)
        assert self.child.stdout is not None
        self.child.stdout.close()
        self.log.close()
        return status


@pytest.fixture
def thread() -> Iterator[ReactorThread]:
    made = ReactorThread()
    yield made
    made.stop()


@pytest.fixture
def ann() -> Iterator[Phone]:
    made = Phone()
    yield made
    made.close()


def test_where_the_packet_loop_is_missing_the_plain_one_serves_and_says_so(
    tmp_path: Path, thread: ReactorThread, ann: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PACKET_LOOP", "1")
    process = Process(tmp_path)
    desk = Desk(thread, process.socket)
    assert "numpy" == desk.ask(lambda c: c.status())["engine"]
    desk.call("a", ann)
    desk.ask(lambda c: c.play("a", "t", ["tone:ringback"], loop=True))
    ann.wait_for(10)
    assert 0 == process.end()
    assert "the plain one serves" in (tmp_path / "log").read_text()


@pytest.mark.parametrize("engine", ["c", "numpy"])
def test_a_call_on_a_real_worker_hears_a_tone_presses_a_key_and_is_recorded(
    tmp_path: Path, thread: ReactorThread, ann: Phone, engine: str
) -> None:
    process = Process(tmp_path, engine)
    desk = Desk(thread, process.socket)
    assert engine == desk.ask(lambda c: c.status())["engine"]
    assert 0o600 == process.socket.stat().st_mode & 0o777
    path = tmp_path / "recordings" / "call.wav"
    port = desk.call("a", ann)
    desk.ask(lambda c: c.record("a", "r", str(path), "call", 60, 0))
    desk.ask(lambda c: c.play("a", "t", ["tone:ringback"], loop=True))
    ann.wait_for(10)
    speak(ann, port, [LOUD] * 10)
    ann.press(5, port)
    assert ["5"] == [event.digit for event in desk.heard(Digit)]
    assert ["key"] == [event.reason for event in desk.heard(PlayDone)]
    assert 0 == process.end()  # with a call up: its recording is whole
    assert 10 == len(starts(wav.parse(path.read_bytes()).samples[:, 0], LOUD))
    eventually(lambda: desk.lost, "told that the worker is gone")


def test_the_table_of_descriptors_need_not_grow_while_calls_are_up(tmp_path: Path) -> None:
    process = Process(tmp_path)
    status = Path(f"/proc/{process.child.pid}/status").read_text()
    (size,) = (int(line.split()[1]) for line in status.splitlines() if line.startswith("FDSize:"))
    assert 0 == process.end()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert size >= min(4 * limits.legs_max, hard)


def test_a_killed_worker_leaves_playable_recordings_and_its_client_knows(
    tmp_path: Path, thread: ReactorThread, ann: Phone
) -> None:
    process = Process(tmp_path)
    desk = Desk(thread, process.socket)
    path = tmp_path / "recordings" / "call.wav"
    port = desk.call("a", ann)
    desk.ask(lambda c: c.record("a", "r", str(path), "call", 60, 0))
    began = time.monotonic()
    speak(ann, port, [LOUD] * 75)
    process.end(signal.SIGKILL)
    recorded_s = time.monotonic() - began
    heard = wav.parse(path.read_bytes()).samples
    assert len(heard) / 8000 > recorded_s - 1.5
    assert 0 == len(desk.heard(RecordDone, 0))
    eventually(lambda: desk.lost, "told that the worker is gone")
    with pytest.raises(MediaError) as refused:
        desk.ask(lambda c: c.open("b"))
    assert "gone" == refused.value.code
    with path.open("r+b") as file:
        file.write(wav.header(2, 0))  # as if the power had gone between the audio and its header
    again = Process(tmp_path)
    assert len(wav.parse(path.read_bytes()).samples) / 8000 > recorded_s - 1.0
    second = Desk(thread, again.socket)
    assert 0 == second.ask(lambda c: c.status())["legs"]
    second.leave()
    assert 0 == again.end()


def test_a_worker_whose_recorder_dies_ends_says_why_and_its_client_knows(
    tmp_path: Path, thread: ReactorThread, ann: Phone
) -> None:
    process = Process(tmp_path)
    desk = Desk(thread, process.socket)
    path = tmp_path / "recordings" / "message.wav"
    port = desk.call("a", ann)
    desk.ask(lambda c: c.record("a", "r", str(path), "voicemail", 60, 5))
    speak(ann, port, [LOUD] * 75)
    assert 70 == process.end(signal.SIGUSR2)
    assert "the recorder stands still" in [event.reason for event in desk.heard(Lost)]
    eventually(lambda: desk.lost, "told that the worker is gone")
    assert "the recorder stands still: this worker ends" in (tmp_path / "log").read_text()
    assert len(wav.parse(path.read_bytes()).samples) > 0.5 * 8000
    again = Process(tmp_path)
    assert 0 == again.end()


def test_a_worker_goes_on_when_its_client_is_gone_and_serves_the_next(
    tmp_path: Path, thread: ReactorThread, ann: Phone
) -> None:
    process = Process(tmp_path)
    first = Desk(thread, process.socket)
    path = tmp_path / "recordings" / "call.wav"
    port = first.call("a", ann)
    first.ask(lambda c: c.record("a", "r", str(path), "call", 60, 0))
    speak(ann, port, [LOUD] * 5)
    thread.call(first.client._line.transport.abortConnection)
    second = Desk(thread, process.socket)
    eventually(lambda: second.ask(lambda c: c.status())["recordings"] == 0, "the recording finished")
    assert 5 == len(starts(wav.parse(path.read_bytes()).samples[:, 0], LOUD))
    assert port != second.call("a", ann)
    second.leave()
    assert 0 == process.end()


@pytest.mark.parametrize(
    "words, text",
    [
        (["--rtp-ports", "5-1"], "--rtp-ports"),
        (["--rtp-ports", "none"], "--rtp-ports"),
        (["--rtp-ports", "70000-70010"], "--rtp-ports"),
        (["--engine", "steam"], "--engine"),
    ],
)
def test_wrong_words_are_told_and_nothing_starts(tmp_path: Path, words: list[str], text: str) -> None:
    command = [sys.executable, "-m", "media.plane", "--data", str(tmp_path), *words]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=20, env=os.environ)
    assert 2 == ended.returncode
    assert text in ended.stderr
    assert [] == list(tmp_path.iterdir())
