"""One question to the DNS (RFC 1035), by UDP and, when the answer is cut off, by TCP: what a company's domain says now."""

from __future__ import annotations

import re
import secrets
import socket
import struct
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

from twisted.names import dns

from mgmt.limits import dns_answer_s_max, dns_tries_max

Lookup = Callable[[str, str], tuple[str, ...]]
"""A name and a type (TXT, SRV, CNAME) to values as people write them; none: there are none, or nobody answers."""
TYPES = {"TXT": dns.TXT, "SRV": dns.SRV, "CNAME": dns.CNAME}
_nameserver = re.compile(r"^nameserver\s+(\S+)", re.MULTILINE)


def servers(configured: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    """Those of the node's setting `dns_servers`, else of the system."""
    if configured:
        return tuple(_address(one) for one in configured)
    path = Path("/etc/resolv.conf")
    found = _nameserver.findall(path.read_text()) if path.exists() else []
    return tuple((one, 53) for one in found)


def _address(text: str) -> tuple[str, int]:
    try:
        return str(ip_address(text.strip("[]"))), 53
    except ValueError:
        host, _, port = text.rpartition(":")
        return host.strip("[]"), int(port)


def lookup(name: str, kind: str, asked: tuple[tuple[str, int], ...]) -> tuple[str, ...]:
    """The values; the first server that answers counts."""
    for server in asked[:dns_tries_max]:
        try:
            message = _ask(server, name, TYPES[kind])
        except (OSError, EOFError, ValueError, struct.error):
            continue
        return tuple(_text(one.payload) for one in message.answers if one.type == TYPES[kind])
    return ()


def _ask(server: tuple[str, int], name: str, kind: int) -> dns.Message:
    """Raises OSError and what a broken answer raises."""
    query = dns.Message(id=secrets.randbelow(1 << 16), recDes=1)
    query.addQuery(name.encode("idna"), kind)
    data = query.toStr()
    family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as udp:
        udp.settimeout(dns_answer_s_max)
        udp.connect(server)
        udp.send(data)
        answer = _parsed(udp.recv(4096), query)
    if not answer.trunc:
        return answer
    with socket.create_connection(server, dns_answer_s_max) as tcp, tcp.makefile("rb") as stream:
        tcp.sendall(struct.pack(">H", len(data)) + data)
        (size,) = struct.unpack(">H", stream.read(2))
        return _parsed(stream.read(size), query)


def _parsed(data: bytes, query: dns.Message) -> dns.Message:
    found = dns.Message()
    found.fromStr(data)
    if found.id != query.id or not found.answer:
        raise ValueError("the answer is to another question")
    return found


def _text(record: object) -> str:
    match record:
        case dns.Record_TXT(data=parts):
            return b"".join(parts).decode("utf-8", "replace")
        case dns.Record_SRV(priority=priority, weight=weight, port=port, target=target):
            return f"{priority} {weight} {port} {_name(target)}"
        case dns.Record_CNAME(name=name):
            return _name(name)
        case _:
            return ""


def _name(found: dns.Name | None) -> str:
    return "" if found is None else found.name.decode("ascii", "replace").rstrip(".").lower()
