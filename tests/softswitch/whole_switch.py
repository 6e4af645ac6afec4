"""The whole switch, as `softswitch.service` makes it, on a virtual reactor: real ports, exchange, user agent, adapters, spool.

Left out are only what lies behind other processes: the media worker answers every command at once, the configuration is a
given directory, the bus swallows what is published.
"""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from twisted.internet.address import IPv4Address
from twisted.internet.defer import maybeDeferred
from twisted.internet.task import LoopingCall
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import globalLogPublisher

from configdb.bus import checked
from configdb.errors import Refused
from configdb.log import Change, Entry
from configdb.model import KINDS, Tenant
from configdb.node import NodeSettings, secret
from configdb.runtime import Runtime
from configdb.secrets import Sealer
from configdb.snapshot import Directory, make_view
from history.spool import frames, segments
from installer import demo_tenant
from media.plane.client import Opened
from media.plane.events import Digit, PlayDone, RecordDone, RxTimeout
from softswitch import service
from softswitch.adapters import network
from softswitch.adapters.orders import Orders
from softswitch.adapters.state import StateLog
from softswitch.adapters.strain import StrainGauge
from softswitch.peers.identify import REALM
from softswitch.sip.challenge import Account, answer_challenges
from softswitch.sip.digest import ha1_of
from softswitch.sip.errors import BadMessage
from softswitch.sip.message import Request, Response
from softswitch.sip.parse import parse_message
from softswitch.transport import stream, udp
from tests.softswitch.calls.world import riverside
from tests.softswitch.stream_peers import PEERS, SIP_HOST, SIP_PORT, TcpPeer

CARRIER = "127.0.0.1", 5070
"""Where the demo tenant's carrier calls from."""

PHONE, PASSWORD = "ann-desk", "correct horse"
STRANGER = "192.0.2.77", 5060


EPOCH = 1_800_000_000.0
"""When the virtual clock began, for rows of kept state."""
PLAY_S = 1.0
"""How long every prompt is."""


class FakeMedia:
    """A media plane whose worker does at once what it is asked, and never hears anybody."""

    ready = True

    def __init__(
        self,
        reactor: Any,
        paths: Sequence[Path],
        families: Sequence[int],
        on_event: Callable[[Any], None],
        on_lost: Callable[[Any], None],
    ) -> None:
        self._reactor, self._on_event = reactor, on_event
        self._ports = 20_000
        self.urgent: set[str] = set()
        self.recordings: list[str] = []
        self._records: dict[str, tuple[str, str]] = {}

    def claim(self, legs: list[str], done: Callable[[dict[str, Opened]], None]) -> None:
        """A worker that died with the switch has no legs."""
        done({})

    def start(self) -> None:
        """There is no worker to wait for."""

    def stop(self, leg: str | None = None) -> None:
        """Nor one to leave; what plays to a leg goes on."""

    def ask(self, what: str, of: str, command: Any, done: Any = None, failed: Any = None) -> None:
        """The answer follows in the next turn."""
        answer = command(_Commands(self))
        if done is not None:
            self._reactor.callLater(0, done, answer)

    def open(
        self, leg: str, beside: Any, family: int, done: Any, failed: Any, urgent: bool = False, at_once: bool = True
    ) -> Opened | None:
        """Three of four that may have a port at once do."""
        self.urgent |= {leg} if urgent else set()
        if at_once and self._ports % 8:
            return self.opened(leg)
        self.ask("open", leg, lambda m: m.opened(leg), done, failed)
        return None

    def opened(self, leg: str) -> Opened:
        self._ports += 2
        return Opened("127.0.0.1", self._ports)

    def close(self, leg: str, done: Any) -> None:
        self.ask("close", leg, lambda m: m.closed(leg), done)

    def closed(self, leg: str) -> None:
        return None

    def status(self) -> list[dict[str, Any]]:
        return []

    def play(self, leg: str, token: str, sounds: list[str], loop: bool, stop_on_key: bool) -> None:
        if not loop:
            self._reactor.callLater(PLAY_S, self._on_event, PlayDone(leg, token, "end"))

    def record(self, leg: str, token: str, command: Any, failed: Any) -> None:
        self.ask("record", leg, command, failed=failed)

    def recorded(self, leg: str, token: str, path: str, *options: Any) -> None:
        self.recordings.append(path)
        self._records[token] = leg, path

    def stop_record(self, token: str) -> None:
        leg, path = self._records.pop(token)
        self._reactor.callLater(0, self._on_event, RecordDone(leg, token, path, 1.0, "stopped"))

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


