"""Recordings on disk: aligned channels, messages that end by themselves, disks that refuse, workers that are killed."""

from __future__ import annotations

import errno
import os
import resource
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from media.audio import covers, inband, message, wav
from media.codecs import g711
from media.plane import wavfile
from media.plane.client import MediaError
from media.plane.events import RecordDone
from media.plane.wavfile import WavFile
from tests.media.harness import Phone, eventually
from tests.media.workshop import Workshop

LOUD = g711.encode("PCMU", (8000 * np.sin(np.arange(160) * 0.7)).astype(np.int16)).tobytes()
OTHER = g711.encode("PCMU", (5000 * np.sin(np.arange(160) * 0.3)).astype(np.int16)).tobytes()
QUIET = bytes([0xFF] * 160)
FADED_IN, CONCEALED = 32, 480  # samples after a gap, and made up at its start


def speak(phone: Phone, port: int, payloads: list[bytes]) -> None:
    """At the pace of a real phone."""
    due = time.monotonic()
    for payload in payloads:
        phone.say(payload, port)
        due += 0.02
        time.sleep(max(0.0, due - time.monotonic()))


def samples(path: str) -> NDArray[np.int16]:
    return wav.parse(Path(path).read_bytes()).samples


def done(workshop: Workshop) -> RecordDone:
    return workshop.desk.heard(RecordDone)[0]


def starts(channel: NDArray[np.int16], payload: bytes) -> list[int]:
    """Where this packet's audio begins; its first 4 ms may be faded in."""
    wanted = g711.decode("PCMU", np.frombuffer(payload, np.uint8))[FADED_IN:]
    windows = np.lib.stride_tricks.sliding_window_view(channel, len(wanted))
    return [int(at) - FADED_IN for at in np.flatnonzero((windows == wanted).all(axis=1))]


def test_a_call_is_recorded_in_stereo_aligned_over_a_pause(workshop: Workshop) -> None:
    desk, ann, ben = workshop.desk, workshop.phone(1), workshop.phone(2)
    a, b = desk.call("a", ann), desk.call("b", ben)
    desk.ask(lambda c: c.bridge("a", "b"))
    path = str(workshop.folder / "deep" / "er" / "call.wav")
    desk.ask(lambda c: c.record("a", "r", path, "call", 60, 0))
    speak(ann, a, [LOUD] * 3)
    paused = time.monotonic()
    time.sleep(0.3)
    ann.timestamp += 2400
    answered = time.monotonic() - paused
    ben.say(OTHER, b)
    speak(ann, a, [LOUD] * 3)
    desk.ask(lambda c: c.stop_record("r"))
    told = done(workshop)
    heard = samples(path)
    assert ("a", "r", path, "stopped") == (told.leg, told.token, told.path, told.reason)
    assert len(heard) == pytest.approx(told.seconds * 8000, abs=8)
    left, right = starts(heard[:, 0], LOUD), starts(heard[:, 1], OTHER)
    assert [0, 160, 320, 2880, 3040, 3200] == [at - left[0] for at in left]  # by its timestamps, to the sample
    assert 1 == len(right)
    assert right[0] - left[2] == pytest.approx(160 + answered * 8000, abs=800)
    assert 0 == np.abs(heard[left[2] + 160 + CONCEALED : left[3], 0]).max()


def test_a_packet_that_is_lost_is_no_hole_in_a_recording(workshop: Workshop) -> None:
    """And one that comes late takes the place of what was made up for it."""
    desk, ann = workshop.desk, workshop.phone(1)
    port = desk.call("a", ann)
    path = str(workshop.folder / "call.wav")
    desk.ask(lambda c: c.record("a", "r", path, "call", 60, 0))
    tone = (8000 * np.sin(2 * np.pi * 400 * np.arange(1600) / 8000)).astype(np.int16)
    said = [g711.encode("PCMU", part).tobytes() for part in tone.reshape(10, 160)]
    for n in (0, 1, 2, 4, 5, 7, 6, 8, 9):
        ann.sequence, ann.timestamp = 1000 + n, 50_000 + 160 * n
        ann.say(said[n], port)
        time.sleep(0.005)
    time.sleep(0.3)
    desk.ask(lambda c: c.stop_record("r"))
    heard = samples(done(workshop).path)[:, 0].astype(int)
    begin = int(np.flatnonzero(heard)[0]) - 1
    wanted = g711.decode("PCMU", np.frombuffer(b"".join(said), np.uint8)).astype(int)
    assert np.abs(heard[begin : begin + 1600] - wanted).max() < 2000  # it fades; a hole would be 8000


