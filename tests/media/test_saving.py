"""Frames from the rings into the files, many recordings in one go: on both engines, and on disks that refuse one of them."""

from __future__ import annotations

import errno
import os
import resource
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from media.audio import wav
from media.plane import recording, records, wavfile
from media.plane.events import RecordDone
from media.plane.records import Handle
from media.plane.wavfile import WavFile
from tests.media.harness import Rig, eventually, noise
from tests.media.test_recordings import LOUD, samples, speak, starts
from tests.media.workshop import Workshop

PACKETS, BLOCK_SIZE = 10, 4096
UNMAPPED = "/proc/self/mem"  # a write to its beginning is an EIO


def recorded(rig: Rig, *legs: int) -> list[NDArray[np.int16]]:
    """The rings of these legs, of which a quarter of a second is recorded."""
    for index in legs:
        leg, port, phone = rig.call(index)
        rig.post(records.record_start(leg))
        rig.settled()
        for n in range(PACKETS):
            phone.say(noise(100 * index + n), port)
    for index in legs:
        eventually(lambda index=index: rig.engine.statistics[index]["rx_packets"] == PACKETS, "the packets recorded")
    time.sleep(0.3)
    return [rig.engine.rings[index].copy() for index in legs]


def files(**descriptors: int) -> NDArray[Any]:
    """A file of each leg that is named."""
    made = np.zeros(64, records.RECORDING_FILE)
    made["frames_max"], made["block_size"], made["header"] = (
        10**6,
        BLOCK_SIZE,
        np.frombuffer(wav.header(2, 0), np.uint8),
    )
    for name, descriptor in descriptors.items():
        made["fd"][int(name.removeprefix("leg_"))] = descriptor
    return made


def legs(*which: int) -> NDArray[np.uint32]:
    return np.array(which, np.uint32)


def opened(path: Path | str) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT)


def test_whole_blocks_are_in_the_file_and_no_more_in_the_ring(rig: Rig, tmp_path: Path) -> None:
    first, second = recorded(rig, 1, 2)
    made = files(leg_1=opened(tmp_path / "a"), leg_2=opened(tmp_path / "b"))
    rig.engine.save(made, legs(1, 2))
    for leg, ring, name in ((1, first, "a"), (2, second, "b")):
        data, frames = (tmp_path / name).read_bytes(), int(made["frames"][leg])
        assert (0, 0) == (made["error"][leg], made["look"][leg])
        assert frames >= 1600
        assert np.any(ring[:frames])
        assert ring[:frames].astype("<i2").tobytes() == data[wav.HEADER_SIZE :]
        assert 0 == len(data) % BLOCK_SIZE
        assert frames == rig.engine.recordings["tail"][leg]
        assert not np.any(rig.engine.rings[leg][:frames])
        os.close(made["fd"][leg])


def test_what_is_not_old_enough_for_a_block_waits_until_it_is(rig: Rig, tmp_path: Path) -> None:
    recorded(rig, 1)
    made = files(leg_1=opened(tmp_path / "a"))
    made["margin_frames"] = 5000
    rig.engine.save(made, legs(1))
    assert (0, 0, 0) == (made["frames"][1], made["look"][1], os.path.getsize(tmp_path / "a"))
    due_ns = int(rig.engine.recordings["start_ns"][1]) + (5000 + 1013) * records.NS_PER_SAMPLE
    assert due_ns == made["due_ns"][1]
    eventually(lambda: rig.engine.now() > due_ns, "the block to be old enough")
    rig.engine.save(made, legs(1))
    assert 1013 <= made["frames"][1]
    os.close(made["fd"][1])


def test_each_block_of_a_call_brings_its_header(rig: Rig, tmp_path: Path) -> None:
    recorded(rig, 1)
    made = files(leg_1=opened(tmp_path / "a"))
    block, before = recording.BLOCK_SIZE // 4, (recording.BLOCK_SIZE - wav.HEADER_SIZE) // 4
    made["block_size"][1], made["frames"][1], made["told_frames"][1] = recording.BLOCK_SIZE, before, before
    due_ns = int(rig.engine.recordings["start_ns"][1]) + (block + 1) * records.NS_PER_SAMPLE
    eventually(lambda: rig.engine.now() > due_ns, "the block to be old enough")
    rig.engine.save(made, legs(1))
    assert made["frames"][1] == made["told_frames"][1] == before + block
    assert wav.header(2, before + block) == (tmp_path / "a").read_bytes()[: wav.HEADER_SIZE]
    os.close(made["fd"][1])


