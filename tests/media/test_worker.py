"""The worker as the switch drives it: requests over its socket, real phones at its legs, events back."""

from __future__ import annotations

import gc
import json
import os
import socket
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from media.audio import tones, wav
from media.codecs import g711
from media.plane import limits, records
from media.plane.client import MediaError
from media.plane.events import Digit, Latched, Lost, PlayDone, RecordDone, RxTimeout, Window
from media.plane.leg_rtcp import LegRtcp
from media.plane.ports import PortPair, Ports
from media.plane.reports import LegReports
from media.plane.rtcp_port import RtcpPort
from media.rtp import rtcp
from tests.media.harness import Phone, eventually, is_continuous, noise
from tests.media.workshop import Desk, Workshop


def code_of(refused: pytest.ExceptionInfo[MediaError]) -> str:
    return refused.value.code


def sound(folder: Path, name: str = "hello.wav", frames: int = 1600, rate: int = 8000) -> tuple[str, bytes]:
    """A WAV file and the mu-law codes of what it says."""
    samples = np.random.default_rng(len(name)).integers(-8000, 8000, frames).astype(np.int16)
    path = folder / name
    path.write_bytes(wav.header(1, frames, rate) + samples.tobytes())
    return str(path), g711.encode("PCMU", samples).tobytes()


def talk(phone: Phone, port: int, count: int, seed: int = 0) -> list[bytes]:
    payloads = [noise(seed + n) for n in range(count)]
    for payload in payloads:
        phone.say(payload, port)
        time.sleep(0.002)
    return payloads


def test_a_busy_loop_takes_no_new_call_but_what_is_urgent(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "busy_percent_max", 0.0)
    with pytest.raises(MediaError) as refused:
        workshop.desk.ask(lambda c: c.open("a"))
    assert "full" == code_of(refused)
    assert workshop.desk.ask(lambda c: c.open("b", 4, urgent=True)).port


def test_two_legs_are_opened_latched_bridged_and_closed_with_their_figures(workshop: Workshop) -> None:
    desk, ann, ben = workshop.desk, workshop.phone(), workshop.phone()
    a, b = desk.call("a", ann), desk.call("b", ben)
    desk.ask(lambda c: c.bridge("a", "b"))
    sent = talk(ann, a, 20)
    assert sent == [p.payload for p in ben.wait_for(20)]
    talk(ben, b, 5)
    ann.wait_for(5)
    assert {("a", ann.port), ("b", ben.port)} == {(e.leg, e.port) for e in desk.heard(Latched, 2)}
    total = desk.ask(lambda c: c.close("a"))
    assert (20, 0, 5, 0) == (total.rx.packets, total.rx.lost, total.tx.packets, total.foreign)
    assert total.rx.level_dbov is not None
    desk.ask(lambda c: c.unbridge("b"))
    assert 5 == desk.ask(lambda c: c.close("b")).rx.packets
    assert 0 == desk.ask(lambda c: c.status())["legs"]


def test_a_name_and_a_port_are_free_again_after_close(fast_workshop: Workshop) -> None:
    desk = fast_workshop.desk
    for _ in range(200):
        desk.ask(lambda c: c.open("a"))
        desk.ask(lambda c: c.close("a"))
    assert 0 == desk.ask(lambda c: c.status())["legs"]


def test_a_closed_leg_leaves_nothing_to_the_collector_of_cycles(fast_workshop: Workshop) -> None:
    desk, ann, ben = fast_workshop.desk, fast_workshop.phone(), fast_workshop.phone()
    gc.collect()
    gc.disable()
    before = Counter(map(type, gc.get_objects()))
    try:
        for number in range(10):
            a, b = f"a{number}", f"b{number}"
            desk.call(a, ann)
            desk.call(b, ben)
            desk.ask(lambda c, a=a, b=b: c.bridge(a, b))
            desk.ask(lambda c, a=a: c.close(a))
            desk.ask(lambda c, b=b: c.close(b))
        left = Counter(map(type, gc.get_objects())) - before
    finally:
        gc.enable()
    assert 2 > max(left[kind] for kind in (LegRtcp, RtcpPort, LegReports, PortPair))


