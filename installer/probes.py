"""Checks that measure or ask: the clock, how fast the disk syncs, DNS, MongoDB, the media store, the beat that media need."""

from __future__ import annotations

import ctypes
import os
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import dns.exception
import dns.resolver
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from configdb import membership, nats_server, servers_jetstream
from configdb.certificates import days_left
from configdb.node import NodeSettings
from configdb.runtime import Runtime
from configdb.servers_jetstream import NotAnswered
from installer.finding import Finding

SYNCS, SYNC_MS_MAX = 20, 25.0
BEATS, BEAT_S, LATE_MS_MAX = 50, 0.02, 5.0
ANSWER_S_MAX = 3.0
CERTIFICATE_DAYS_MIN = 30
_UNSYNCED = 0x40  # STA_UNSYNC of adjtimex(2)


def probes(data: Path, settings: NodeSettings) -> Iterator[Finding]:
    """All of them; a second or two."""
    yield clock()
    yield disk_sync(data)
    yield pacing()
    yield from names(settings)
    yield from mongo(settings)
    yield from blobs(data, settings)
    yield from cluster(data)
    yield from log_servers(data, settings)


class _Timex(ctypes.Structure):
    """The head of struct timex; the rest is room."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("room", ctypes.c_byte * 256),
    )


def clock() -> Finding:
    """Whether the kernel's clock follows a time server: signatures, certificates and records need the right time."""
    held = _Timex()
    state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(held))
    if state < 0:
        return Finding("clock", True, "the kernel does not say whether it is right (a container?)")
    fix = "run a time service: `apt install chrony`, or `timedatectl set-ntp true`"
    text = "follows no time server" if held.status & _UNSYNCED else f"right within {held.maxerror / 1000:.0f} ms"
    return Finding("clock", not held.status & _UNSYNCED, text, fix)


def disk_sync(data: Path) -> Finding:
    """How long a small write takes until it is on disk: every record waits for that."""
    folder = next(one for one in (data, *data.absolute().parents) if one.exists())
    took = []
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            for _ in range(SYNCS):
                file.write(b"x" * 512)
                file.flush()
                began = time.perf_counter()
                os.fdatasync(file.fileno())
                took.append(1000 * (time.perf_counter() - began))
    except OSError as error:
        return Finding("disk sync", False, str(error), "choose another --data")
    median = statistics.median(took)
    return Finding("disk sync", median <= SYNC_MS_MAX, f"{median:.1f} ms a write", "use an SSD, not a network disk")


def pacing() -> Finding:
    """How late this machine wakes what wants to run every 20 ms, as media do."""
    late, due = [], time.monotonic()
    for _ in range(BEATS):
        due += BEAT_S
        time.sleep(max(0.0, due - time.monotonic()))
        late.append(1000 * (time.monotonic() - due))
    worst = sorted(late)[-2]
    fix = "give the node cores of its own, and RLIMIT_RTPRIO (the unit of softswitch-install does)"
    return Finding("media pacing", worst <= LATE_MS_MAX, f"a beat is up to {worst:.1f} ms late", fix)


def names(settings: NodeSettings) -> Iterator[Finding]:
    """Whether the name that others call leads somewhere, by SRV (RFC 3263) or address."""
    name = settings.public_address
    if name is None or _is_address(name):
        return
    resolver = dns.resolver.Resolver()
    resolver.lifetime = ANSWER_S_MAX
    found = []
    for kind, asked in (("SRV", f"_sip._udp.{name}"), ("SRV", f"_sips._tcp.{name}"), ("A", name), ("AAAA", name)):
        try:
            found += [f"{kind} {record}" for record in resolver.resolve(asked, kind)]
        except dns.exception.DNSException:
            continue
    fix = f"add to the zone: _sip._udp.{name}. SRV 0 0 {settings.sip_port} {name}. and an address"
    yield Finding("DNS", bool(found), "; ".join(found)[:200] or f"{name} leads nowhere", fix)


