"""Domain Connect (draft-ietf-dconn-domainconnect-03): our records in a customer's zone, by a click at whoever runs its DNS.

discover `_domainconnect.DOMAIN` TXT (section 5) ──► settings ──► our template is known there ──► the customer agrees at its page,
to which our signature over the query goes along (section 6.3), then the DNS says whether it is live.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from mgmt.outbox.web import Answer, Ask
from mgmt.partners.dns import Lookup
from mgmt.partners.signatures import Forged, json_object

ID = "domain-connect"
TTL_S = 3600
_domain = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z][a-z0-9-]{0,61}[a-z0-9]")
_host = re.compile(r"[A-Za-z0-9.-]{4,253}(/[A-Za-z0-9._~/-]{0,200})?")
_https = re.compile(r"https://[A-Za-z0-9.-]{4,253}(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]{0,300})?")


class NotOffered(Exception):
    """Theirs: whoever runs this DNS does not do it; the records are to be written by hand."""


@dataclass(frozen=True, slots=True)
class Template:
    """Ours, as DNS providers know it; `key_host`: where the key is that our signatures are checked with."""

    provider: str
    service: str
    key_host: str

    @classmethod
    def of(cls, text: str) -> Template:
        """`PROVIDER/SERVICE/KEY_HOST`, as the operator writes it."""
        provider, service, key_host, *_ = [*text.split("/"), "", "", ""]
        return cls(provider, service, key_host)


@dataclass(frozen=True, slots=True)
class Zone:
    """Where a domain's DNS is run. `root`: of the zone; `host`: the rest of the name that was asked for ("": none)."""

    root: str
    host: str
    provider: str
    page: str
    api: str


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a domain, `value` as people write it."""

    type: str
    name: str
    value: str


def domain_of(text: str) -> str:
    """A domain in lower case. Raises `Forged`."""
    found = text.strip().rstrip(".").lower()
    if len(found) > 253 or not _domain.fullmatch(found):
        raise Forged("it is no domain name")
    return found


def records(domain: str, server: str, sip_port: int, tls_port: int | None) -> tuple[Record, ...]:
    """What makes `ann@DOMAIN` ring here (RFC 3263), the company's pages, and who sends its mail (RFC 7208)."""
    found = [
        Record("SRV", f"_sip._udp.{domain}", f"10 10 {sip_port} {server}"),
        Record("SRV", f"_sip._tcp.{domain}", f"20 10 {sip_port} {server}"),
        *([Record("SRV", f"_sips._tcp.{domain}", f"10 10 {tls_port} {server}")] if tls_port is not None else []),
        Record("CNAME", f"phone.{domain}", server),
        Record("TXT", domain, f"v=spf1 include:{server} ~all"),
    ]
    return tuple(found)


def is_live(record: Record, lookup: Lookup) -> bool:
    """Whether the DNS says it now; of SPF it is enough that ours is included."""
    found = lookup(record.name, record.type)
    if record.type == "TXT":
        wanted = record.value.split()[1]
        return any(text.startswith("v=spf1") and wanted in text.split() for text in found)
    return record.value.lower() in [text.lower() for text in found]


def discovered(domain: str, lookup: Lookup, ask: Callable[[Ask], Answer]) -> Zone:
    """Raises `NotOffered`, and what `mgmt.outbox.web` raises."""
    labels = domain.split(".")
    for cut in range(len(labels) - 1):
        root = ".".join(labels[cut:])
        for place in lookup(f"_domainconnect.{root}", "TXT"):
            if _host.fullmatch(place):
                said = _object(ask(Ask("GET", f"https://{place}/v2/{root}/settings", {"Accept": "application/json"})))
                page, api = str(said.get("urlSyncUX") or ""), str(said.get("urlAPI") or "")
                if not _https.fullmatch(page) or not _https.fullmatch(api):
                    raise NotOffered("its settings have no page to agree on")
                name = str(said.get("providerDisplayName") or said.get("providerName") or place)[:120]
                return Zone(root, ".".join(labels[:cut]), name, page.rstrip("/"), api.rstrip("/"))
    raise NotOffered("whoever runs this DNS does not offer it")


def require_template(zone: Zone, template: Template, ask: Callable[[Ask], Answer]) -> None:
    """Raises `NotOffered` when our template is not known there."""
    path = f"/v2/domainTemplates/providers/{quote(template.provider, '')}/services/{quote(template.service, '')}"
    if ask(Ask("GET", f"{zone.api}{path}")).status != 200:
        raise NotOffered(f"{zone.provider} does not know our template")


def apply_url(zone: Zone, template: Template, values: dict[str, str], way_back: str, key: str) -> str:
    """Where the customer agrees. `key` is ours (PEM). Raises `NotOffered` without one."""
    said = {"domain": zone.root, "redirect_uri": way_back, **({"host": zone.host} if zone.host else {}), **values}
    query = urlencode(sorted(said.items()))
    signed = urlencode({"sig": signature(query, key), "key": template.key_host})
    path = f"/v2/domainTemplates/providers/{quote(template.provider, '')}/services/{quote(template.service, '')}/apply"
    return f"{zone.page}{path}?{query}&{signed}"


def signature(query: str, key: str) -> str:
    """RSA with PKCS #1 v1.5 and SHA-256 over the query, in base64. Raises `NotOffered`."""
    try:
        private = load_pem_private_key(key.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as wrong:
        raise NotOffered("this node has no key to sign with") from wrong
    if not isinstance(private, RSAPrivateKey):
        raise NotOffered("this node's key is no RSA key")
    return base64.b64encode(private.sign(query.encode(), PKCS1v15(), SHA256())).decode()


def holds(query: str, sig: str, key: str) -> bool:
    """Whether a signature over a query is of the owner of a public key (PEM): what a DNS provider does."""
    public = load_pem_public_key(key.encode())
    if not isinstance(public, RSAPublicKey):
        return False
    try:
        public.verify(base64.b64decode(sig), query.encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def template_document(template: Template, name: str, server: str) -> dict[str, Any]:
    """Our template as DNS providers take it (section 8.2)."""
    srv = {"type": "SRV", "name": "@", "service": "_sip", "target": "%server%", "weight": 10, "ttl": TTL_S}
    return {
        "providerId": template.provider,
        "providerName": name,
        "serviceId": template.service,
        "serviceName": "Telephones",
        "version": 1,
        "syncPubKeyDomain": template.provider,
        "syncRedirectDomain": server,
        "description": "Calls to this domain ring at the company's telephones.",
        "variableDescription": "server: the name of the telephone system; port: of SIP",
        "records": [
            {**srv, "protocol": "_udp", "priority": 10, "port": "%port%"},
            {**srv, "protocol": "_tcp", "priority": 20, "port": "%port%"},
            {"type": "CNAME", "host": "phone", "pointsTo": "%server%", "ttl": TTL_S},
            {"type": "SPFM", "host": "@", "spfRules": "include:%server%"},
        ],
    }


def _object(answer: Answer) -> dict[str, Any]:
    try:
        if answer.status == 200:
            return json_object(answer.body)
    except Forged:
        pass
    raise NotOffered("its settings cannot be read")