class _Commands:
    """The commands of one worker: those that the plane has by the same name are another thing there."""

    def __init__(self, media: FakeMedia) -> None:
        self._media = media

    def __getattr__(self, name: str) -> Any:
        return getattr(self._media, {"record": "recorded"}.get(name, name))


class _Calm(StrainGauge):
    """Never under strain: a virtual clock has no processor time."""

    def start(self) -> None:
        """Measures nothing."""


class _Bus:
    """A bus that keeps what is published, as it goes over the wire."""

    def __init__(self) -> None:
        self.published: list[tuple[str, bytes]] = []
        self._heard: list[tuple[str, Any]] = []

    def publish(self, subject: str, document: Any) -> bool:
        self.published.append((subject, checked(subject, document)))
        for pattern, callback in self._heard:
            if fnmatch(subject, pattern):
                callback(subject, document)
        return True

    def subscribe(self, pattern: str, callback: Any) -> _Bus:
        """Hear what is published from now on."""
        self._heard.append((pattern, callback))
        return self

    def close(self) -> None:
        """Nobody listens."""


class _Troubles(logging.Handler):
    """Keeps the exceptions that were logged."""

    def __init__(self, troubles: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._troubles = troubles

    def emit(self, record: logging.LogRecord) -> None:
        self._troubles.append(self.format(record))


class _Config:
    """A configuration that is what it was given."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.refuses: str | None = None
        self._changes: list[Change] = []

    def transact(self, tenant: str, changes: Sequence[Change], actor: str, reason: str) -> None:
        """Keeps what is to be changed, or refuses it."""
        if self.refuses is not None:
            raise Refused("refused", self.refuses)
        self._changes += changes

    def taken(self) -> list[Change]:
        """The changes since the last look."""
        changes, self._changes = self._changes, []
        return changes

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


class _Nothing:
    """A link, a log, a bus: takes everything."""

    def __init__(self, *_: Any, **__: Any) -> None:
        """Whatever it is."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


class _Unanswered:
    """Questions that no node answers."""

    def __init__(self, link: object, shard: str = "main") -> None:
        """Over no link."""

    def ask(self, *_: object) -> list[bytes]:
        return []


class _Datagrams:
    """A UDP socket of memory: keeps what is sent."""

    receive_buffer_bytes = 1 << 30

    def __init__(self, reactor: _Reactor, host: str, port: int, on_datagram: Any, on_unreachable: Any) -> None:
        self.local_port, self.arrived = port, on_datagram
        self.sent: list[tuple[bytes, tuple[str, int]]] = []
        self.on_sent: Callable[[bytes, tuple[str, int]], object] = lambda data, address: self.sent.append(
            (data, address)
        )
        reactor.udp[port] = self

    def send(self, data: bytes, address: tuple[str, int]) -> None:
        self.on_sent(data, address)

    def close(self) -> None:
        """It is no socket."""


class _Listening:
    """A listening socket of memory, whose number is its port."""

    family = 2

    def __init__(self, kind: object, host: str, port: int) -> None:
        self._port = port

    def __enter__(self) -> _Listening:
        return self

    def __exit__(self, *_: object) -> None:
        """Twisted has its own copy."""

    def fileno(self) -> int:
        return self._port

    def listen(self, backlog: int) -> None:
        """Memory needs no queue."""

    def getHost(self) -> IPv4Address:
        return IPv4Address("TCP", SIP_HOST, self._port)

    def stopListening(self) -> None:
        """Nobody comes any more."""


class _Reactor(MemoryReactorClock):  # type: ignore[misc]  # Twisted's is untyped
    """Twisted's reactor of memory, with sockets of memory."""

    def __init__(self) -> None:
        super().__init__()
        self.udp: dict[int, _Datagrams] = {}
        self.accept: dict[int, Any] = {}
        self._from_threads: deque[Callable[[], None]] = deque()

    def callFromThread(self, call: Callable[..., None], *arguments: Any) -> None:
        self._from_threads.append(partial(call, *arguments))

    def advance(self, seconds: float) -> None:
        """Time passes; what other threads want is done first, for they may touch no timers."""
        while self._from_threads:
            self.callLater(0, self._from_threads.popleft())
        super().advance(seconds)

    def adoptStreamPort(self, fileDescriptor: int, addressFamily: int, factory: Any) -> Any:
        self.accept[fileDescriptor] = factory
        return _Listening(None, SIP_HOST, fileDescriptor)


class WholeSwitch:
    """One switch over a folder; time passes by `run`.

    streams: ports beside that of UDP and TCP, by the name in `Runtime`.
    """

    def __init__(
        self,
        folder: Path,
        directory: Directory | None = None,
        media: Callable[..., FakeMedia] = FakeMedia,
        patches: Mapping[tuple[str, str], dict[str, Any]] | None = None,
        name: str = "node-1",
        bus: Any = None,
        reactor: Any = None,
        port: int = SIP_PORT,
        streams: Mapping[str, int] | None = None,
        **more: Any,
    ) -> None:
        self._ports = {"tcp": port, **{name[4:-5]: number for name, number in (streams or {}).items()}}
        Runtime(SIP_HOST, port, 8080, 4222, 20_000, 20_999, 0.0, **(streams or {})).write(folder)
        self.reactor = reactor or _Reactor()
        self.folder = folder
        self.bus = bus or _Bus()
        self.troubles: list[str] = []
        """What was logged of exceptions that nobody expected: has to stay empty."""
        config = self.config = _Config(directory or self._demo(patches or {}))
        self._threads = [
            patch("softswitch.adapters.front.deferToThread", maybeDeferred),
            patch("softswitch.adapters.boxes.deferToThread", maybeDeferred),
            patch("softswitch.adapters.sounds.find_engine", lambda _: None),
        ]
        for one in self._threads:
            one.start()
        self._disk = patch.object(StateLog, "durable", lambda _, then: self.reactor.callLater(0, then))
        self._disk.start()
        self._callers = patch(
            "softswitch.adapters.caller_names.deferToThreadPool",
            lambda reactor, pool, what, *arguments: maybeDeferred(what, *arguments),
        )
        self._callers.start()
        with (
            patch.multiple(
                service,
                StateLog=partial(StateLog, wall=lambda: EPOCH + float(self.reactor.seconds())),
                link_of=_Nothing,
                NatsQuestions=_Unanswered,
                NatsBus=lambda *_: self.bus,
                log_of=_Nothing,
                ConfigClient=lambda *_, **__: config,
                MediaPlane=media,
                StrainGauge=_Calm,
                LoopingCall=self._looping,
                Orders=partial(Orders, defer=maybeDeferred),
            ),
            patch.multiple(network, LoopingCall=self._looping, signal=_Nothing()),
            patch.object(udp, "Datagrams", _Datagrams),
            patch.object(stream, "bound_socket", _Listening),
        ):
            settings = NodeSettings(data_dir=folder, name=name, disk_free_mb_min=0, **more)
            self.service = service.Service(self.reactor, folder, settings)
            self.service.start()
        self.media: Any = self.service._board.media
        self._handler = _Troubles(self.troubles)
        logging.getLogger().addHandler(self._handler)
        globalLogPublisher.addObserver(self._observe)
        self._udp = self.reactor.udp[port]

    def carried_by(self, on_sent: Callable[[bytes, tuple[str, int]], object]) -> None:
        """From now on `on_sent(data, address)` gets what is sent over UDP, instead of `datagrams`."""
        self._udp.on_sent = on_sent

    def _demo(self, patches: Mapping[tuple[str, str], dict[str, Any]]) -> Directory:
        """The demo tenant, its devices with the password PASSWORD."""
        sealer = Sealer(bytes.fromhex(secret(self.folder, "node.key")))
        boxes = {key: fields for key, fields in patches.items() if key[0] == "mailbox" and "pin" in fields}
        pins = {key: {"pin": sealer.seal(str(fields["pin"]))} for key, fields in boxes.items()}
        patches = {key: {**fields, **pins.get(key, {})} for key, fields in patches.items()}
        md5, sha256 = (
            {device: sealer.seal(ha1_of(algorithm, device, REALM, PASSWORD)) for device, _ in demo_tenant.DEVICES}
            for algorithm in ("MD5", "SHA-256")
        )
        return riverside(
            {
                ("device", device): {
                    "id": device,
                    "user": user,
                    "username": device,
                    "ha1_md5": md5[device],
                    "ha1_sha256": sha256[device],
                }
                for device, user in demo_tenant.DEVICES
            },
            patches,
        )

    def _observe(self, event: dict[str, Any]) -> None:
        if "log_failure" in event:
            self.troubles.append(event["log_failure"].getTraceback())

    def _looping(self, *arguments: Any) -> LoopingCall:
        call = LoopingCall(*arguments)
        call.clock = self.reactor
        return call

    def reconfigured(self, changes: Sequence[Change]) -> None:
        """The configuration is another one now: these objects of the demo tenant have changed."""
        known = self.config.directory
        view = known.tenants[demo_tenant.TENANT]
        objects: dict[str, dict[str, Any]] = {kind: dict(found) for kind, found in view.objects.items()}
        tenant = view.tenant
        for change in changes:
            if change.kind == "tenant":
                tenant = Tenant.model_validate(change.document)
            else:
                objects[change.kind][change.id] = KINDS[change.kind].model_validate(change.document)
        new = make_view(view.sequence + 1, tenant, objects)
        names = {device.username: (view.tenant.id, device) for device in new.devices.values()}
        self.config.directory = replace(known, tenants={view.tenant.id: new}, device_by_username=names)
        entry = Entry(known.sequence + 1, "", 0.0, "test", "test", view.tenant.id, tuple(changes))
        self.service._config_changed(self.config.directory, entry)

    def run(self, seconds: float) -> None:
        """Lets time pass, from timer to timer."""
        end = self.reactor.seconds() + seconds
        while (calls := self.reactor.getDelayedCalls()) and (at := min(call.getTime() for call in calls)) <= end:
            self.reactor.advance(max(0.0, at - self.reactor.seconds()))
        self.reactor.advance(end - self.reactor.seconds())

    def datagram(self, data: bytes, source: tuple[str, int] = CARRIER) -> None:
        """A datagram comes in."""
        self._udp.arrived(data, source)

    def datagrams(self) -> list[tuple[bytes, tuple[str, int]]]:
        """What was sent over UDP since the last look, with where to."""
        sent, self._udp.sent = self._udp.sent, []
        return sent

    def hears(self, leg: str, digit: str, silence: bool = False) -> None:
        """The media plane hears a key of a leg, or nothing any more."""
        event = RxTimeout(leg) if silence else Digit(leg, digit, 100)
        self.reactor.callLater(0, self.service._board.media_event, event)

    def connect(self, source: tuple[str, int] = CARRIER, kind: str = "tcp") -> TcpPeer:
        """Somebody connects over TCP, or one of the other `streams`."""
        accept = self.reactor.accept[self._ports[kind]]
        return PEERS[kind](accept.buildProtocol(IPv4Address("TCP", *source)), source)

    def records(self) -> list[dict[str, Any]]:
        """The durable records, of the calls only."""
        text = b"".join(path.read_bytes() for _, path in segments(self.folder / "spool"))
        found = [json.loads(payload) for payload, _ in frames(text)]
        return [record for record in found if record["kind"] not in ("heartbeat", "node.start")]

    def dies(self) -> None:
        """kill -9: nothing is done any more, nothing is said."""
        for one in self._threads:
            one.stop()
        self._disk.stop()
        self._callers.stop()
        logging.getLogger().removeHandler(self._handler)
        globalLogPublisher.removeObserver(self._observe)

    def close(self) -> None:
        """Ends it: all calls get their end."""
        for call, arguments, options in self.reactor.triggers["before"]["shutdown"]:
            call(*arguments, **options)
        self.run(5)
        self.dies()


def authorized(request: Request, challenged: Response, username: str = PHONE) -> Request:
    """The request again, with an answer to the challenge, as another transaction."""
    again = request.copy()
    for name in ("Authorization", "Proxy-Authorization"):
        again.headers.remove(name)
    for name, value in answer_challenges(challenged, again, Account(username, PASSWORD, lambda _: True), "c0ffee"):
        again.headers.add(name, value)
    again.headers.set("CSeq", f"{request.cseq.number + 1} {request.method}")
    again.headers.set("Via", [f"SIP/2.0/UDP {STRANGER[0]};branch=z9hG4bKauth{request.cseq.number}"])
    return again


def read(data: bytes) -> Request | Response:
    """What the switch sent, or the part of it that a broken request left readable."""
    try:
        return parse_message(data)
    except BadMessage:  # an answer to a request without From or To has none either
        return Response(int(data[8:11]), data[12:].partition(b"\r\n")[0].decode())
