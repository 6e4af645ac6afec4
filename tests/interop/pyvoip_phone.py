"""A second, foreign SIP phone (pyVoIP) as a process: registers, takes one call, listens, speaks, says what it decoded.

`python -m tests.interop.pyvoip_phone SERVER PORT USER PASSWORD SIP_PORT RTP_PORT VOICE HEARD` plays the 8 kHz 16-bit mono WAV
file VOICE to whoever calls and writes what it hears to HEARD, one JSON event a line. Its `stop` can hang: whoever starts
it gives it a time limit.
"""

from __future__ import annotations

import json
import os
import sys
import time
import wave
from pathlib import Path

from pyVoIP.VoIP import CallState, InvalidStateError, PhoneStatus, VoIPCall, VoIPPhone

FRAME_BYTES = 160
LIFE_S_MAX = 60.0


def say(event: str, **fields: object) -> None:
    """Print an event."""
    print(json.dumps({"event": event, **fields}), flush=True)


class Phone:
    """One phone; `over` when its call ended."""

    def __init__(self, voice: Path, heard: Path) -> None:
        with wave.open(str(voice)) as file:
            samples = file.readframes(file.getnframes())
        self._voice = bytes(
            (samples[at + 1] + 128) & 255 for at in range(0, len(samples), 2)
        )  # pyVoIP: 8 bits unsigned
        self._heard = heard
        self.over = False

    def take(self, call: VoIPCall) -> None:
        """Answer, speak, listen until the far end hangs up."""
        say("incoming")
        heard = bytearray()
        try:
            call.answer()
            call.write_audio(self._voice)
            while call.state == CallState.ANSWERED:
                heard += call.read_audio(FRAME_BYTES, blocking=True)
                if key := call.get_dtmf():
                    say("dtmf", digit=key)
        except InvalidStateError:
            say("ended early")
        with wave.open(str(self._heard), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(1)
            file.setframerate(8000)
            file.writeframes(bytes(heard))
        say("ended", frames=len(heard))
        self.over = True


def main() -> None:
    """Live until the call is over, or for `LIFE_S_MAX`."""
    server, port, user, password, sip_port, rtp_port, voice, heard = sys.argv[1:9]
    phone = Phone(Path(voice), Path(heard))
    low = int(rtp_port)
    line = VoIPPhone(server, int(port), user, password, "127.0.0.1", phone.take, int(sip_port), low, low + 20)
    line.start()
    deadline = time.monotonic() + LIFE_S_MAX
    while line.get_status() is not PhoneStatus.REGISTERED and time.monotonic() < deadline:
        time.sleep(0.05)
    say("registered", status=line.get_status().value)
    while not phone.over and time.monotonic() < deadline:
        time.sleep(0.05)
    os._exit(0)  # `VoIPPhone.stop` may never return


if __name__ == "__main__":
    main()
