"""What an operator wants of a machine, in one file (TOML): the site file of `softswitch-install`. Every field has a default."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from configdb.edition import DEFAULT, editions

_PATH = r"^/[A-Za-z0-9._/-]+$"
_HOST = r"^[A-Za-z0-9.:-]{1,253}$"


class BadSite(Exception):
    """The site file is wrong; the text names each field and what it takes."""


class Part(BaseModel):
    """A table of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Tls(Part):
    """Certificates: files that somebody else renews, or those of an ACME authority by certbot."""

    mode: Literal["none", "files", "acme"] = Field(default="none", description="Where certificates come from.")
    certificate: str | None = Field(default=None, pattern=_PATH, description="Certificate and chain, with `files`.")
    key: str | None = Field(default=None, pattern=_PATH, description="Private key, with `files`.")
    email: str | None = Field(
        default=None, pattern=r"^[^\s@]+@[^\s@]+$", description="Account at the authority, with `acme`."
    )


class Web(Part):
    """What stands before the web pages."""

    proxy: Literal["none", "nginx", "caddy"] = Field(default="none", description="Web server in front.")
    domains: tuple[str, ...] = Field(default=(), description="Names of the pages and APIs.")

    @field_validator("domains")
    @classmethod
    def _domains(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [name for name in value if not name or set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789.-")]
        if wrong:
            raise ValueError(f"no domain names: {', '.join(wrong)}")
        return value


class Balancer(Part):
    """Kamailio in front of several nodes, on this machine."""

    nodes: tuple[str, ...] = Field(default=(), description="host:port of each node; none: no balancer here.")
    port: int = Field(default=5060, ge=1, le=65535, description="Where phones and carriers reach it.")

    @field_validator("nodes")
    @classmethod
    def _nodes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for node in value:
            host, _, port = node.rpartition(":")
            if not host or not port.isdigit() or set(host) - set("abcdefghijklmnopqrstuvwxyz0123456789.-[]:"):
                raise ValueError(f"{node!r} is not host:port")
        return value


class Backup(Part):
    """Copies of the node's data."""

    folder: str | None = Field(default=None, pattern=_PATH, description="Where they are put; none: no backups.")
    at: str = Field(default="03:17", pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="When, each day.")
    keep: int = Field(default=7, ge=1, le=365, description="How many are kept.")


class Site(Part):
    """The whole file. `node` are settings of DATA/node.toml, as docs/operator.md lists them."""

    region: str = Field(default=DEFAULT, description=f"Edition of the product: {', '.join(editions())}.")
    user: str = Field(default="softswitch", pattern=r"^[a-z][a-z0-9-]{0,30}$", description="System user of the node.")
    data: str = Field(default="/var/lib/softswitch", pattern=_PATH, description="Data directory.")
    program: str = Field(
        default="/opt/softswitch/bin", pattern=_PATH, description="Folder of the programs (a venv's bin)."
    )
    listen: str = Field(default="0.0.0.0", pattern=_HOST, description="Address for SIP, RTP and HTTP.")
    public_address: str | None = Field(
        default=None, pattern=_HOST, description="Address that others reach, behind NAT."
    )
    sip_port: int = Field(default=5060, ge=1, le=65535, description="SIP over UDP and TCP.")
    sip_tls_port: int | None = Field(default=None, ge=1, le=65535, description="SIP over TLS.")
    sip_wss_port: int | None = Field(default=None, ge=1, le=65535, description="SIP over secure WebSocket.")
    http_port: int = Field(default=8080, ge=1, le=65535, description="Web pages and API, behind the web server.")
    rtp_port_min: int = Field(default=20000, ge=1024, le=65534, description="First RTP port.")
    rtp_port_max: int = Field(default=29999, ge=1025, le=65535, description="Last RTP port.")
    firewall: bool = Field(default=True, description="nftables rules of our own table.")
    ssh_port: int = Field(default=22, ge=1, le=65535, description="Never closed by the firewall.")
    cluster_networks: tuple[str, ...] = Field(
        default=(), description="Where other nodes are: may reach ports 6222, 6223."
    )
    calls_max: int = Field(default=1000, ge=1, le=100_000, description="Calls at a time.")
    tls: Tls = Tls()
    web: Web = Web()
    balancer: Balancer = Balancer()
    backup: Backup = Backup()
    node: dict[str, str | int | float | bool | list[str]] = Field(default_factory=dict, description="More settings.")

    @property
    def local_address(self) -> str:
        """At which programs of the same machine reach the node, and from which it sees them come."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.listen, self.listen)

    @field_validator("region")
    @classmethod
    def _region(cls, value: str) -> str:
        if value not in editions():
            raise ValueError(f"there is no edition {value!r}: {', '.join(editions())}")
        return value

    @field_validator("cluster_networks")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        from ipaddress import ip_network

        return tuple(str(ip_network(text, strict=False)) for text in value)


def read_site(path: Path) -> Site:
    """Raises BadSite."""
    try:
        return make_site(tomllib.loads(path.read_text()))
    except OSError as error:
        raise BadSite(f"{path} cannot be read: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise BadSite(f"{path} is not TOML: {error}") from error


def make_site(document: dict[str, Any]) -> Site:
    """Raises BadSite."""
    try:
        site = Site(**document)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise BadSite(f"the site file is wrong: {wrong}") from error
    if site.tls.mode == "files" and not (site.tls.certificate and site.tls.key):
        raise BadSite("tls.mode is files: name tls.certificate and tls.key")
    if site.tls.mode == "acme" and not (site.tls.email and site.web.domains):
        raise BadSite("tls.mode is acme: name tls.email and web.domains")
    if site.web.proxy != "none" and not site.web.domains:
        raise BadSite("web.proxy needs web.domains")
    return site
