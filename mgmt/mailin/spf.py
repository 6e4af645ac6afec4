"""May this address send mail for that domain: check_host of RFC 7208, with its limits (4.6.4): ten lookups, two in vain.

Macros are expanded as section 7 says; %{p} is "unknown" (7.3 advises against it), explanations are not fetched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Literal, TypeVar

from mgmt.mailin.lookup import Address, Dns, DnsAway

T = TypeVar("T")
Result = Literal["pass", "fail", "softfail", "neutral", "none", "permerror", "temperror"]
LOOKUPS_MAX = 10
VOIDS_MAX = 2
MX_MAX = 10
RECORD_CHARS_MAX = 4096
QUALIFIERS: dict[str, Result] = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}

_mechanism = re.compile(
    r"([+\-~?]?)(all|include|a|mx|ptr|exists)(?::((?:%\{[^}\s]*\}|%[%_-]|[^/\s%])+))?((?:/\d{1,3})?(?://\d{1,3})?)",
    re.I,
)
_network = re.compile(r"([+\-~?]?)(ip4|ip6):([0-9A-Fa-f.:]{2,45}(?:/\d{1,3})?)", re.I)
_modifier = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(\S*)")
_macro = re.compile(r"%(?:\{([slodiphcrtv])(\d{0,3})(r?)([.\-+,/_=]*)\}|([%_-]))", re.I)
_name = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251})")


class _Permanent(Exception):
    """The record of the domain cannot be used."""


def check_host(dns: Dns, address: Address, domain: str, sender: str, helo: str) -> Result:
    """The result for a sender; `sender` is an address, `domain` usually its domain."""
    if not _name.fullmatch(domain) or "." not in domain:
        return "none"
    try:
        return _Check(dns, address, sender, helo).check(domain)
    except _Permanent:
        return "permerror"
    except DnsAway:
        return "temperror"


@dataclass(slots=True)
class _Check:
    """One evaluation and what it has asked already."""

    dns: Dns
    address: Address
    sender: str
    helo: str
    lookups: int = 0
    voids: int = 0

    def check(self, domain: str) -> Result:
        record = self._record(domain)
        if record is None:
            return "none"
        mechanisms, redirect = _terms(record)
        for qualifier, kind, value, length in mechanisms:
            if self._matches(kind, value, length, domain):
                return QUALIFIERS[qualifier or "+"]
        if redirect is None:
            return "neutral"
        self._count()
        found = self.check(self._name(redirect, domain))
        if found == "none":
            raise _Permanent("redirect leads to no record")
        return found

    def _record(self, domain: str) -> str | None:
        found = [text for text in self.dns.txt(domain) if text.lower() == "v=spf1" or text[:7].lower() == "v=spf1 "]
        if len(found) > 1 or any(len(text) > RECORD_CHARS_MAX for text in found):
            raise _Permanent("more than one record")
        return found[0] if found else None

    def _matches(self, kind: str, value: str | None, length: str, domain: str) -> bool:
        match kind:
            case "all":
                return True
            case "ip4" | "ip6":
                network = ip_network(value or "", strict=False)
                return network.version == self.address.version and self.address in network
            case "include":
                self._count()
                found = self.check(self._name(value or "", domain))
                if found == "none":
                    raise _Permanent("include leads to no record")
                return found == "pass"
            case "exists":
                self._count()
                return bool(self._found(self.dns.addresses(self._name(value or "", domain), 4)))
            case "ptr":
                self._count()
                return self._is_named(self._name(value, domain) if value else domain)
            case "a":
                self._count()
                return self._is_of(self._name(value, domain) if value else domain, length, True)
            case _:
                self._count()
                hosts = self._found(self.dns.mx(self._name(value, domain) if value else domain))
                if len(hosts) > MX_MAX:
                    raise _Permanent("too many mail exchangers")
                return any(self._is_of(host, length, False) for host in hosts)

    def _is_of(self, host: str, length: str, counted: bool) -> bool:
        """Whether the address is one of the host's, or in a network of that length around one."""
        first, _, second = length.partition("//")
        bits = (first.strip("/") if self.address.version == 4 else second.strip("/")) or str(self.address.max_prefixlen)
        found = self.dns.addresses(host, self.address.version)
        if counted:
            self._found(found)
        return any(self.address in ip_network(f"{one}/{bits}", strict=False) for one in found)

    def _is_named(self, domain: str) -> bool:
        try:
            names = self.dns.ptr(self.address)[:MX_MAX]
            right = [name for name in names if self.address in self.dns.addresses(name, self.address.version)]
        except DnsAway:
            return False  # 5.5: the mechanism does not match then
        return any(name == domain.lower() or name.endswith(f".{domain.lower()}") for name in right)

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups > LOOKUPS_MAX:
            raise _Permanent("more than ten lookups")

    def _found(self, answers: list[T]) -> list[T]:
        self.voids += not answers
        if self.voids > VOIDS_MAX:
            raise _Permanent("more than two lookups that find nothing")
        return answers

    def _name(self, text: str, domain: str) -> str:
        """With its macros expanded; too long, it loses labels on the left (7.3)."""
        name = _macro.sub(lambda found: self._expanded(found, domain), text)
        while len(name) > 253 and "." in name:
            name = name.partition(".")[2]
        if not _name.fullmatch(name.rstrip(".")):
            raise _Permanent(f"{name[:40]!r} is no name")
        return name.rstrip(".")

    def _expanded(self, found: re.Match[str], domain: str) -> str:
        if found[5]:
            return {"%": "%", "_": " ", "-": "%20"}[found[5]]
        local, _, host = self.sender.rpartition("@")
        v4 = self.address.version == 4
        value = {
            "s": self.sender,
            "l": local or "postmaster",
            "o": host,
            "d": domain,
            "i": str(self.address) if v4 else ".".join(self.address.exploded.replace(":", "")),
            "v": "in-addr" if v4 else "ip6",
            "h": self.helo,
        }.get(found[1].lower(), "unknown")
        labels = re.split(f"[{re.escape(found[4] or '.')}]", value)
        if found[3]:
            labels.reverse()
        return ".".join(labels[-int(found[2]) :] if found[2] and int(found[2]) else labels)


