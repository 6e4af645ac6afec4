"""The resolver's questions to the DNS: twisted.names, which never blocks the reactor; the hosts file comes first."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from ipaddress import IPv6Address
from typing import Any

from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.names import client, dns, hosts
from twisted.names.error import AuthoritativeDomainError, DNSNameError
from twisted.python.failure import Failure

from softswitch.sip.locate import Naptr, Question, Record, Srv
from softswitch.transport.limits import DNS_TIMEOUTS_S, NAME_NEGATIVE_S_MAX
from softswitch.transport.resolver import Answer, Ask, OnAnswer

log = logging.getLogger(__name__)

Headers = Sequence[Any]
"""RRHeaders of twisted.names."""


def dns_lookup(reactor: Any, servers: Sequence[tuple[str, int]] = (), hosts_file: str = "/etc/hosts") -> Ask:
    """An `Ask` for `Resolver`; `servers` by address and port, none: those of /etc/resolv.conf."""
    resolver = client.Resolver(
        resolv=None if servers else "/etc/resolv.conf",
        servers=list(servers) or None,
        timeout=DNS_TIMEOUTS_S,
        reactor=reactor,
    )
    local = hosts.Resolver(hosts_file)

    def ask(question: Question, on_answer: OnAnswer) -> None:
        match question.kind:
            case "NAPTR":
                asked = _query(resolver.lookupNamingAuthorityPointer, question.name, dns.NAPTR)
            case "SRV":
                asked = _query(resolver.lookupService, question.name, dns.SRV)
            case "ADDRESS":
                asked = _addresses(resolver, local, question.name)
        asked.addErrback(_unasked, question.name).addCallback(on_answer)

    return ask


def _addresses(resolver: Any, local: Any, name: str) -> Deferred[Answer]:
    """A and AAAA together: those of the hosts file, else what the DNS says to both."""
    kinds = ((dns.A, "lookupAddress"), (dns.AAAA, "lookupIPV6Address"))

    def ask(source: Any) -> Deferred[Answer]:
        return gatherResults([_query(getattr(source, verb), name, kind) for kind, verb in kinds]).addCallback(_joined)

    def in_file(answer: Answer) -> Answer | Deferred[Answer]:
        return answer if answer.records else ask(resolver)

    return ask(local).addCallback(in_file)


def _query(lookup: Callable[[str, Any], Deferred[Any]], name: str, kind: int) -> Deferred[Answer]:
    asked = maybeDeferred(lookup, name, DNS_TIMEOUTS_S)  # a name that cannot be encoded is told at once
    return asked.addCallbacks(_answer, _none, callbackArgs=(kind,))


def _answer(found: tuple[Headers, Headers, Headers], kind: int) -> Answer:
    answers, authority, _ = found
    headers = [header for header in answers if header.type == kind]
    if not headers:
        return Answer((), _negative_ttl(authority))
    return Answer(tuple(_record(header.payload) for header in headers), float(min(header.ttl for header in headers)))


def _none(failure: Failure) -> Answer:
    """No such name is an answer, as is a file that lacks it; a server that does not answer, or wrongly, is none."""
    if failure.check(AuthoritativeDomainError):
        return Answer((), NAME_NEGATIVE_S_MAX)
    if not isinstance(failure.value, DNSNameError):
        return Answer(())
    message = failure.value.args[0] if failure.value.args else None
    return Answer((), _negative_ttl(getattr(message, "authority", ())))


def _unasked(failure: Failure, name: str) -> Answer:
    log.warning("the question for %s could not be asked: %s", name, failure.getErrorMessage())
    return Answer(())


def _negative_ttl(authority: Headers) -> float:
    """RFC 2308 5: the smaller one of the SOA record's own TTL and its MINIMUM."""
    soa = [min(header.ttl, header.payload.minimum) for header in authority if header.type == dns.SOA]
    return float(min(soa, default=NAME_NEGATIVE_S_MAX))


def _record(payload: Any) -> Record:
    match payload:
        case dns.Record_NAPTR():
            flags, service = (text.string.decode("ascii", "replace") for text in (payload.flags, payload.service))
            return Naptr(payload.order, payload.preference, flags, service, str(payload.replacement))
        case dns.Record_SRV():
            return Srv(payload.priority, payload.weight, payload.port, str(payload.target))
        case dns.Record_AAAA():
            return str(IPv6Address(payload.address))
        case _:
            return str(payload.dottedQuad())


def _joined(answers: list[Answer]) -> Answer:
    """One answer of several: what was found, and the shortest life; a failure counts when nothing was found."""
    records = tuple(record for answer in answers for record in answer.records)
    lives = [answer.ttl_s for answer in answers if answer.ttl_s is not None and (answer.records or not records)]
    failed = not records and any(answer.ttl_s is None for answer in answers)
    return Answer(records, None if failed else min(lives))
