"""Signed callers on the live switch: fetches and keeps certificates, waits a moment for them, signs calls (RFC 8224).

A call never waits longer than its trunk's policy is worth: WAIT_S_MAX when callers are only verified (the certificate then
serves the next call), PATIENCE_S_MAX when a signature is required. What is there by then counts: no certificate is 436, as
one that cannot be had; no list of revoked ones says nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from twisted.logger import Logger

from configdb.node import NodeSettings, secret
from softswitch.adapters.shelf import Get, Shelf
from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.times import Date, parse_date
from softswitch.sip.message import Request
from softswitch.stir.cache import Cache
from softswitch.stir.credential import Chain, expires_at, read_chain
from softswitch.stir.faults import Fault, Kind
from softswitch.stir.limits import LISTS_CACHED_MAX
from softswitch.stir.passport import canonical
from softswitch.stir.revocation import Revoked, good_until, lists_of, read_list, refuse_revoked
from softswitch.stir.sign import Signer, attestation_of
from softswitch.stir.verify import Claim, Question, Verdict, judge, read_claims, refused

WAIT_S_MAX = 1.0
PATIENCE_S_MAX = 4.0
"""All certificates and lists of one call together, however many signatures it has: one fetch, and a little of the next."""

V = TypeVar("V")
OnVerdict = Callable[[Verdict], None]
Pairs = tuple[tuple[str, str], ...]


class Verifier:
    """Judges callers. `get` fetches a certificate, `get_list` the list of those that were revoked; `wall` is epoch seconds."""

    _log = Logger(namespace="softswitch.stir")

    def __init__(self, clock: Any, wall: Callable[[], float], get: Get, get_list: Get, roots: Chain) -> None:
        self._clock, self._wall, self._roots = clock, wall, roots
        self._chains = Shelf(get, read_chain, Cache(expires_at), wall)
        self._lists = Shelf(get_list, read_list, Cache(good_until, LISTS_CACHED_MAX), wall)

    def verify(self, request: Request, orig: str, dest: str, patient: bool, done: OnVerdict) -> None:
        """Calls `done` once: at once, or when the certificate came or took too long. `orig`, `dest` are numbers."""
        question = Question(canonical(orig), canonical(dest), _date(request), self._wall())
        claims, faults = read_claims(request.headers.all("Identity"), question)
        asked = _Asked(done, patient)
        if claims:
            asked.timer = self._clock.callLater(PATIENCE_S_MAX if patient else WAIT_S_MAX, asked.late)
        self._next(asked, claims, faults)

    def _next(self, asked: _Asked, claims: list[Claim], faults: list[Fault]) -> None:
        """Judges the first claim, the others if it does not hold."""
        if asked.over:
            return None
        asked.faults, asked.settle = faults, _nothing
        if not claims:
            return asked.tell(refused(faults))
        first, *rest = claims
        urls = tuple(token.url for token in first.tokens)

        def found(chains: Mapping[str, Chain | Fault]) -> None:
            verdict = self._attempt(asked, rest, faults, lambda: self._judged(first, chains))
            if verdict is not None:
                self._unless_revoked(asked, rest, faults, verdict)

        return _all(self._chains, urls, found)

    def _judged(self, claim: Claim, found: Mapping[str, Chain | Fault]) -> Verdict:
        """Raises Fault."""
        chains = []
        for token in claim.tokens:
            chain = found[token.url]
            if isinstance(chain, Fault):
                raise chain
            chains.append(chain)
        return judge(claim, chains, self._roots, self._wall())

    def _unless_revoked(self, asked: _Asked, rest: list[Claim], faults: list[Fault], verdict: Verdict) -> None:
        """A call that does not wait for certificates waits for no list either: it serves the next."""

        def known(lists: Mapping[str, Revoked | Fault]) -> None:
            kept = self._attempt(asked, rest, faults, lambda: self._unrevoked(verdict, lists))
            if kept is not None:
                asked.tell(kept)

        urls = lists_of(certificate for path in verdict.paths for certificate in path)

        def settle() -> None:
            known({url: there for url in urls if (there := self._lists.find(url)) is not None})

        asked.settle = settle
        _all(self._lists, urls, known if asked.patient else lambda _: None)
        if not asked.patient:
            settle()

    def _unrevoked(self, verdict: Verdict, found: Mapping[str, Revoked | Fault]) -> Verdict:
        """The verdict, unless a list takes one of its certificates back. Raises Fault."""
        lists = {url: each for url, each in found.items() if not isinstance(each, Fault)}
        for path in verdict.paths:
            refuse_revoked(path, self._roots, lists, self._wall())
        return verdict

    def _attempt(
        self, asked: _Asked, rest: list[Claim], faults: list[Fault], judging: Callable[[], Verdict]
    ) -> Verdict | None:
        """What came of it; None when it does not hold, and the next claim has its turn."""
        try:
            return judging()
        except Fault as fault:
            self._next(asked, rest, [*faults, fault])
        except Exception:  # the boundary to certificates of strangers: what breaks on them proves nothing
            self._log.failure("judging a caller's signature broke")
            self._next(asked, rest, [*faults, Fault(Kind.INVALID, "it cannot be judged")])
        return None


def _all(shelf: Shelf[V], urls: tuple[str, ...], done: Callable[[Mapping[str, V | Fault]], None]) -> None:
    """Asks for several at once."""
    found, left = dict[str, V | Fault](), dict.fromkeys(urls)

    def got(url: str, value: V | Fault) -> None:
        found[url] = value
        left.pop(url, None)
        if not left:
            done(found)

    if not urls:
        done(found)
    for url in tuple(left):
        shelf.ask(url, partial(got, url))


class _Asked:
    """One question that is answered once. faults: of the claims judged so far; `settle` judges with what is there."""

    def __init__(self, done: OnVerdict, patient: bool) -> None:
        self._done, self.patient, self.over = done, patient, False
        self.timer: Any = None
        self.faults: list[Fault] = []
        self.settle: Callable[[], None] = _nothing

    def late(self) -> None:
        """It took too long."""
        self.settle()
        self.tell(refused([*self.faults, Fault(Kind.BAD_INFO, "its certificate was not there in time")]))

    def tell(self, verdict: Verdict) -> None:
        if self.over:
            return
        self.over = True
        if self.timer is not None and self.timer.active():
            self.timer.cancel()
        self._done(verdict)


def _nothing() -> None:
    """No certificate is there."""


def signed(
    signer: Signer, tenant: str, own: Container[str], is_customers: bool, number: str, dialled: str, now: float
) -> tuple[str | None, Pairs]:
    """The attestation that a call gets and the fields that say so; (None, ()) when there is nothing to sign."""
    attestation, dest = attestation_of(number, own, is_customers), canonical(dialled)
    if attestation is None or not dest:
        return None, ()
    identity = signer.identity(attestation, tenant, canonical(number), dest, now)
    return attestation, (("Date", str(Date(int(now)))), ("Identity", identity))


def sent_on(signer: Signer, request: Request, by: str, to: str, now: float) -> Pairs:
    """The signatures that a call came with, and ours that `by` sent it on; () when it came with none for `by`."""
    values = signer.sent_on(request.headers.all("Identity"), canonical(by), canonical(to), now)
    return (("Date", str(Date(int(now)))), *(("Identity", value) for value in values)) if values else ()


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
