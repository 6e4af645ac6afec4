"""Reading what is known already: 304 and no body where the client has this very version (RFC 9110 13.1.2)."""

from __future__ import annotations

from flask import Request, Response

from mgmt.access.rights import safe_methods


def spared(request: Request, response: Response) -> None:
    """Leaves the body out of the answer to a conditional reading; what streams a file has seen to it itself."""
    tag, _ = response.get_etag()
    if tag is None or request.method not in safe_methods or response.status_code != 200 or response.direct_passthrough:
        return
    if request.if_none_match.contains_weak(tag):
        response.status_code = 304
        response.set_data(b"")
        for name in ("Content-Type", "Content-Length"):
            response.headers.pop(name, None)