def test_a_wave_file_and_a_tone_are_heard_and_done_is_told(workshop: Workshop) -> None:
    desk, ann = workshop.desk, workshop.phone()
    desk.call("a", ann)
    path, codes = sound(workshop.folder)
    desk.ask(lambda c: c.play("a", "t1", [path, "tone:beep"]))
    beep = g711.encode("PCMU", tones.named("beep")).tobytes()
    heard = b"".join(p.payload for p in ann.wait_for(35))
    assert codes + beep == heard[: len(codes) + len(beep)]
    assert [PlayDone("a", "t1", "end")] == desk.heard(PlayDone)
    assert is_continuous(ann.packets())


def test_a_changed_file_is_a_new_sound_and_a_known_one_is_not_read_again(fast_workshop: Workshop) -> None:
    desk, ann = fast_workshop.desk, fast_workshop.phone()
    desk.call("a", ann)
    path, first = sound(fast_workshop.folder, frames=160)
    desk.ask(lambda c: c.play("a", "t1", [path] * 3))
    desk.heard(PlayDone, 1)
    os.utime(path, ns=(1, 1))
    Path(path).write_bytes(wav.header(1, 160) + bytes(320))
    desk.ask(lambda c: c.play("a", "t2", [path]))
    desk.heard(PlayDone, 2)
    assert first * 3 + b"\xff" * 160 == b"".join(p.payload for p in ann.wait_for(4))
    assert 320 == desk.ask(lambda c: c.status())["arena_used_bytes"]


def test_a_newer_play_and_a_stop_are_silent_and_a_key_is_told(workshop: Workshop) -> None:
    desk, ann = workshop.desk, workshop.phone()
    port = desk.call("a", ann)
    path, _ = sound(workshop.folder, frames=80000)
    desk.ask(lambda c: c.play("a", "one", [path]))
    desk.ask(lambda c: c.play("a", "two", [path], loop=True))
    desk.ask(lambda c: c.stop("a"))
    desk.ask(lambda c: c.stop("a"))
    desk.ask(lambda c: c.play("a", "three", [path]))
    ann.wait_for(3)
    ann.press(1, port)
    assert [PlayDone("a", "three", "key")] == desk.heard(PlayDone)
    assert [Digit("a", "1", 100)] == desk.heard(Digit)


@pytest.mark.parametrize("name", ["/no/such.wav", "tone:nonsense", "/dev/zero", "/"])
def test_a_sound_that_is_none_is_refused(fast_workshop: Workshop, name: str) -> None:
    fast_workshop.desk.ask(lambda c: c.open("a"))
    with pytest.raises(MediaError) as refused:
        fast_workshop.desk.ask(lambda c: c.play("a", "t", [name]))
    assert "sound" == code_of(refused)


def test_a_file_that_is_no_wave_or_too_long_is_refused(fast_workshop: Workshop) -> None:
    fast_workshop.desk.ask(lambda c: c.open("a"))
    broken, endless = fast_workshop.folder / "broken.wav", fast_workshop.folder / "endless.wav"
    broken.write_bytes(b"RIFF")
    with endless.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    for path in (broken, endless):
        with pytest.raises(MediaError) as refused:
            fast_workshop.desk.ask(lambda c, path=path: c.play("a", "t", [str(path)]))
        assert "sound" == code_of(refused)


def test_keys_are_heard_once_each_and_sent_with_marker_updates_and_three_ends(workshop: Workshop) -> None:
    desk, ann = workshop.desk, workshop.phone()
    port = desk.call("a", ann)
    for event, how in ((1, "M....EEE"), (1, "-....EEE"), (2, "M....EEEEEE"), (11, "M....---")):
        ann.press(event, port, how)
    assert ["1", "1", "2", "#"] == [e.digit for e in desk.heard(Digit, 4)]
    desk.ask(lambda c: c.send_dtmf("a", "1#"))
    heard = [p for p in ann.wait_for(14) if p.payload_type == 101]
    assert [True] + [False] * 6 == [p.marker for p in heard[:7]]
    assert [1] * 7 + [11] * 7 == [p.payload[0] for p in heard]
    assert [160, 320, 480, 640, 800, 800, 800] == [int.from_bytes(p.payload[2:], "big") for p in heard[:7]]
    assert [0, 0, 0, 0, 1, 1, 1] == [p.payload[1] >> 7 for p in heard[:7]]
    assert 2 == len({p.timestamp for p in heard})


