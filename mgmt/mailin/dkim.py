"""Which domains signed a mail (RFC 6376), by dkimpy. A signature over a part of the body (l=) proves nothing: more may follow."""

from __future__ import annotations

import logging
from typing import Any

import dkim

from mgmt.mailin.lookup import Dns, DnsAway

SIGNATURES_MAX = 5
KEY_BITS_MIN = 1024
_quiet = logging.getLogger("mgmt.mailin.dkim")
_quiet.disabled = True  # what strangers sign is recorded with the mail, not logged


def signers(raw: bytes, dns: Dns) -> tuple[tuple[str, str], ...]:
    """Domain and result ("pass", "fail", "temperror") of each signature, the first few."""
    found: list[tuple[str, str]] = []
    for index in range(SIGNATURES_MAX):
        one = _verified(raw, index, dns)
        if one is None:
            break
        found.append(one)
    return tuple(found)


def _verified(raw: bytes, index: int, dns: Dns) -> tuple[str, str] | None:
    def ask(name: bytes, timeout: int = 5) -> bytes | None:
        texts = dns.txt(name.decode("ascii", "replace").rstrip("."))
        return texts[0].encode("latin-1") if texts else None

    try:
        checker: Any = dkim.DKIM(raw, logger=_quiet, minkey=KEY_BITS_MIN)
        if sum(name.lower() == b"dkim-signature" for name, _ in checker.headers) <= index:
            return None
        right = checker.verify(index, dnsfunc=ask)
        domain = (checker.domain or b"").decode("ascii", "replace").lower()
        return domain, "pass" if right and b"l" not in checker.signature_fields else "fail"
    except DnsAway:
        return "", "temperror"
    except Exception:  # the boundary: dkimpy raises many kinds for what strangers sign; it is no proof, whatever it was
        return "", "fail"