@pytest.mark.parametrize("untold", [0, 4700])
def test_the_header_tells_of_the_first_block_and_each_half_second(rig: Rig, tmp_path: Path, untold: int) -> None:
    recorded(rig, 1, 2)
    made = files(leg_1=opened(tmp_path / "a"), leg_2=opened(tmp_path / "b"))
    before = 6 * 1024 - wav.HEADER_SIZE // 4
    made["frames"][2], made["told_frames"][2] = before, before - untold
    rig.engine.save(made, legs(1, 2))
    first, second = made["frames"][1:3].tolist()
    assert 0 < first
    assert before + 1024 <= second
    is_told = second >= before - untold + wavfile.HEADER_FRAMES
    assert [first, second if is_told else before - untold] == made["told_frames"][1:3].tolist()
    assert wav.header(2, first) == (tmp_path / "a").read_bytes()[: wav.HEADER_SIZE]
    assert (wav.header(2, second) if is_told else bytes(wav.HEADER_SIZE)) == (tmp_path / "b").read_bytes()[:44]
    for leg in (1, 2):
        os.close(made["fd"][leg])


@pytest.mark.parametrize(("path", "error"), [("/dev/full", errno.ENOSPC), (UNMAPPED, errno.EIO)])
def test_a_disk_that_refuses_one_is_told_with_its_error_and_the_others_are_saved(
    rig: Rig, tmp_path: Path, path: str, error: int
) -> None:
    rings = recorded(rig, 1, 2, 3)
    made = files(leg_1=os.open(path, os.O_RDWR), leg_2=os.open("/dev/null", os.O_RDONLY), leg_3=opened(tmp_path / "a"))
    rig.engine.save(made, legs(1, 2, 3))
    assert [error, errno.EBADF, 0] == made["error"][1:4].tolist()
    assert [1, 1, 0] == made["look"][1:4].tolist()
    assert [0, 0] == made["frames"][1:3].tolist()
    assert (
        rings[2][: int(made["frames"][3])].astype("<i2").tobytes() == (tmp_path / "a").read_bytes()[wav.HEADER_SIZE :]
    )
    tails = rig.engine.recordings["tail"][1:4].tolist()
    time.sleep(0.3)
    rig.engine.save(made, legs(1, 2))
    assert tails[:2] == rig.engine.recordings["tail"][1:3].tolist()  # nothing is done about it until somebody looks
    for leg in (1, 2, 3):
        os.close(made["fd"][leg])


def test_a_disk_that_takes_a_part_has_that_part_and_tells_why_not_more(rig: Rig, tmp_path: Path) -> None:
    (ring,) = recorded(rig, 1)
    made, before = files(leg_1=opened(tmp_path / "a")), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        rig.engine.save(made, legs(1))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (errno.EFBIG, 0) == (made["error"][1], made["frames"][1])
    assert ring.astype("<i2").tobytes()[: 1000 - wav.HEADER_SIZE] == (tmp_path / "a").read_bytes()[wav.HEADER_SIZE :]
    os.close(made["fd"][1])


def test_who_is_at_the_limit_or_stopped_or_not_begun_or_far_behind_needs_a_closer_look(
    rig: Rig, tmp_path: Path
) -> None:
    recorded(rig, 1, 2, 3)
    rig.post(records.record_stop(Handle(2, 1)))
    rig.settled()
    rig.leg(4)
    made = files(**{f"leg_{n}": opened(tmp_path / str(n)) for n in (1, 2, 3, 4)})
    made["frames_max"][1] = 1000
    rig.engine.save(made, legs(1, 2, 3, 4))
    assert [1, 1, 0, 1] == made["look"][1:5].tolist()
    time.sleep(2.4)
    rig.engine.save(made, legs(3))
    assert (1, 0) == (made["look"][3], made["error"][3])
    for leg in (1, 2, 3, 4):
        os.close(made["fd"][leg])


def test_who_asks_for_a_closer_look_while_the_disk_takes_its_time_gets_it(rig: Rig) -> None:
    """What is written is the request itself: it comes in the middle of the write, as that of a key to be hidden may."""
    ring = recorded(rig, 1)[0]
    first = int(np.flatnonzero(ring[:, 0])[0])
    rig.engine.take(1, first)
    made = np.concatenate([files(leg_1=opened(UNMAPPED)), np.zeros(8192, records.RECORDING_FILE)])
    address = made["look"].ctypes.data + made.strides[0]
    made["frames"][1] = (address - wav.HEADER_SIZE) // 4
    made["told_frames"][1], made["frames_max"][1] = made["frames"][1] + 10**6, made["frames"][1] + 10**6
    os_fd = int(made["fd"][1])
    rig.engine.save(made, legs(1))
    os.close(os_fd)
    assert made["frames"][1] > (address - wav.HEADER_SIZE) // 4
    assert 0 != made["look"][1]


