"""Signed callers on the live switch: fetches and keeps certificates, waits a moment for them, signs calls (RFC 8224).

A call never waits longer than its trunk's policy is worth: WAIT_S_MAX when callers are only verified (the certificate then
serves the next call), the whole fetch when a signature is required.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from twisted.logger import Logger

from configdb.node import NodeSettings, secret
from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.times import Date, parse_date
from softswitch.sip.message import Request
from softswitch.stir.cache import CertificateCache
from softswitch.stir.credential import Chain, read_chain
from softswitch.stir.faults import Fault, Kind
from softswitch.stir.passport import canonical
from softswitch.stir.sign import Signer, attestation_of
from softswitch.stir.verify import Claim, Question, Verdict, judge, read_claims, refused

WAIT_S_MAX = 1.0
FETCHES_MAX = 50
URL_SHOWN_MAX = 200

Get = Callable[[str, Callable[[bytes | str], None]], None]
OnVerdict = Callable[[Verdict], None]
Pairs = tuple[tuple[str, str], ...]


class Verifier:
    """Judges callers. `get(url, done)` fetches a certificate; `wall` is epoch seconds."""

    _log = Logger(namespace="softswitch.stir")

    def __init__(self, clock: Any, wall: Callable[[], float], get: Get, roots: Chain) -> None:
        self._clock, self._wall, self._get, self._roots = clock, wall, get, roots
        self._cache = CertificateCache()
        self._waiting: dict[str, list[Callable[[Chain | Fault], None]]] = {}

    def verify(self, request: Request, orig: str, dest: str, patient: bool, done: OnVerdict) -> None:
        """Calls `done` once: at once, or when the certificate came or took too long. `orig`, `dest` are numbers."""
        question = Question(canonical(orig), canonical(dest), _date(request), self._wall())
        claims, faults = read_claims(request.headers.all("Identity"), question)
        asked = _Asked(done)
        if claims and not patient:
            late = Fault(Kind.BAD_INFO, "its certificate was not there in time")
            asked.timer = self._clock.callLater(WAIT_S_MAX, lambda: asked.tell(refused([*faults, late])))
        self._next(asked, claims, faults)

    def _next(self, asked: _Asked, claims: list[Claim], faults: list[Fault]) -> None:
        if asked.over:
            return None
        if not claims:
            return asked.tell(refused(faults))
        first, *rest = claims

        def found(chain: Chain | Fault) -> None:
            try:
                if isinstance(chain, Fault):
                    raise chain
                verdict = judge(first, chain, self._roots, self._wall())
            except Fault as fault:
                return self._next(asked, rest, [*faults, fault])
            except Exception:  # the boundary to certificates of strangers: what breaks on them proves nothing
                self._log.failure("judging a caller's signature broke")
                return self._next(asked, rest, [*faults, Fault(Kind.INVALID, "it cannot be judged")])
            return asked.tell(verdict)

        return self._chain(first.url, found)

    def _chain(self, url: str, found: Callable[[Chain | Fault], None]) -> None:
        """The certificates at a URL; those who ask while they are on their way wait together."""
        known = self._cache.find(url, self._wall())
        if known is not None:
            return found(known)
        if url in self._waiting:
            return self._waiting[url].append(found)
        if len(self._waiting) >= FETCHES_MAX:
            return found(Fault(Kind.BAD_INFO, "too many certificates are being fetched"))
        self._waiting[url] = [found]
        return self._get(url, lambda answer: self._fetched(url, answer))

    def _fetched(self, url: str, answer: bytes | str) -> None:
        chain: Chain | Fault
        if isinstance(answer, str):
            chain = Fault(Kind.BAD_INFO, answer)
        else:
            try:
                chain = read_chain(answer)
            except Fault as fault:
                chain = fault
        if isinstance(chain, Fault):
            self._log.warn("{url}: {why}", url=url[:URL_SHOWN_MAX], why=chain.why)
        self._cache.keep(url, chain, self._wall())
        for found in self._waiting.pop(url):
            found(chain)


class _Asked:
    """One question that is answered once."""

    def __init__(self, done: OnVerdict) -> None:
        self._done, self.over = done, False
        self.timer: Any = None

    def tell(self, verdict: Verdict) -> None:
        if self.over:
            return
        self.over = True
        if self.timer is not None and self.timer.active():
            self.timer.cancel()
        self._done(verdict)


def signed(
    signer: Signer, tenant: str, own: Container[str], is_customers: bool, number: str, dialled: str, now: float
) -> tuple[str | None, Pairs]:
    """The attestation that a call gets and the fields that say so; (None, ()) when there is nothing to sign."""
    attestation, dest = attestation_of(number, own, is_customers), canonical(dialled)
    if attestation is None or not dest:
        return None, ()
    identity = signer.identity(attestation, tenant, canonical(number), dest, now)
    return attestation, (("Date", str(Date(int(now)))), ("Identity", identity))


def read_signer(key: Path | None, url: str | None, secret: bytes) -> Signer | None:
    """The node's signer; None when it is not set up. Raises ValueError in words for the operator, OSError."""
    if key is None or url is None:
        return None
    if key.stat().st_mode & 0o077:
        raise ValueError(f"{key}: others may read this key; do: chmod 600 {key}")
    found = load_pem_private_key(key.read_bytes(), None)
    if not isinstance(found, ec.EllipticCurvePrivateKey) or not isinstance(found.curve, ec.SECP256R1):
        raise ValueError(f"{key}: not a key of P-256 (prime256v1)")
    return Signer(found, url, UUID(bytes=secret[:16]))


def signer_of(data: Path, settings: NodeSettings) -> Signer | None:
    """The signer that the settings describe; calls of one node can be told from those of others by their origid."""
    namespace = hashlib.sha256(f"origid {secret(data, 'node.key')}".encode()).digest()
    return read_signer(settings.stir_key, settings.stir_certificate_url, namespace)


def read_roots(path: Path | None) -> Chain:
    """The certificates of a PEM file, none without one. Raises ValueError, OSError."""
    return () if path is None else tuple(x509.load_pem_x509_certificates(path.read_bytes()))


def _date(request: Request) -> float | None:
    """The Date of a request; one that cannot be read counts as the beginning of time."""
    try:
        found = request.read("Date", parse_date)
    except BadMessage:
        return 0.0
    return None if found is None else float(found.at_s)
