"""A real phone (pjsua2) as a process: for the demo call, `doctor` and the acceptance tests, never for the node itself.

`python -m installer.phone [--port N] [--transport udp|tcp|tls] [--host ADDRESS] [--srtp off|optional|mandatory]` reads one
JSON command a line and prints one JSON event a line:

    {"do": "register", "user", "password" or "realm" and "ha1", "registrar": "127.0.0.1:5060"}   -> registered / {"status"}
    {"do": "call", "uri": "sip:101@127.0.0.1:5060", "from": optional sip uri}      {"do": "answer"} {"do": "reject", "status"}
    {"do": "play", "path"} {"do": "record", "path"} {"do": "dtmf", "digits"} {"do": "hold"} {"do": "resume"}
    {"do": "unregister"} {"do": "listen"} {"do": "hangup"} {"do": "quit"}
    {"do": "consult", "uri"} a second call beside the first  {"do": "transfer", "uri"} {"do": "join"} the first to the second
    {"do": "watch", "uri"} {"do": "say_presence", "open", "note"} {"do": "write", "uri", "text"}; register takes "lamp": true
    events: ready, listening, registered {status}, incoming {from}, state {state, code, reason}, media, held, dtmf {digit},
    played, transfer {status, final}, lamp {text}, presence {uri, open, note}, written {status}, read {from, text}, error {text}

pjsua2 wants one thread that polls and every object dropped before the library goes: both are kept here.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import select
import sys
from typing import Any

import pjsua2 as pj

from installer.phone_kinds import KINDS, RTP_PORTS, SRTP, credentials

POLL_MS = 10
CALL_S_MAX = 600
REGISTER_AGAIN_S = 3


def say(event: str, **fields: Any) -> None:
    """Print an event."""
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


class PhonePlayer(pj.AudioMediaPlayer):  # type: ignore[misc]  # pjsua2 has no types
    """Plays a file once and says when it is over."""

    def onEof2(self) -> None:
        """The file is over."""
        say("played")


class PhoneCall(pj.Call):  # type: ignore[misc]  # pjsua2 has no types
    """One call; keeps its player and recorder."""

    def __init__(self, phone: Phone, call_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(phone.account, call_id)
        self._phone = phone
        self.player: PhonePlayer | None = None
        self.recorder: pj.AudioMediaRecorder | None = None

    def onCallState(self, prm: Any) -> None:
        """Tell the state; a call that is over is dropped by the main loop."""
        info = self.getInfo()
        say("state", state=info.stateText, code=info.lastStatusCode, reason=info.lastReason)
        if info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self._phone.over.append(self)

    def onCallMediaState(self, prm: Any) -> None:
        """Connect what should be played and recorded."""
        audio = self.audio()
        if audio is not None:
            self.wire(audio)
        say("media" if audio is not None else "held")

    def audio(self) -> Any:
        """The call's active audio, None before it is there."""
        info = self.getInfo()  # held while its media are walked: the library frees them with it
        for index, media in enumerate(info.media):
            if media.type == pj.PJMEDIA_TYPE_AUDIO and media.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                return self.getAudioMedia(index)
        return None

    def wire(self, audio: Any) -> None:
        """Player to the far end, far end to the recorder."""
        if self.player is not None:
            self.player.startTransmit(audio)
        if self.recorder is not None:
            audio.startTransmit(self.recorder)

    def onCallTransferStatus(self, prm: Any) -> None:
        """The switch told how a transfer goes on; the call is ended once it has succeeded."""
        say("transfer", status=int(prm.statusCode), final=bool(prm.finalNotify))
        if prm.finalNotify and prm.statusCode == 200 and self.isActive():
            self.hangup(pj.CallOpParam())

    def onDtmfDigit(self, prm: Any) -> None:
        """The far end pressed a key."""
        say("dtmf", digit=prm.digit)


class PhoneAccount(pj.Account):  # type: ignore[misc]  # pjsua2 has no types
    """Registration and incoming calls."""

    def __init__(self, phone: Phone) -> None:
        super().__init__()
        self._phone = phone

    def onRegState(self, prm: Any) -> None:
        """The registrar answered."""
        say("registered", status=prm.code)

    def onMwiInfo(self, prm: Any) -> None:
        """The message lamp (RFC 3842)."""
        say("lamp", text=prm.rdata.wholeMsg.partition("\r\n\r\n")[2])

    def onInstantMessage(self, prm: Any) -> None:
        """Somebody wrote."""
        say("read", **{"from": prm.fromUri, "text": prm.msgBody})

    def onInstantMessageStatus(self, prm: Any) -> None:
        """What became of what we wrote."""
        say("written", status=int(prm.code))

    def onIncomingCall(self, prm: Any) -> None:
        """Ring; the commands decide."""
        call = PhoneCall(self._phone, prm.callId)
        self._phone.call = call
        ringing = pj.CallOpParam()
        ringing.statusCode = 180
        call.answer(ringing)
        say("incoming", **{"from": call.getInfo().remoteUri})


