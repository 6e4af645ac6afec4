"""What is proved of a mail's sender: SPF, DKIM and DMARC, recorded with its activity as they were when it came (RFC 8601)."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from mgmt.mailin.dkim import signers
from mgmt.mailin.dmarc import judge
from mgmt.mailin.lookup import Dns
from mgmt.mailin.spf import check_host


@dataclass(frozen=True, slots=True)
class Proof:
    """`author` is the domain of From. proved: its own domain stands for this mail."""

    author: str
    spf: str
    dkim: tuple[tuple[str, str], ...]
    dmarc: str
    policy: str
    proved: bool

    def to_document(self) -> dict[str, Any]:
        """As it is recorded."""
        signed = [{"domain": domain, "result": result} for domain, result in self.dkim]
        return {"spf": self.spf, "dkim": signed, "dmarc": self.dmarc, "policy": self.policy, "proved": self.proved}


def proof_of(dns: Dns, source: str, helo: str, sender: str, author: str, raw: bytes) -> Proof:
    """`source` is the address that it came from, `sender` of the envelope ("" a report), `author` the address in From."""
    helo, domain = helo.strip("[]").lower(), sender.rpartition("@")[2].lower()
    spf = check_host(dns, ip_address(source), domain or helo, sender or f"postmaster@{helo}", helo)
    signed = signers(raw, dns)
    named = author.rpartition("@")[2]
    if not named:
        return Proof("", spf, signed, "none", "", False)
    passed = tuple(name for name, result in signed if result == "pass")
    verdict = judge(dns, named, (domain or helo) if spf == "pass" else None, passed)
    return Proof(named, spf, signed, verdict.result, verdict.policy, verdict.aligned)
