"""The addresses and folders of the web process, from the node's settings and the ports the supervisor chose."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from configdb import membership
from configdb.certificates import certificates_of
from configdb.edition import DEFAULT
from configdb.node import NodeSettings
from configdb.node import load_settings as node_settings
from configdb.runtime import Runtime

_everywhere = ("0.0.0.0", "::")
_loopback = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class MgmtSettings:
    """`hosts` are the host names answered to (empty: any, when the node listens on all addresses without a name).

    `secure` is for a node behind TLS: cookies are then Secure and __Host-. `ws_port` and `wss_port` are where the switch
    speaks SIP over WebSocket (None: off), `sip_port` and `tls_port` over UDP and TCP, and TLS.
    `ice_servers`: STUN and TURN servers for apps. `inside`: what webhooks and single sign-on may reach though it is not public.
    `public_url` is how people find the node, `address` the host where it has no such name, `mail_domain` where mail to it
    goes (None: none is taken), and `proxies` the addresses whose X-Forwarded-For is believed. `region` is the edition it
    belongs to. `dns_servers`: who is asked about domains of companies. `push_providers`: by which services the switch wakes
    phones (RFC 8599). `certificates`: names and files.
    `history_shared`: nodes of a cluster have one history, not one each.
    """

    data_dir: Path
    host: str
    port: int
    hosts: tuple[str, ...]
    secure: bool
    ui_dir: Path
    ws_port: int | None = None
    wss_port: int | None = None
    inside: tuple[str, ...] = ()
    public_url: str | None = None
    address: str | None = None
    proxies: tuple[str, ...] = ()
    sip_port: int = 5060
    tls_port: int | None = None
    ice_servers: tuple[str, ...] = ()
    region: str = DEFAULT
    dns_servers: tuple[str, ...] = ()
    mail_domain: str | None = None
    push_providers: tuple[str, ...] = ()
    certificates: tuple[tuple[str, Path], ...] = ()
    history_shared: bool = False

    @property
    def url(self) -> str:
        """Where people find the node: its public name, else the address that reaches it, of other machines where there is one."""
        if self.public_url is not None:
            return self.public_url.rstrip("/")
        host = self.address or ("127.0.0.1" if self.host in _everywhere else self.host)
        return f"http://{_in_url(host)}:{self.port}"


def load_settings(data_dir: Path) -> MgmtSettings:
    """Read DATA/run/runtime.json. Raises OSError or ValueError when no supervisor wrote it."""
    runtime, node = Runtime.read(data_dir), node_settings(data_dir)
    host, public = runtime.sip_host, node.public_url
    address = node.public_address or _own_address(runtime, node)
    named = [urlsplit(public).hostname or ""] if public is not None else []
    named += [_in_url(one) for one in (host, address) if one is not None]
    return MgmtSettings(
        data_dir=data_dir,
        host=host,
        port=runtime.http_port,
        hosts=() if host in _everywhere else tuple(dict.fromkeys((*_loopback, *named))),
        secure=public is not None and public.startswith("https:"),
        ui_dir=Path(__file__).parent / "ui" / "dist",
        ws_port=runtime.sip_ws_port,
        wss_port=runtime.sip_wss_port,
        inside=node.flow_servers,
        public_url=public,
        address=address,
        proxies=node.http_proxies,
        sip_port=runtime.sip_port,
        tls_port=runtime.sip_tls_port,
        ice_servers=node.ice_servers,
        region=node.region,
        dns_servers=node.dns_servers,
        mail_domain=node.mail_domain if node.mail_listen is not None else None,
        push_providers=node.push_providers,
        certificates=_certificates(data_dir, node),
        history_shared=node.history_url is not None,
    )


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _own_address(runtime: Runtime, node: NodeSettings) -> str | None:
    """Of a node that listens on all addresses: that of the default route, as its supervisor found it for RTP."""
    if runtime.sip_host not in _everywhere or node.media_listen:
        return None
    return next(iter(runtime.media_hosts), None)


def _certificates(data_dir: Path, node: NodeSettings) -> tuple[tuple[str, Path], ...]:
    shown = [(f"TLS: {pair.certificate.name}", pair.certificate) for pair in certificates_of(node)]
    between = membership.certificate(data_dir).certificate
    return (*shown, *([("between nodes", between)] if between.exists() else []))