class PhoneBuddy(pj.Buddy):  # type: ignore[misc]  # pjsua2 has no types
    """Somebody who is watched or written to."""

    def onBuddyState(self) -> None:
        """Presence came."""
        info = self.getInfo()
        is_open = info.presStatus.status == pj.PJSUA_BUDDY_STATUS_ONLINE
        say("presence", uri=info.uri, open=is_open, note=info.presStatus.note)


class Phone:
    """The endpoint, its account, the one call it has at a time."""

    def __init__(self, port: int, transport: str, host: str, strict: bool, srtp: str) -> None:
        self.strict, self.srtp = strict, srtp
        config = pj.EpConfig()
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = True
        config.logConfig.level = 0
        config.logConfig.consoleLevel = 0
        config.medConfig.noVad = True
        self.endpoint = pj.Endpoint()
        self.endpoint.libCreate()
        self.endpoint.libInit(config)
        bound = pj.TransportConfig()
        bound.port = port
        bound.boundAddress = bound.publicAddress = host
        self.host = f"[{host}]" if ":" in host else host
        self.transport_id = self.endpoint.transportCreate(KINDS[transport, ":" in host], bound)
        self.suffix = "" if transport == "udp" else f";transport={transport}"
        self.endpoint.libStart()
        self.endpoint.audDevManager().setNullDev()
        for codec in self.endpoint.codecEnum2():
            wanted = {"PCMU/8000/1": 255, "PCMA/8000/1": 254}.get(codec.codecId, 0)
            self.endpoint.codecSetPriority(codec.codecId, wanted)
        self.account = PhoneAccount(self)
        self.call: PhoneCall | None = None
        self.aside: PhoneCall | None = None
        self.over: list[PhoneCall] = []
        self.buddies: dict[str, PhoneBuddy] = {}
        self.quitting = False

    def be(
        self, uri: str, registrar: str | None = None, known_by: pj.AuthCredInfo | None = None, lamp: bool = False
    ) -> None:
        """Take an identity, and register it when asked."""
        config = pj.AccountConfig()
        config.idUri = uri
        config.sipConfig.transportId = self.transport_id
        config.mwiConfig.enabled = lamp
        rtp, media = config.mediaConfig.transportConfig, "127.0.0.1" if ":" in self.host else self.host
        rtp.boundAddress, rtp.publicAddress, rtp.port = media, media, random.choice(RTP_PORTS)
        config.mediaConfig.srtpUse, config.mediaConfig.srtpSecureSignaling = SRTP[self.srtp], 0
        if self.strict:
            config.callConfig.prackUse = pj.PJSUA_100REL_MANDATORY
            config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_REQUIRED
            config.callConfig.timerMinSESec = config.callConfig.timerSessExpiresSec = 90
        if registrar is not None and known_by is not None:
            config.regConfig.registrarUri = registrar
            config.regConfig.firstRetryIntervalSec = config.regConfig.retryIntervalSec = REGISTER_AGAIN_S
            config.regConfig.randomRetryIntervalSec = 1
            config.sipConfig.authCreds.append(known_by)
        self.account_config = config
        if self.account.isValid():
            self.account.modify(config)
        else:
            self.account.create(config)

    def obey(self, wanted: dict[str, Any]) -> None:
        """Carry out one command."""
        handler = getattr(self, f"do_{wanted.pop('do')}", None)
        if handler is None:
            say("error", text="unknown command")
            return
        handler(**wanted)

    def do_register(self, user: str, registrar: str, lamp: bool = False, **known_by: str) -> None:
        """Register with a registrar's host:port."""
        host = registrar + self.suffix
        self.be(f"sip:{user}@{registrar}", f"sip:{host}", credentials(user, **known_by), lamp)

    def buddy(self, uri: str) -> PhoneBuddy:
        """The one of that URI."""
        if uri not in self.buddies:
            config = pj.BuddyConfig()
            config.uri = uri
            self.buddies[uri] = PhoneBuddy()
            self.buddies[uri].create(self.account, config)
        return self.buddies[uri]

    def do_watch(self, uri: str) -> None:
        """Subscribe to somebody's presence."""
        self.buddy(uri).subscribePresence(True)

    def do_say_presence(self, open: bool, note: str = "") -> None:
        """Publish one's own presence."""
        config = self.account_config
        config.presConfig.publishEnabled = True
        self.account.modify(config)
        status = pj.PresenceStatus()
        status.status = pj.PJSUA_BUDDY_STATUS_ONLINE if open else pj.PJSUA_BUDDY_STATUS_OFFLINE
        status.note = note
        self.account.setOnlineStatus(status)

    def do_write(self, uri: str, text: str) -> None:
        """Send a text message."""
        parameters = pj.SendInstantMessageParam()
        parameters.content = text
        self.buddy(uri).sendInstantMessage(parameters)

    def do_unregister(self) -> None:
        """Take the registration back."""
        self.account.setRegistration(False)

    def do_listen(self) -> None:
        """Take calls without registering, as a carrier's gateway does."""
        self.be(f"sip:gateway@{self.host}")
        say("listening")

    def do_call(self, uri: str, identity: str | None = None) -> None:
        """Call a URI; `identity` is the From for a phone that does not register."""
        if identity is not None or not self.account.isValid():
            self.be(identity or f"sip:phone@{self.host}")
        self.call = self.call if self.call is not None else PhoneCall(self)
        parameters = pj.CallOpParam(True)
        parameters.opt.audioCount, parameters.opt.videoCount = 1, 0
        self.call.makeCall(uri + self.suffix, parameters)

    def do_consult(self, uri: str) -> None:
        """Put the call aside and make another one."""
        self.aside, self.call = self.call, None
        self.do_call(uri)

    def do_transfer(self, uri: str) -> None:
        """Send the far end to a URI (REFER)."""
        if self.call is not None:
            self.call.xfer(uri, pj.CallOpParam(True))

    def do_join(self) -> None:
        """Connect the far ends of both calls (REFER with Replaces)."""
        if self.aside is not None and self.call is not None:
            self.aside.xferReplaces(self.call, pj.CallOpParam(True))

    def do_answer(self, status: int = 200) -> None:
        """Answer what rings."""
        if self.call is not None:
            parameters = pj.CallOpParam()
            parameters.statusCode = status
            self.call.answer(parameters)

    def do_codecs(self, names: list[str]) -> None:
        """Speak these codecs only ("G722/16000/1"), best first."""
        for codec in self.endpoint.codecEnum2():
            self.endpoint.codecSetPriority(
                codec.codecId, 255 - names.index(codec.codecId) if codec.codecId in names else 0
            )
        say("codecs")

    def do_reject(self, status: int = 486) -> None:
        """Refuse what rings."""
        self.do_answer(status)

    def do_play(self, path: str) -> None:
        """Speak a WAV file, now or as soon as there is a call."""
        self._prepare()
        if self.call is not None:
            self.call.player = PhonePlayer()
            self.call.player.createPlayer(path, pj.PJMEDIA_FILE_NO_LOOP)
            self._rewire()

    def do_record(self, path: str) -> None:
        """Write what is heard to a WAV file."""
        self._prepare()
        if self.call is not None:
            self.call.recorder = pj.AudioMediaRecorder()
            self.call.recorder.createRecorder(path)
            self._rewire()

    def _prepare(self) -> None:
        if self.call is None:
            if not self.account.isValid():
                self.be(f"sip:phone@{self.host}")
            self.call = PhoneCall(self)

    def _rewire(self) -> None:
        if self.call is not None and self.call.isActive():
            audio = self.call.audio()
            if audio is not None:
                self.call.wire(audio)

    def do_dtmf(self, digits: str) -> None:
        """Press keys (RFC 4733)."""
        if self.call is not None:
            self.call.dialDtmf(digits)

    def do_hold(self) -> None:
        """Put the far end on hold."""
        if self.call is not None:
            self.call.setHold(pj.CallOpParam())

    def do_resume(self) -> None:
        """Take the far end back."""
        if self.call is not None:
            parameters = pj.CallOpParam(True)
            parameters.opt.flag = pj.PJSUA_CALL_UNHOLD
            self.call.reinvite(parameters)

    def do_hangup(self) -> None:
        """End the call."""
        if self.call is not None and self.call.isActive():
            self.call.hangup(pj.CallOpParam())

    def do_quit(self) -> None:
        """Leave."""
        self.quitting = True

    def run(self) -> None:
        """Poll the library and standard input until told to quit or nobody is left to tell."""
        pending = b""
        while not self.quitting:
            self.endpoint.libHandleEvents(POLL_MS)
            for call in self.over:
                self.call = None if self.call is call else self.call
                self.aside = None if self.aside is call else self.aside
            self.over.clear()
            if select.select([0], [], [], 0)[0]:
                chunk = os.read(0, 65536)
                self.quitting = not chunk
                pending += chunk
                *lines, pending = pending.split(b"\n")
                for line in lines:
                    try:
                        self.obey(json.loads(line))
                    except pj.Error as error:
                        say("error", text=error.info())

    def close(self) -> None:
        """Drop everything in the order the library wants."""
        for call in (self.aside, self.call):
            if call is not None and call.isActive():
                call.hangup(pj.CallOpParam())
        for _ in range(20):
            self.endpoint.libHandleEvents(POLL_MS)
        self.call = self.aside = None
        self.over.clear()
        self.buddies.clear()
        if self.account.isValid():
            self.account.shutdown()
        self.endpoint.libDestroy()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--transport", choices=("udp", "tcp", "tls"), default="udp")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--strict", action="store_true", help="require 100rel and session timers")
    parser.add_argument("--srtp", choices=tuple(SRTP), default="off", help="media protected by SRTP (SDES)")
    options = parser.parse_args()
    phone = Phone(options.port, options.transport, options.host, options.strict, options.srtp)
    say("ready")
    phone.run()
    phone.close()


if __name__ == "__main__":
    main()