def test_a_prompt_is_recorded_on_the_right(workshop: Workshop) -> None:
    desk, ann = workshop.desk, workshop.phone()
    desk.call("a", ann)
    path = str(workshop.folder / "call.wav")
    desk.ask(lambda c: c.record("a", "r", path, "call", 60, 0))
    desk.ask(lambda c: c.play("a", "t", ["tone:beep"]))
    ann.wait_for(25)
    desk.ask(lambda c: c.stop_record("r"))
    done(workshop)
    beep = b"".join(p.payload for p in ann.packets())[160:320]
    assert 1 <= len(starts(samples(path)[:, 1], beep))


def test_a_message_ends_after_silence_and_keeps_little_of_it(workshop: Workshop) -> None:
    desk, ann = workshop.desk, workshop.phone()
    port = desk.call("a", ann)
    path = str(workshop.folder / "vm.wav")
    desk.ask(lambda c: c.record("a", "r", path, "voicemail", 60, 0.6))
    speak(ann, port, [LOUD] * 20 + [QUIET] * 60)
    told = done(workshop)
    heard = samples(path)
    assert ("silence", (len(heard), 1)) == (told.reason, heard.shape)
    assert 0.4 <= told.seconds < 1.2
    blocks = np.abs(heard[:, 0].astype(int))[: len(heard) // 160 * 160].reshape(-1, 160).max(axis=1)
    assert 20 <= (blocks > 2000).sum() <= 21
    assert 3000 < blocks.max() < 4000  # 8000 was 8 dB above the usual level


def test_a_message_nobody_spoke_is_empty(workshop: Workshop) -> None:
    desk, ann = workshop.desk, workshop.phone()
    desk.call("a", ann)
    path = str(workshop.folder / "vm.wav")
    desk.ask(lambda c: c.record("a", "r", path, "voicemail", 60, 0.4))
    assert ("silence", 0.0) == (done(workshop).reason, done(workshop).seconds)
    assert 0 == len(samples(path))


def test_a_recording_ends_at_its_limit(workshop: Workshop) -> None:
    desk, ann = workshop.desk, workshop.phone()
    port = desk.call("a", ann)
    path = str(workshop.folder / "vm.wav")
    desk.ask(lambda c: c.record("a", "r", path, "voicemail", 0.5, 5))
    speak(ann, port, [LOUD] * 60)
    told = done(workshop)
    assert ("limit", 0.5, 4000) == (told.reason, told.seconds, len(samples(path)))


def test_a_leg_that_closes_finishes_its_recording(workshop: Workshop) -> None:
    desk, ann = workshop.desk, workshop.phone()
    port = desk.call("a", ann)
    path = str(workshop.folder / "call.wav")
    desk.ask(lambda c: c.record("a", "r", path, "call", 60, 0))
    speak(ann, port, [LOUD] * 10)
    time.sleep(0.1)
    desk.ask(lambda c: c.close("a"))
    assert "stopped" == done(workshop).reason
    assert 10 == len(starts(samples(path)[:, 0], LOUD))


def test_a_second_recording_waits_for_the_first_to_be_closed(workshop: Workshop) -> None:
    desk = workshop.desk
    desk.ask(lambda c: c.open("a"))

    def record(token: str) -> None:
        desk.ask(lambda c: c.record("a", token, str(workshop.folder / f"{token}.wav"), "call", 60, 0))

    record("one")
    for token in ("one", "two"):
        with pytest.raises(MediaError) as refused:
            record(token)
        assert "exists" == refused.value.code
    desk.ask(lambda c: c.stop_record("one"))
    record("two")
    desk.ask(lambda c: c.stop_record("two"))
    assert ["one", "two"] == [event.token for event in desk.heard(RecordDone, 2)]
    assert {"stopped"} == {event.reason for event in desk.heard(RecordDone, 2)}


def test_a_path_that_is_taken_or_cannot_be_is_refused(fast_workshop: Workshop) -> None:
    desk = fast_workshop.desk
    desk.ask(lambda c: c.open("a"))
    taken = fast_workshop.folder / "taken.wav"
    taken.write_bytes(b"precious")
    for path in (str(taken), str(taken / "below.wav"), "/proc/none/x.wav"):
        with pytest.raises(MediaError) as refused:
            desk.ask(lambda c, path=path: c.record("a", "r", path, "call", 60, 0))
        assert "path" == refused.value.code
    assert b"precious" == taken.read_bytes()


def full_after(size_bytes: int) -> Callable[[int, bytes, int], int]:
    """A disk with room for so much."""
    real = os.pwrite

    def pwrite(fd: int, data: bytes, at: int) -> int:
        if at + len(data) > size_bytes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(fd, data, at)

    return pwrite


def test_a_full_disk_ends_the_recording_and_not_the_call(workshop: Workshop) -> None:
    desk, ann, ben = workshop.desk, workshop.phone(1), workshop.phone(2)
    port = desk.call("a", ann)
    desk.call("b", ben)
    desk.ask(lambda c: c.bridge("a", "b"))
    path = str(workshop.folder / "call.wav")
    desk.ask(lambda c: c.record("a", "r", path, "call", 60, 0))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(
        resource.RLIMIT_FSIZE, (20_000, limits[1])
    )  # takes a part of the second block, as a full disk does
    try:
        speak(ann, port, [LOUD] * 60)
        told = done(workshop)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert ("failed", pytest.approx(len(samples(path)) / 8000, abs=0.001)) == (told.reason, told.seconds)
    assert 0 < len(samples(path)) <= 5000
    speak(ann, port, [OTHER] * 3)
    assert OTHER == ben.wait_for(63)[-1].payload
    desk.ask(lambda c: c.record("a", "again", str(workshop.folder / "again.wav"), "call", 60, 0))


def test_a_full_disk_refuses_a_recording_and_leaves_no_file(
    fast_workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = fast_workshop.desk
    desk.ask(lambda c: c.open("a"))
    monkeypatch.setattr(wavfile.os, "pwrite", full_after(0))
    path = fast_workshop.folder / "call.wav"
    with pytest.raises(MediaError) as refused:
        desk.ask(lambda c: c.record("a", "r", str(path), "call", 60, 0))
    assert "path" == refused.value.code
    assert not path.exists()


def test_what_breaks_over_one_recording_loses_that_one_alone(
    fast_workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, ann, ben = fast_workshop.desk, fast_workshop.phone(1), fast_workshop.phone(2)
    a, b = desk.call("a", ann), desk.call("b", ben)
    real = covers.Covers.apply

    def apply(self: covers.Covers, frames: Any, at: int) -> Any:
        if not getattr(broken, "all", None):
            broken.all = self
        if broken.all is self:
            raise ValueError("a fault of ours")
        return real(self, frames, at)

    broken = threading.local()
    monkeypatch.setattr(covers.Covers, "apply", apply)
    desk.ask(lambda c: c.record("a", "bad", str(fast_workshop.folder / "bad.wav"), "voicemail", 60, 5))
    speak(ann, a, [LOUD] * 60)
    assert [("bad", "failed")] == [(event.token, event.reason) for event in desk.heard(RecordDone)]
    desk.ask(lambda c: c.record("b", "good", str(fast_workshop.folder / "good.wav"), "call", 60, 0))
    speak(ben, b, [LOUD] * 10)
    time.sleep(0.1)
    desk.ask(lambda c: c.stop_record("good"))
    told = desk.heard(RecordDone, 2)[1]
    assert ("good", "stopped") == (told.token, told.reason)
    assert 10 == len(starts(samples(told.path)[:, 0], LOUD))
    assert [] == fast_workshop.dead


def test_a_message_that_cannot_be_made_ready_is_told_as_lost(
    fast_workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, ann = fast_workshop.desk, fast_workshop.phone()
    port = desk.call("a", ann)

    def broken(*_: Any) -> Any:
        raise ValueError("a fault of ours")

    monkeypatch.setattr(message, "ready", broken)
    desk.ask(lambda c: c.record("a", "r", str(fast_workshop.folder / "vm.wav"), "voicemail", 60, 5))
    speak(ann, port, [LOUD] * 30)
    time.sleep(0.1)
    desk.ask(lambda c: c.stop_record("r"))
    assert "failed" == done(fast_workshop).reason


def test_a_slow_disk_holds_up_neither_calls_nor_other_recordings(
    fast_workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, ann = fast_workshop.desk, fast_workshop.phone()
    port = desk.call("a", ann)
    desk.ask(lambda c: c.record("a", "slow", str(fast_workshop.folder / "slow.wav"), "call", 60, 0))
    thaw = threading.Event()
    monkeypatch.setattr(wavfile.os, "fdatasync", lambda fd: thaw.wait(10))
    desk.ask(lambda c: c.stop_record("slow"))
    desk.ask(lambda c: c.open("b"))
    desk.ask(lambda c: c.play("a", "t", ["tone:beep"]))
    ann.wait_for(25)
    ann.press(1, port)
    assert [] == [event for event in desk.told if isinstance(event, RecordDone)]
    thaw.set()
    assert "slow" == done(fast_workshop).token


@pytest.mark.parametrize("refused", [False, True])
def test_many_recordings_are_made_durable_in_one_go_or_where_that_fails_each(
    fast_workshop: Workshop, monkeypatch: pytest.MonkeyPatch, refused: bool
) -> None:
    desk, together, each = fast_workshop.desk, list[Path](), set[Path]()
    real, real_sync = WavFile.sync_file_system, WavFile.sync

    def sync_file_system(self: WavFile) -> None:
        together.append(self.path)
        if refused:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(self)

    def sync(self: WavFile) -> None:
        each.add(self.path)
        real_sync(self)

    monkeypatch.setattr(WavFile, "sync_file_system", sync_file_system)
    monkeypatch.setattr(WavFile, "sync", sync)
    paths = {fast_workshop.folder / f"{n}.wav" for n in range(24)}
    for n, path in enumerate(sorted(paths)):
        desk.ask(lambda c, n=n: c.open(f"leg {n}"))
        desk.ask(lambda c, n=n, path=path: c.record(f"leg {n}", f"t{n}", str(path), "call", 60, 0))
    eventually(lambda: together, "many to be brought to the disk together", 20.0)
    if refused:
        eventually(lambda: each == paths, "each to be brought to the disk", 20.0)
    else:
        assert len(each) < len(paths)
    for n in range(24):
        desk.ask(lambda c, n=n: c.stop_record(f"t{n}"))
    assert {"stopped"} == {event.reason for event in desk.heard(RecordDone, 24)}


def test_the_file_is_playable_at_every_moment_while_it_is_written(fast_workshop: Workshop) -> None:
    desk, ann = fast_workshop.desk, fast_workshop.phone()
    port = desk.call("a", ann)
    path = fast_workshop.folder / "call.wav"
    desk.ask(lambda c: c.record("a", "r", str(path), "call", 60, 0))
    speaker = threading.Thread(target=speak, args=(ann, port, [LOUD] * 60))
    speaker.start()
    lengths = []
    while speaker.is_alive():
        lengths.append(len(wav.parse(path.read_bytes()).samples))
        time.sleep(0.01)
    speaker.join()
    assert sorted(lengths) == lengths
    assert lengths[-1] > 0.4 * 8000


def test_a_header_that_a_crash_left_behind_is_put_right_and_others_are_left_alone(tmp_path: Path) -> None:
    crashed, foreign, right = tmp_path / "a" / "crashed.wav", tmp_path / "foreign.wav", tmp_path / "right.wav"
    file = WavFile(crashed, 2)
    file.write(np.ones((800, 2), np.int16))
    file.close()
    with crashed.open("r+b") as raw:
        raw.write(wav.header(2, 0))
        raw.seek(0, os.SEEK_END)
        raw.write(b"\1\0\1")  # torn within a frame
    foreign.write_bytes(b"RIFF" + bytes(60))
    right.write_bytes(wav.header(1, 1) + b"\0\0")
    (tmp_path / "folder.wav").mkdir()
    (tmp_path / "gone.wav").symlink_to(tmp_path / "nowhere")
    (tmp_path / "half.part").write_bytes(b"RIFF")
    assert [crashed] == wavfile.repair(tmp_path)
    assert not (tmp_path / "half.part").exists()
    assert (800, 2) == wav.parse(crashed.read_bytes()).samples.shape
    assert b"RIFF" + bytes(60) == foreign.read_bytes()
    assert [] == wavfile.repair(tmp_path)


def test_ten_recordings_at_once_are_all_whole(fast_workshop: Workshop) -> None:
    desk = fast_workshop.desk
    phones = [fast_workshop.phone(n) for n in range(10)]
    ports = [desk.call(f"leg {n}", phone) for n, phone in enumerate(phones)]
    paths = [str(fast_workshop.folder / f"{n}.wav") for n in range(10)]
    for n, path in enumerate(paths):
        desk.ask(lambda c, n=n, path=path: c.record(f"leg {n}", f"r{n}", path, "call", 60, 0))
    speakers = [
        threading.Thread(target=speak, args=(phone, port, [LOUD] * 40))
        for phone, port in zip(phones, ports, strict=True)
    ]
    for speaker in speakers:
        speaker.start()
    for speaker in speakers:
        speaker.join()
    for n in range(10):
        desk.ask(lambda c, n=n: c.stop_record(f"r{n}"))
    eventually(lambda: len(desk.heard(RecordDone, 0)) == 10, "ten recordings")
    assert [40] * 10 == [len(starts(samples(path)[:, 0], LOUD)) for path in paths]


def test_a_recording_is_masked_and_paused_and_goes_on(workshop: Workshop) -> None:
    desk, ann = workshop.desk, workshop.phone()
    port = desk.call("a", ann)
    path = str(workshop.folder / "call.wav")
    desk.ask(lambda c: c.record("a", "r", path, "call", 60, 0))
    for mode, packets in (("on", 20), ("masked", 20), ("paused", 30), ("on", 20)):
        desk.ask(lambda c, mode=mode: c.record_mode("r", mode))
        speak(ann, port, [LOUD] * packets)
    desk.ask(lambda c: c.stop_record("r"))
    assert 0.9 < done(workshop).seconds < 1.5
    blocks = np.abs(samples(path)[:, 0].astype(int))[: 160 * 60].reshape(-1, 160).max(axis=1) > 1000
    loud = "".join("#" if block else "." for block in blocks).strip(".")
    assert 16 <= len(loud.split(".")[0]) <= 22
    assert 15 <= loud.count(".") <= 24
    assert 16 <= len(loud.split(".")[-1]) <= 22


def test_the_mode_of_a_recording_that_is_not_is_refused(fast_workshop: Workshop) -> None:
    with pytest.raises(MediaError) as refused:
        fast_workshop.desk.ask(lambda c: c.record_mode("r", "paused"))
    assert "no-recording" == refused.value.code


def test_keys_are_not_in_a_recording_that_shall_be_free_of_them(workshop: Workshop) -> None:
    desk, ann, ben = workshop.desk, workshop.phone(1), workshop.phone(2)
    a = desk.call("a", ann, dtmf_payload_type=None)
    desk.call("b", ben, dtmf_payload_type=None)
    desk.ask(lambda c: c.bridge("a", "b"))
    tone = g711.encode("PCMU", inband.tone(5, 1600)).tobytes()
    pressed = [tone[at : at + 160] for at in range(0, 1600, 160)]
    for muted in (False, True):
        for leg in "ab":
            path = str(workshop.folder / f"{leg}-{muted}.wav")
            desk.ask(lambda c, leg=leg, path=path, m=muted: c.record(leg, leg, path, "call", 60, 0, mute_digits=m))
        speak(ann, a, [QUIET] * 10 + pressed + [QUIET] * 20 + [LOUD] * 10)
        desk.ask(lambda c: c.stop_record("a"))
        desk.ask(lambda c: c.stop_record("b"))
        desk.heard(RecordDone, 4 if muted else 2)
    for muted in (False, True):
        for leg, channel in (("a", 0), ("b", 1)):
            sound = samples(str(workshop.folder / f"{leg}-{muted}.wav"))[:, channel]
            blocks = np.abs(sound.astype(int))[: len(sound) // 160 * 160].reshape(-1, 160).max(axis=1) > 500
            assert (0 if muted else 10) <= blocks[:33].sum() <= (0 if muted else 11)
            assert 8 <= blocks[33:].sum()


def test_a_slow_disk_costs_the_recording_and_not_the_call(
    fast_workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, ann, ben = fast_workshop.desk, fast_workshop.phone(1), fast_workshop.phone(2)
    a = desk.call("a", ann)
    desk.call("b", ben)
    desk.ask(lambda c: c.bridge("a", "b"))
    desk.ask(lambda c: c.record("a", "r", str(fast_workshop.folder / "call.wav"), "call", 60, 0))
    real, slow = fast_workshop.engine.save, threading.Event()

    def crawl(files: NDArray[Any], legs: NDArray[np.uint32]) -> None:
        slow.set()
        time.sleep(1.0)
        real(files, legs)

    monkeypatch.setattr(fast_workshop.engine, "save", crawl)
    speak(ann, a, [LOUD] * 150)
    assert slow.is_set()
    heard = ben.wait_for(140)
    assert 145 <= len(heard)
    assert [LOUD] == list({p.payload for p in heard})
    gaps = np.diff([at for at, _ in ben.heard])
    print(f"longest gap with a slow disk: {gaps.max() * 1000:.1f} ms")
    desk.ask(lambda c: c.stop_record("r"))
    assert "stopped" == done(fast_workshop).reason