def test_a_leg_that_is_not_is_refused(rig: Rig) -> None:
    with pytest.raises(IndexError):
        rig.engine.save(files(), legs(64))


def replaced(path: str, by: str) -> None:
    """Whatever this process has open there is another file from now on."""
    other = os.open(by, os.O_RDWR)
    for name in os.listdir("/proc/self/fd"):
        if os.path.realpath(f"/proc/self/fd/{name}") == path:
            os.dup2(other, int(name))
    os.close(other)


@pytest.mark.parametrize("full", ["/dev/full", UNMAPPED])
def test_a_disk_that_refuses_one_recording_loses_no_other(workshop: Workshop, full: str) -> None:
    desk, ann, ben = workshop.desk, workshop.phone(1), workshop.phone(2)
    ports = [desk.call(leg, phone) for leg, phone in (("a", ann), ("b", ben))]
    paths = [str(workshop.folder.resolve() / f"{leg}.wav") for leg in "ab"]
    for leg, path in zip("ab", paths, strict=True):
        desk.ask(lambda c, leg=leg, path=path: c.record(leg, leg, path, "call", 60, 0))
    replaced(paths[0], full)
    speak(ben, ports[1], [LOUD] * 60)
    told = desk.heard(RecordDone)[0]
    assert ("a", "failed", 0.0) == (told.token, told.reason, told.seconds)
    time.sleep(0.2)
    desk.ask(lambda c: c.stop_record("b"))
    assert ("b", "stopped") == [(event.token, event.reason) for event in desk.heard(RecordDone, 2)][1]
    assert 60 == len(starts(samples(paths[1])[:, 0], LOUD))


def test_a_call_is_recorded_to_its_limit_to_the_frame(workshop: Workshop) -> None:
    desk, ann = workshop.desk, workshop.phone()
    port = desk.call("a", ann)
    path = str(workshop.folder / "call.wav")
    desk.ask(lambda c: c.record("a", "r", path, "call", 1.1, 0))
    speak(ann, port, [LOUD] * 90)
    told = desk.heard(RecordDone)[0]
    assert ("limit", 1.1, 8800) == (told.reason, told.seconds, len(samples(path)))


def test_what_is_in_the_file_is_there_within_a_second_and_its_header_too(workshop: Workshop) -> None:
    desk, ann = workshop.desk, workshop.phone()
    port = desk.call("a", ann)
    path = workshop.folder / "call.wav"
    desk.ask(lambda c: c.record("a", "r", str(path), "call", 60, 0))
    began = time.monotonic()
    behind = []
    for _ in range(15):
        speak(ann, port, [LOUD] * 10)
        passed = time.monotonic() - began
        data = path.read_bytes()
        behind.append((passed - (len(data) - wav.HEADER_SIZE) / 4 / 8000, passed - len(wav.parse(data).samples) / 8000))
    assert max(in_file for in_file, _ in behind) < 1.3
    assert max(in_header for _, in_header in behind) < 1.3


def test_a_disk_that_makes_nothing_durable_ends_the_recording_and_not_only_with_the_call(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sync(self: WavFile) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(WavFile, "sync", sync)
    desk = workshop.desk
    desk.ask(lambda c: c.open("a"))
    desk.ask(lambda c: c.record("a", "r", str(workshop.folder / "call.wav"), "call", 60, 0))
    told = desk.heard(RecordDone)[0]
    assert ("r", "failed") == (told.token, told.reason)


def test_a_call_is_looked_at_closely_only_while_something_of_it_is_covered(
    fast_workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, engine, ann = fast_workshop.desk, fast_workshop.engine, fast_workshop.phone()
    real, taken = engine.take, list[int]()

    def take(index: int, head: int) -> NDArray[np.int16]:
        taken.append(head)
        return real(index, head)

    monkeypatch.setattr(engine, "take", take)
    port, path = desk.call("a", ann), fast_workshop.folder / "call.wav"
    desk.ask(lambda c: c.record("a", "r", str(path), "call", 60, 0))
    speak(ann, port, [LOUD] * 60)
    assert len(taken) <= 1  # when it began
    assert len(samples(str(path))) > 2000
    desk.ask(lambda c: c.record_mode("r", "masked"))
    speak(ann, port, [LOUD] * 50)
    desk.ask(lambda c: c.record_mode("r", "on"))
    speak(ann, port, [LOUD] * 100)
    before, long_before = len(taken), path.stat().st_size
    assert before > 2
    speak(ann, port, [LOUD] * 60)
    assert before == len(taken)
    assert path.stat().st_size > long_before
