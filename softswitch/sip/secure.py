"""The rules of sips URIs that a user agent and a registrar enforce (RFC 5630 5.1.2, 5.2; RFC 3261 12.1.1)."""

from __future__ import annotations

from softswitch.sip.errors import BadMessage
from softswitch.sip.message import Request

NOT_ALLOWED = '380 softswitch "SIPS Not Allowed"'
"""The Warning of a 480 to a sips request that did not come over TLS."""


def asks_for_tls(uri: str) -> bool:
    """Whether a URI text is a sips one."""
    return uri[:5].lower() == "sips:"


def check_contacts(request: Request) -> None:
    """Contacts that do not go with the Request-URI. Raises BadMessage 400.

    A call to a sips URI has a sips Contact; a sips Contact is registered at a sips registrar only.
    """
    secure = [asks_for_tls(contact.uri_text) for contact in request.contacts if not contact.is_wildcard]
    if request.method == "REGISTER":
        if any(secure) and not asks_for_tls(request.uri):
            raise BadMessage(400, "SIPS Request-URI Needed", request)
    elif asks_for_tls(request.uri) and not all(secure):
        raise BadMessage(400, "SIPS Contact Needed", request)