def mongo(settings: NodeSettings) -> Iterator[Finding]:
    """Whether the history's servers are a replica set with a primary: only then is a write on most of them."""
    if settings.history_url is None:
        return
    client: MongoClient[dict[str, object]] = MongoClient(
        settings.history_url, serverSelectionTimeoutMS=int(1000 * ANSWER_S_MAX)
    )
    try:
        said = client.admin.command("hello")
        ok, members = "setName" in said, said.get("hosts", [])
        text = f"replica set {said['setName']}, {len(members)} members" if ok else "one server, no replica set"
        yield Finding("MongoDB", ok, text, "make it a replica set: a write of most members needs one")
    except PyMongoError as error:
        yield Finding("MongoDB", False, str(error)[:200], "correct history_url; calls go on, records wait in spool/")
    finally:
        client.close()


def blobs(data: Path, settings: NodeSettings) -> Iterator[Finding]:
    """A small medium goes to the far store, comes back the same, and is taken away."""
    if settings.media_container is None:
        return
    from media.storage.azure import AzureStore  # slow to import: only where it is used

    name, began = f"doctor/{uuid.uuid4().hex}", time.perf_counter()
    sent = os.urandom(4096)
    try:
        store = AzureStore(
            (data / "secrets" / "azure.connection").read_text().strip(), settings.media_container, settings.media_prefix
        )
        with tempfile.NamedTemporaryFile() as file:
            file.write(sent)
            file.flush()
            store.put_file(name, Path(file.name), {}, "application/octet-stream")
        same = b"".join(store.read(name)) == sent
        store.delete(name)
    except (OSError, ValueError, KeyError) as error:
        fix = "correct secrets/azure.connection and media_container; recordings wait in media/ meanwhile"
        yield Finding("media store", False, str(error)[:200], fix)
        return
    took = f"there and back in {1000 * (time.perf_counter() - began):.0f} ms" if same else "came back changed"
    yield Finding("media store", same, took, "the store damages what it keeps: use another container")


def cluster(data: Path) -> Iterator[Finding]:
    """How long this node's certificate between nodes is good."""
    pair = membership.certificate(data)
    if not pair.certificate.exists():
        return
    try:
        left = days_left(pair.certificate, time.time())
    except ValueError as error:
        yield Finding("cluster certificate", False, str(error), "let the node join again, with an empty --data")
        return
    fix = "let the node join again, with an empty --data: it gets a new one"
    yield Finding("cluster certificate", left >= CERTIFICATE_DAYS_MIN, f"good for {left} days", fix)


def log_servers(data: Path, settings: NodeSettings) -> Iterator[Finding]:
    """Whether most servers of the configuration log are there, of a node that runs and has joined others."""
    known = nats_server.membership_of(data, settings)
    if known is not None and known.others and settings.history_url is None:
        apart = "each node lists its own past calls and voicemail alone"
        yield Finding("history", False, apart, "set history_url (MongoDB) on all nodes")
    if known is None or settings.nats_url is not None or not Runtime.path(data).exists():
        return
    fix = "start the nodes that are away: most have to run before anything can be changed; calls go on meanwhile"
    try:
        counted = servers_jetstream.counted(data, settings, ANSWER_S_MAX)
    except (NotAnswered, OSError, ValueError) as error:
        yield Finding("configuration log", False, f"no server speaks for all: {error}", fix)
        return
    away = sorted(name for name, there in counted.items() if not there)
    gone = [name for name in away if name not in known.others]
    if gone and settings.cluster_listen is None:
        fix = f"softswitch cluster remove {gone[0]}: nodes that do not come back count as votes until then"
    said = f"{len(counted) - len(away)} of {len(counted)} servers are there" + (
        f", without {', '.join(away)}" if away else ""
    )
    yield Finding("configuration log", not away, said, fix)


def _is_address(text: str) -> bool:
    try:
        ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True
