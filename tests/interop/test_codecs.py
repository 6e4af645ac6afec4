"""Calls in other codecs than G.711 through a whole node: pjsua2 speaks G.722 and L16, a handset of ours Opus."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from installer.sounds import BUILT
from media.codecs import opus
from media.rtp import packet
from media.rtp.packet import Packet
from tests.interop.conftest import Registered
from tests.interop.handset import Handset
from tests.interop.listen import at_8k, share_heard, wav
from tests.interop.node import Running
from tests.media.harness import Phone, eventually

pytestmark = pytest.mark.interop

CALLER_VOICE = BUILT / "system" / "en" / "demo-caller.wav"
PERSON_VOICE = BUILT / "system" / "en" / "demo-person.wav"
PJ_NAMES = {"G722": "G722/16000/1", "L16/16000": "L16/16000/1", "PCMU": "PCMU/8000/1", "PCMA": "PCMA/8000/1"}


def sound(path: Path) -> Any:
    return at_8k(*wav(path))


def speak(phone: Any, *codecs: str) -> None:
    phone.do("codecs", names=[PJ_NAMES[codec] for codec in codecs])
    phone.wait("codecs")


def loud(samples: Any) -> NDArray[np.int16]:
    """As 16-bit samples, at a third of full scale."""
    return np.round(np.asarray(samples) / np.abs(samples).max() * 11000).astype(np.int16)


def codecs_of(detail: dict[str, Any]) -> list[str]:
    return [leg["codec"] for leg in sorted(detail["legs"], key=lambda leg: leg["role"])]


@pytest.fixture(scope="module", autouse=True)
def every_codec(node: Running) -> None:
    """Nothing to prepare but to say it: a node offers G.722 and Opus to phones as it comes."""
    assert opus.available(), "install libopus0 (.ci/system-packages)"


@pytest.mark.parametrize(
    "caller, callee, expected",
    [
        (("G722",), ("G722", "PCMU"), ["G722", "G722"]),
        (("G722",), ("PCMU",), ["PCMU", "G722"]),
        (("PCMA",), ("G722", "PCMA"), ["PCMA", "PCMA"]),
        (("G722", "PCMU"), ("PCMU",), ["PCMU", "PCMU"]),
    ],
)
def test_two_phones_hear_each_other_in_the_best_codecs_they_have(
    node: Running,
    phones: Registered,
    tmp_path: Path,
    caller: tuple[str, ...],
    callee: tuple[str, ...],
    expected: list[str],
) -> None:
    before = node.newest()
    ann, ben = phones("ann-desk"), phones("ben-desk")
    speak(ann, *caller)
    speak(ben, *callee)
    ann.do("call", uri=f"sip:102@{node.sip}")
    ben.wait("incoming")
    ben.do("answer")
    ann.wait("state", state="CONFIRMED")
    ben.do("record", path=str(tmp_path / "ben-heard.wav"))
    ann.do("record", path=str(tmp_path / "ann-heard.wav"))
    ann.do("play", path=str(CALLER_VOICE))
    ann.wait("played")
    ben.do("play", path=str(PERSON_VOICE))
    ben.wait("played")
    time.sleep(0.3)
    ben.do("hangup")
    ann.wait("state", state="DISCONNECTED")
    detail = node.finished(before)
    assert expected == codecs_of(detail)
    for phone in (ann, ben):
        phone.leave()
    # a phone's own buffer drops a frame now and then; what the node gave them is in its recording, held to more
    assert share_heard(sound(tmp_path / "ben-heard.wav"), sound(CALLER_VOICE)) > 0.6
    assert share_heard(sound(tmp_path / "ann-heard.wav"), sound(PERSON_VOICE)) > 0.6
    rate_hz, both = wav(node.sound(detail["call"]["recording"], tmp_path / "recording.wav"))
    assert share_heard(at_8k(rate_hz, both[:, 0]), sound(CALLER_VOICE)) > 0.7
    assert share_heard(at_8k(rate_hz, both[:, 1]), sound(PERSON_VOICE)) > 0.7


class OpusMouth:
    """Speaks and hears Opus in RTP, packets of 20 ms."""

    def __init__(self) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.settimeout(0.2)
        self.port = self.sock.getsockname()[1]
        self.heard: list[Packet] = []
        self._encoder, self._over = opus.Encoder(), threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        self._speaking: threading.Thread | None = None

    def begin(self, samples: NDArray[np.int16], to: tuple[str, int]) -> None:
        """Speak beside what the test does, until `close`."""
        self._speaking = threading.Thread(target=self.say, args=(samples, to), daemon=True)
        self._speaking.start()

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                parsed = packet.parse(self.sock.recv(2048))
            except OSError:
                continue
            if parsed is not None:
                self.heard.append(parsed)

    def say(self, samples: NDArray[np.int16], to: tuple[str, int]) -> None:
        start = time.monotonic()
        for n in range(len(samples) // 160):
            if self._over.is_set():
                return
            payload = self._encoder.encode(samples[160 * n : 160 * n + 160])
            self.sock.sendto(packet.build(Packet(96, 7 + n, 960 * n, 0xCAFE, payload, n == 0)), to)
            time.sleep(max(0.0, start + 0.02 * (n + 1) - time.monotonic()))

    def sound(self) -> NDArray[np.int16]:
        decoder = opus.Decoder()
        ordered = sorted(self.heard, key=lambda one: one.timestamp)
        return np.concatenate([decoder.decode(one.payload) for one in ordered if one.payload_type == 96])

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        if self._speaking is not None:
            self._speaking.join()
        self.sock.close()


def test_a_handset_that_has_only_opus_talks_with_a_phone_that_has_only_g711(
    node: Running, phones: Registered, tmp_path: Path
) -> None:
    before = node.newest()
    ben, mouth = phones("ben-desk"), OpusMouth()
    speak(ben, "PCMU")
    sdp = (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {mouth.port} RTP/AVP 96 97\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\n"
        "a=rtpmap:97 telephone-event/48000\r\n"
    )
    with Handset(node.sip, "carla-desk", node.passwords["carla-desk"]) as carla:
        threading.Timer(2.0, lambda: ben.do("answer")).start()
        headers = f"Contact: {carla.contact}", "Content-Type: application/sdp"
        answer = carla.ask("INVITE", f"sip:102@{node.sip}", *headers, call_id="opus-call", body=sdp.encode())
        assert 200 == answer.status
        text = answer.body.decode()
        assert "opus/48000/2" in text
        assert "telephone-event/48000" in text
        carla.acknowledge(answer)
        port = int(text.partition("m=audio ")[2].split()[0])
        ben.do("record", path=str(tmp_path / "ben-heard.wav"))
        quiet = np.zeros(len(sound(PERSON_VOICE)) + 8000, np.int16)  # who falls silent for good is given up
        mouth.begin(np.concatenate([loud(sound(CALLER_VOICE)), quiet]), ("127.0.0.1", port))
        time.sleep(len(sound(CALLER_VOICE)) / 8000)
        ben.do("play", path=str(PERSON_VOICE))
        ben.wait("played")
        time.sleep(0.3)
        ben.do("hangup")
        carla.wait("BYE")
    detail = node.finished(before)
    ben.leave()
    mouth.close()
    assert ["PCMU", "opus"] == codecs_of(detail)
    assert share_heard(sound(tmp_path / "ben-heard.wav"), sound(CALLER_VOICE)) > 0.7
    assert share_heard(mouth.sound(), sound(PERSON_VOICE)) > 0.7
    steps = {(b.timestamp - a.timestamp) & 0xFFFFFFFF for a, b in zip(mouth.heard, mouth.heard[1:], strict=False)}
    assert 960 in steps


def test_a_phone_whose_answer_has_numbers_of_its_own_sends_keys_with_those_it_was_offered(
    node: Running, phones: Registered
) -> None:
    """RFC 3264 6.1: each is sent what it wrote itself."""
    ben, ear = phones("ben-desk"), Phone()
    speak(ben, "PCMU")
    sdp = (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {ear.port} RTP/AVP 0 97\r\na=rtpmap:97 telephone-event/8000\r\n"
    )
    with Handset(node.sip, "carla-desk", node.passwords["carla-desk"]) as carla:
        registered = carla.ask("REGISTER", f"sip:{node.sip}", f"Contact: {carla.contact}", "Expires: 60", to=carla.aor)
        assert 200 == registered.status
        ben.do("call", uri=f"sip:103@{node.sip}")
        offer = carla.wait("INVITE", sdp=sdp).body.decode()
        assert "a=rtpmap:101 telephone-event/8000" in offer
        port = int(offer.partition("m=audio ")[2].split()[0])
        ben.wait("state", state="CONFIRMED")
        for _ in range(25):
            ear.say(bytes([0xFF]) * 160, port)
            time.sleep(0.02)
        ear.press(7, port, payload_type=101)
        assert "7" == ben.wait("dtmf")["digit"]
        ben.do("dtmf", digits="4")
        eventually(lambda: 97 in {one.payload_type for one in ear.packets()}, "a key by her own number")
        assert {0, 97} == {one.payload_type for one in ear.packets()}
        ben.do("hangup")
        carla.wait("BYE")
    ben.leave()
    ear.close()
