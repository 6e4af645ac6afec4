"""The whole switch, as `softswitch.service` makes it, on a virtual reactor: real ports, exchange, user agent, adapters, spool.

Left out are only what lies behind other processes: the media worker answers every command at once, the configuration is a
given directory, the bus swallows what is published.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from twisted.internet.address import IPv4Address
from twisted.internet.defer import maybeDeferred
from twisted.internet.task import LoopingCall
from twisted.logger import globalLogPublisher

from configdb.log import Change, Entry
from configdb.model import KINDS, Tenant
from configdb.node import NodeSettings, secret
from configdb.runtime import Runtime
from configdb.secrets import Sealer
from configdb.snapshot import Directory, make_view
from history.spool import frames, segments
from installer import demo_tenant
from media.plane.events import Digit, RxTimeout
from softswitch import service
from softswitch.adapters import network
from softswitch.adapters.orders import Orders
from softswitch.adapters.state import StateLog
from softswitch.peers.identify import REALM
from softswitch.sip.challenge import Account, answer_challenges
from softswitch.sip.digest import ha1_of
from softswitch.sip.errors import BadMessage
from softswitch.sip.message import Request, Response
from softswitch.sip.parse import parse_message
from softswitch.transport import stream, udp
from tests.softswitch.calls.world import riverside
from tests.softswitch.fakes import (
    EPOCH,
    Bus,
    Calm,
    Config,
    Datagrams,
    FakeMedia,
    Listening,
    Nothing,
    Reactor,
    Troubles,
    Unanswered,
)
from tests.softswitch.stream_peers import PEERS, SIP_HOST, SIP_PORT, TcpPeer

CARRIER = "127.0.0.1", 5070
"""Where the demo tenant's carrier calls from."""

PHONE, PASSWORD = "ann-desk", "correct horse"
STRANGER = "192.0.2.77", 5060


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
        self.reactor = reactor or Reactor()
        self.folder = folder
        self.bus = bus or Bus()
        self.troubles: list[str] = []
        """What was logged of exceptions that nobody expected: has to stay empty."""
        config = self.config = Config(directory or self._demo(patches or {}))
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
                link_of=Nothing,
                NatsQuestions=Unanswered,
                NatsBus=lambda *_: self.bus,
                log_of=Nothing,
                ConfigClient=lambda *_, **__: config,
                MediaPlane=media,
                StrainGauge=Calm,
                LoopingCall=self._looping,
                Orders=partial(Orders, defer=maybeDeferred),
            ),
            patch.multiple(network, LoopingCall=self._looping, signal=Nothing()),
            patch.object(udp, "Datagrams", Datagrams),
            patch.object(stream, "bound_socket", Listening),
        ):
            settings = NodeSettings(data_dir=folder, name=name, disk_free_mb_min=0, **more)
            self.service = service.Service(self.reactor, folder, settings)
            self.service.start()
        self.media: Any = self.service._board.media
        self._handler = Troubles(self.troubles)
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