def test_more_digits_than_fit_are_refused_until_the_first_are_sent(workshop: Workshop) -> None:
    desk, ann = workshop.desk, workshop.phone()
    desk.call("a", ann)
    desk.ask(lambda c: c.send_dtmf("a", "1" * 4))
    with pytest.raises(MediaError) as refused:
        desk.ask(lambda c: c.send_dtmf("a", "2" * 29))
    assert "full" == code_of(refused)
    eventually(lambda: len({p.timestamp for p in ann.packets()}) == 4, "four keys")

    def accepted() -> bool:
        try:
            desk.ask(lambda c: c.send_dtmf("a", "2" * 29))
        except MediaError:
            return False
        return True

    eventually(accepted, "room for more digits")


def test_a_far_end_that_is_not_known_gets_no_digits(fast_workshop: Workshop) -> None:
    fast_workshop.desk.ask(lambda c: c.open("a"))
    with pytest.raises(MediaError) as refused:
        fast_workshop.desk.ask(lambda c: c.send_dtmf("a", "1"))
    assert "no-remote" == code_of(refused)


def test_silence_of_the_far_end_is_told(workshop: Workshop) -> None:
    desk, ann = workshop.desk, workshop.phone()
    port = desk.call("a", ann)
    talk(ann, port, 3)
    desk.ask(lambda c: c.rx_timeout("a", 0.2))
    assert [RxTimeout("a")] == desk.heard(RxTimeout)


def test_a_far_end_that_only_reports_is_not_silent(fast_workshop: Workshop) -> None:
    """Its microphone is off, as with discontinuous transmission; when its reports stop too it is gone."""
    workshop = fast_workshop
    desk, ann = workshop.desk, workshop.phone()
    port = desk.call("a", ann)
    talk(ann, port, 3)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        control.bind(("127.0.0.1", ann.port + 1))
        desk.ask(lambda c: c.rx_timeout("a", 0.4))
        report = rtcp.build(rtcp.Compound((rtcp.Report(7, None, ()),), ((7, "ann"),)))
        for _ in range(12):
            control.sendto(report, ("127.0.0.1", port + 1))
            desk.ask(lambda c: c.status())
            time.sleep(0.1)
        assert [] == [event for event in desk.told if isinstance(event, RxTimeout)]
    assert [RxTimeout("a")] == desk.heard(RxTimeout)