def _terms(record: str) -> tuple[list[tuple[str, str, str | None, str]], str | None]:
    """Mechanisms (qualifier, kind, value, prefix length) and the redirect. Everything must be right, or nothing counts (4.6)."""
    mechanisms: list[tuple[str, str, str | None, str]] = []
    redirects: list[str] = []
    for term in record.split(" ")[1:]:
        if not term:
            continue
        network, found, modifier = _network.fullmatch(term), _mechanism.fullmatch(term), _modifier.fullmatch(term)
        if network is not None:
            mechanisms.append((network[1], network[2].lower(), _checked_network(network[2].lower(), network[3]), ""))
        elif modifier is not None:
            redirects += [modifier[2]] if modifier[1].lower() == "redirect" else []
        elif found is not None:
            mechanisms.append(_checked(found[1], found[2].lower(), found[3], found[4]))
        else:
            raise _Permanent(f"{term[:40]!r} is nothing of SPF")
    if len(redirects) > 1:
        raise _Permanent("two redirects")
    if any(kind == "all" for _, kind, _, _ in mechanisms):
        return mechanisms, None
    return mechanisms, redirects[0] if redirects else None


def _checked(qualifier: str, kind: str, value: str | None, length: str) -> tuple[str, str, str | None, str]:
    first, _, second = length.partition("//")
    named = kind in ("include", "exists")
    wrong = (kind == "all" and (value is not None or length)) or (named and (not value or length))
    if wrong or int(first.strip("/") or 0) > 32 or int(second or 0) > 128 or (kind == "ptr" and length):
        raise _Permanent(f"{kind} is not right")
    return qualifier, kind, value, length


def _checked_network(kind: str, text: str) -> str:
    try:
        right = ip_network(text, strict=False).version == int(kind[2])
    except ValueError:
        right = False
    if not right:
        raise _Permanent(f"{text!r} is no network")
    return text
