"""Does what is proved fit the From that people see (RFC 7489), by relaxed or strict alignment, and what its domain asks for.

The organizational domain is found by walking up the tree of DMARC records, as the revision of DMARC does it, instead of a list
of public suffixes, which would have to be kept up to date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mgmt.mailin.lookup import Dns, DnsAway

STEPS_MAX = 8


@dataclass(frozen=True, slots=True)
class Verdict:
    """`policy` is what the domain asks for mail that fails ("none", "quarantine", "reject"; "" it says nothing)."""

    result: Literal["pass", "fail", "none", "temperror"]
    policy: str
    aligned: bool


@dataclass(slots=True)
class Tree:
    """The records of one mail's domains, each asked for once."""

    dns: Dns
    asked: dict[str, Mapping[str, str] | None] = field(default_factory=dict)

    def record(self, domain: str) -> Mapping[str, str] | None:
        """Raises `DnsAway`."""
        if domain not in self.asked:
            texts = [text for text in self.dns.txt(f"_dmarc.{domain}") if text.split(";")[0].strip() == "v=DMARC1"]
            self.asked[domain] = _tags(texts[0]) if len(texts) == 1 else None
        return self.asked[domain]

    def organization(self, domain: str) -> str:
        """The domain under which names belong to one owner; itself when nobody says anything."""
        below, found = domain, domain
        for name in walk(domain):
            record = self.record(name)
            if record is not None:
                if record.get("psd") == "y" and name != domain:
                    return below
                found = name
                if record.get("psd") == "n":
                    return name
            below = name
        return found

    def policy(self, domain: str) -> Mapping[str, str] | None:
        """The record that speaks for a domain: its own, else its organization's."""
        return self.record(domain) or self.record(self.organization(domain))


def walk(domain: str) -> list[str]:
    """The domain and those above, at most eight, down to the one of one label."""
    labels = domain.split(".")
    ups = [".".join(labels[index:]) for index in range(len(labels))]
    return ups if len(ups) <= STEPS_MAX else [ups[0], *ups[-STEPS_MAX + 1 :]]


def judge(dns: Dns, author: str, spf_domain: str | None, signers: tuple[str, ...]) -> Verdict:
    """`author` is the domain of From; spf_domain and signers are domains that were proved."""
    tree = Tree(dns)
    try:
        record = tree.policy(author) or {}
        aligned = (spf_domain is not None and _fits(tree, author, spf_domain, record.get("aspf"))) or any(
            _fits(tree, author, signer, record.get("adkim")) for signer in signers
        )
        if not record:
            return Verdict("none", "", aligned)
        policy = record.get("p", "none") if tree.record(author) else record.get("sp", record.get("p", "none"))
        return Verdict("pass" if aligned else "fail", policy.lower(), aligned)
    except DnsAway:
        return Verdict("temperror", "", author in (spf_domain, *signers))


def _fits(tree: Tree, author: str, other: str, mode: str | None) -> bool:
    if author == other:
        return True
    return (mode or "r").lower() != "s" and tree.organization(author) == tree.organization(other)


def _tags(text: str) -> Mapping[str, str]:
    pairs = (piece.partition("=") for piece in text[:2000].split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}