def test_a_window_tells_what_was_heard_and_what_the_far_end_reports(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 5.0 == limits.statistics_period_s
    monkeypatch.setattr(limits, "statistics_period_s", 1.0)
    desk, ann = workshop.desk, workshop.phone()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        control.bind((ann.host, 0))
        control.settimeout(10)
        port = desk.call("a", ann, port=control.getsockname()[1] - 1, latch="nat", send_silence=True)
        talk(ann, port, 10)
        ann.sequence += 5
        talk(ann, port, 10)
        desk.heard(Latched)
        eventually(lambda: workshop.engine.statistics[0]["tx_packets"] >= 12, "as many sent as are told lost")
        block = rtcp.Block(tx_ssrc(workshop), 25, 12, 0, 80)
        lost_of_ours = rtcp.Compound((rtcp.Report(7, None, (block,)),), ((7, "ann"),))
        leg_rtcp = ("127.0.0.1", port + 1)
        for garbage in (b"", b"\x80", b"\x81\xc8\xff\xff" + bytes(24), rtcp.build(lost_of_ours)):
            control.sendto(garbage, leg_rtcp)
        window = desk.heard(Window)[0]
        assert (17, 5, 0) == (
            window.rx.packets,
            window.rx.lost,
            window.rx.duplicates,
        )  # three of 20 came before the lock
        assert (12, 10.0) == (window.tx.lost, window.tx.jitter_ms)
        assert 0.5 < window.seconds < 4


def tx_ssrc(workshop: Workshop) -> int:
    return int(workshop.engine.statistics[0]["tx_ssrc"])


def test_reports_carry_what_we_heard_and_sent(fast_workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "statistics_period_s", 1.0)
    desk, ann = fast_workshop.desk, fast_workshop.phone()
    port = desk.call("a", ann, send_silence=True)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        control.bind((ann.host, ann.port + 1))
        control.settimeout(10)
        talk(ann, port, 10)
        ann.sequence += 10
        talk(ann, port, 10)
        compound = rtcp.parse(control.recv(1500))
        assert compound is not None
        report = compound.reports[0]
        assert report.sender is not None
        assert tx_ssrc(fast_workshop) == report.ssrc
        assert [(ann.ssrc, 10, 85)] == [(block.ssrc, block.lost, block.fraction_lost) for block in report.blocks]
        assert 10 < report.sender.packets
        ann.wait_for(report.sender.packets)
        assert 160 * report.sender.packets == report.sender.octets


def test_a_leg_that_is_not_there_is_refused_by_every_command(fast_workshop: Workshop) -> None:
    desk = fast_workshop.desk
    remote = records.Remote("127.0.0.1", 9, "PCMU", 0, 101, 20, "strict", "127.0.0.1")
    path = str(fast_workshop.folder / "x.wav")
    for command in (
        lambda c: c.close("x"),
        lambda c: c.remote("x", remote),
        lambda c: c.bridge("x", "y"),
        lambda c: c.unbridge("x"),
        lambda c: c.hold("x", True),
        lambda c: c.play("x", "t", ["tone:busy"]),
        lambda c: c.stop("x"),
        lambda c: c.record("x", "t", path, "call", 10, 0),
        lambda c: c.send_dtmf("x", "1"),
        lambda c: c.rx_timeout("x", 1.0),
    ):
        with pytest.raises(MediaError) as refused:
            desk.ask(command)
        assert "no-leg" == code_of(refused)


@pytest.mark.parametrize("address", ["224.0.0.1", "0.1.2.3", "255.255.255.255", "240.0.0.1"])
def test_audio_is_not_sent_where_no_phone_can_be(fast_workshop: Workshop, address: str) -> None:
    desk = fast_workshop.desk
    desk.ask(lambda c: c.open("a"))
    with pytest.raises(MediaError) as refused:
        desk.ask(lambda c: c.remote("a", records.Remote(address, 9, "PCMU", 0, 101, 20, "strict", "192.0.2.1")))
    assert "address" == code_of(refused)


def test_loopback_is_for_those_who_signal_from_it(fast_workshop: Workshop) -> None:
    fast_workshop.desk.ask(lambda c: c.open("a"))
    with pytest.raises(MediaError):
        fast_workshop.desk.ask(
            lambda c: c.remote("a", records.Remote("127.0.0.1", 9, "PCMU", 0, 101, 20, "strict", "192.0.2.1"))
        )


def test_when_all_ports_are_taken_a_leg_is_refused_and_the_others_live_on(tmp_path: Path) -> None:
    workshop = Workshop("c", tmp_path, pairs=3)
    desk = workshop.desk
    for name in "abc":
        desk.ask(lambda c, name=name: c.open(name))
    with pytest.raises(MediaError) as refused:
        desk.ask(lambda c: c.open("d"))
    assert "no-ports" == code_of(refused)
    desk.ask(lambda c: c.close("b"))
    assert "127.0.0.1" == desk.ask(lambda c: c.open("d")).address
    workshop.close()


def test_when_all_places_are_taken_a_leg_is_refused(tmp_path: Path) -> None:
    workshop = Workshop("c", tmp_path, pairs=80)
    for n in range(64):
        workshop.desk.ask(lambda c, n=n: c.open(f"leg {n}"))
    with pytest.raises(MediaError) as refused:
        workshop.desk.ask(lambda c: c.open("one more"))
    assert "full" == code_of(refused)
    with pytest.raises(MediaError) as refused:
        workshop.desk.ask(lambda c: c.open("leg 7"))
    assert "exists" == code_of(refused)
    workshop.close()


def test_a_client_that_leaves_takes_its_legs_and_only_those(workshop: Workshop) -> None:
    other = Desk(workshop.thread, workshop.path)
    workshop.desk.ask(lambda c: c.open("mine"))
    other.ask(lambda c: c.open("theirs"))
    path = str(workshop.folder / "left.wav")
    other.ask(lambda c: c.record("theirs", "r", path, "call", 60, 0))
    other.leave()
    eventually(lambda: workshop.desk.ask(lambda c: c.status())["legs"] == 1, "one leg left")
    assert [] == other.lost
    with pytest.raises(MediaError) as refused:
        other.ask(lambda c: c.status())
    assert "gone" == code_of(refused)
    assert Path(path).stat().st_size >= wav.HEADER_SIZE
    assert 0 == workshop.desk.ask(lambda c: c.status())["recordings"]


def test_a_dead_packet_loop_is_told_and_ends_the_worker(fast_workshop: Workshop) -> None:
    fast_workshop.engine.stop()
    assert "the packet loop stands still" == fast_workshop.desk.heard(Lost)[0].reason
    assert ["the packet loop stands still"] == fast_workshop.dead
    fast_workshop.engine.start()  # so that the workshop can be closed


class Line:
    """The control socket without a client: whatever bytes, and the answers."""

    def __init__(self, path: Path) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(5)
        self.sock.connect(str(path))
        self.answers = self.sock.makefile("rb")

    def ask(self, line: bytes) -> dict[str, object]:
        self.sock.sendall(line + b"\n")
        answer: dict[str, object] = json.loads(self.answers.readline())
        return answer

    def close(self) -> None:
        self.answers.close()
        self.sock.close()


@pytest.mark.parametrize(
    "line, code",
    [
        (b"", "bad-json"),
        (b"{", "bad-json"),
        (b"\xff\xfe", "bad-json"),
        (b"[]", "bad-json"),
        (b"[" * 30000, "bad-json"),
        (b"{}", "unknown-op"),
        (b'{"op": ["open"]}', "unknown-op"),
        (b'{"op": "open"}', "missing-field"),
        (b'{"op": "open", "leg": ""}', "bad-field"),
        (b'{"op": "open", "leg": "a\\u0000"}', "bad-field"),
        (b'{"op": "open", "leg": "a", "more": 1}', "unknown-field"),
        (b'{"op": "remote", "leg": "a", "address": "1.2.3.4"}', "missing-field"),
        (b'{"op": "rx-timeout", "leg": "a", "seconds": NaN}', "bad-json"),
        (b'{"op": "rx-timeout", "leg": "a", "seconds": 1e999}', "bad-json"),
        (b'{"op": "play", "leg": "a", "token": "t", "sounds": []}', "bad-field"),
        (b'{"op": "play", "leg": "a", "token": "t", "sounds": ["relative.wav"]}', "bad-field"),
        (b'{"op": "play", "leg": "a", "token": "t", "sounds": ["/a\\u0000b"]}', "bad-field"),
        (b'{"op": "send-dtmf", "leg": "a", "digits": "1x"}', "bad-field"),
        (b'{"op": "stop-record", "token": "none"}', "no-recording"),
    ],
)
def test_a_bad_request_gets_its_own_answer(fast_workshop: Workshop, line: bytes, code: str) -> None:
    control = Line(fast_workshop.path)
    answer = control.ask(line)
    assert (False, code) == (answer["ok"], answer["code"])
    good = control.ask(b'{"id": 7, "op": "status"}')
    control.close()
    assert (7, True) == (good["re"], good["ok"])


def test_a_request_without_end_is_answered_and_cut_off(fast_workshop: Workshop) -> None:
    control = Line(fast_workshop.path)
    answer = control.ask(b"x" * 100_000)
    assert "too-long" == answer["code"]
    assert b"" == control.answers.read()
    control.close()
    assert 0 == fast_workshop.desk.ask(lambda c: c.status())["legs"]


def test_a_range_without_a_pair_is_no_range() -> None:
    with pytest.raises(ValueError, match="no even port"):
        Ports("127.0.0.1", 20001, 20002)


def test_a_voicemail_ends_with_the_hash_key(workshop: Workshop) -> None:
    desk, ann = workshop.desk, workshop.phone()
    port = desk.call("a", ann)
    desk.ask(lambda c: c.record("a", "vm", str(workshop.folder / "vm.wav"), "voicemail", 60, 0))
    ann.press(11, port)
    assert [("vm", "key")] == [(e.token, e.reason) for e in desk.heard(RecordDone)]


def test_a_play_begins_where_and_as_loud_as_asked(workshop: Workshop) -> None:
    desk, ann = workshop.desk, workshop.phone()
    desk.call("a", ann)
    path, codes = sound(workshop.folder, frames=16000)
    desk.ask(lambda c: c.play("a", "t", [path], at_s=1.0))
    assert codes[8000:8160] == ann.wait_for(1)[0].payload
    desk.ask(lambda c: c.volume("a", -60.0))
    eventually(
        lambda: np.abs(g711.decode("PCMU", np.frombuffer(ann.packets()[-1].payload, np.uint8))).max() < 100, "quiet"
    )
    desk.ask(lambda c: c.seek("a", 100.0))
    assert [PlayDone("a", "t", "end")] == desk.heard(PlayDone)
    desk.ask(lambda c: c.seek("a", 1.0))
    desk.ask(lambda c: c.volume("a", 3.0))
    for wrong in ({"at_s": -1.0}, {"gain_db": 13.0}):
        with pytest.raises(MediaError) as refused:
            desk.ask(lambda c, wrong=wrong: c.play("a", "t", [path], **wrong))
        assert "bad-field" == code_of(refused)
