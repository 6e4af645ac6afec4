"""The node's SIP ports made of its settings: addresses, transports, certificates, DNS; certificates follow their files."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Container
from dataclasses import replace
from typing import Any

from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from configdb.certificates import certificates_of
from configdb.node import NodeSettings
from configdb.runtime import Runtime
from softswitch.adapters.media_address import public_of
from softswitch.sip.locate import Question
from softswitch.supervisor.ports import reachable_address
from softswitch.transport.flows import Receiver, join_address
from softswitch.transport.lookup import dns_lookup
from softswitch.transport.paths import Flows
from softswitch.transport.ports import Listen, Local, Ports
from softswitch.transport.resolver import Resolver
from softswitch.transport.tls import KeyPair, Tls, TlsOptions

CERTIFICATES_S = 10.0  # how often the files of certificates are looked at
DNS_PORT = 53


class Network:
    """Made closed; `start` opens it. `sites`: origins of pages that may use SIP in any case.

    Raises `transport.tls.BadCertificate` when the certificates cannot be used.
    """

    _log = Logger(namespace="softswitch.network")

    def __init__(
        self,
        reactor: Any,
        settings: NodeSettings,
        runtime: Runtime,
        receiver: Receiver,
        sites: Container[str] = frozenset(),
    ) -> None:
        self._reactor = reactor
        self._listen = replace(listen_of(settings, runtime), sites=sites)
        self._rtp = rtp_of(settings, runtime)
        self._tls = Tls(tls_options(settings), reactor)
        self._ports = Ports(reactor, receiver, self._listen, self._tls)
        servers = [dns_server(text) for text in settings.dns_servers]
        self._ask = dns_lookup(reactor, servers)
        resolver = Resolver(reactor, self._ask, random.SystemRandom())
        self.paths = Flows(reactor, resolver, self._ports.by_transport)
        self._watch = LoopingCall(self._tls.reload_changed)

    @property
    def address(self) -> str:
        """What others reach this node at: the first address."""
        return self._listen.locals[0].advertised

    def addresses(self, name: str, found: Callable[[tuple[str, ...]], None]) -> None:
        """The addresses of a name, for other things than SIP; none when it has none, or nobody answers."""
        self._ask(
            Question("ADDRESS", name),
            lambda answer: found(tuple(record for record in answer.records if isinstance(record, str))),
        )

    def start(self) -> None:
        """Open all ports. Raises CannotListenError."""
        self._ports.listen()
        self._watch.start(CERTIFICATES_S, now=False)
        signal.signal(signal.SIGHUP, lambda number, frame: self._reactor.callFromThread(self._tls.reload))
        for local in self._listen.locals:
            for kind, port in (("udp", self._listen.port), *self._listen.streams):
                self._log.info("listening on {kind} {at}", kind=kind, at=join_address(local.host, port))

    def stop(self) -> None:
        """Close them."""
        if self._watch.running:
            self._watch.stop()
        self._ports.close()

    def status(self) -> dict[str, Any]:
        """Where we listen, where others reach us, and how many connections there are, by transport."""
        hosts = [local.host for local in self._listen.locals]
        reached = [local.advertised for local in self._listen.locals]
        kinds = {"udp": self._listen.port, **dict(self._listen.streams)}
        at = {kind: [join_address(host, port) for host in reached] for kind, port in kinds.items()}
        return {
            "reached": {**at, "rtp": list(self._rtp)},
            "listening": {kind: [join_address(host, port) for host in hosts] for kind, port in kinds.items()},
            "connections": self._ports.connections(),
        }


def listen_of(settings: NodeSettings, runtime: Runtime) -> Listen:
    """The addresses in use. `public_address` is for those of its own family (a name: for all)."""
    public = settings.public_address

    def advertised(host: str) -> str:
        fits = public is not None and ((":" in public) is (":" in host) or not _is_address(public))
        return public if public is not None and fits else reachable_address(host)

    locals = tuple(Local(host, advertised(host)) for host in runtime.sip_hosts or (runtime.sip_host,))
    origins = frozenset(origin.lower().rstrip("/") for origin in settings.ws_origins)
    return Listen(locals, runtime.sip_port, runtime.sip_tls_port, runtime.sip_ws_port, runtime.sip_wss_port, origins)


def ours_of(settings: NodeSettings, runtime: Runtime) -> frozenset[tuple[str, int]]:
    """Hosts and ports at which we take SIP: those we listen on, and those that others know."""
    listen = listen_of(settings, runtime)
    ports = {listen.port, *(port for _, port in listen.streams)}
    return frozenset(
        (host.lower(), port) for at in listen.locals for host in (at.host, at.advertised) for port in ports
    )


def rtp_of(settings: NodeSettings, runtime: Runtime) -> tuple[str, ...]:
    """Where far ends outside reach RTP: "192.0.2.1:20000-20999", one of a family."""
    outside = public_of(settings)
    hosts = runtime.media_hosts or (runtime.sip_host,)
    own = [reachable_address(host) for host in hosts if not any((":" in one) is (":" in host) for one in outside)]
    ports = f"{runtime.rtp_port_min}-{runtime.rtp_port_max}"
    return tuple(f"[{host}]:{ports}" if ":" in host else f"{host}:{ports}" for host in (*outside, *own))


def tls_options(settings: NodeSettings) -> TlsOptions:
    """What TLS shows and asks for."""
    return TlsOptions(
        tuple(KeyPair(pair.certificate, pair.key) for pair in certificates_of(settings)),
        settings.tls_client_ca,
        settings.tls_verify_clients,
        settings.tls_server_ca,
        settings.tls_verify_servers,
    )


def _is_address(text: str) -> bool:
    return ":" in text or text.replace(".", "").isdigit()


def dns_server(text: str) -> tuple[str, int]:
    """ "192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:53"."""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        return host, int(port.removeprefix(":") or DNS_PORT)
    if text.count(":") > 1:
        return text, DNS_PORT
    host, _, port = text.partition(":")
    return host, int(port or DNS_PORT)
