"""Files of a company that everybody may fetch: scripts of widgets, contact cards, pictures."""

from __future__ import annotations

import hashlib
import re
import tempfile
from pathlib import Path
from typing import Any

from media.storage.names import BadName, checked
from media.storage.store import NoSuchMedia, Stat, StoreError
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import Problem, not_found
from mgmt.limits import public_bytes_max

types = {
    "css": "text/css; charset=utf-8",
    "gif": "image/gif",
    "jpg": "image/jpeg",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "png": "image/png",
    "svg": "image/svg+xml",
    "vcf": "text/vcard; charset=utf-8",
    "webp": "image/webp",
    "woff2": "font/woff2",
}
_name = re.compile(r"[a-z0-9][a-z0-9_-]{0,58}\.([a-z0-9]{2,5})")
_hash = re.compile(r"[0-9a-f]{32}")


def publish(context: Context, scope: Scope, name: str, data: bytes) -> dict[str, Any]:
    """Keep it; `{name, url, size_bytes}`. The same again is the same. Raises Problem 403, 413, 422, 503."""
    scope.require_manager()
    found = _name.fullmatch(name)
    if found is None or found[1] not in types:
        endings = ", ".join(sorted(types))
        raise Problem(
            422, "invalid_name", f"The name must be small letters, digits, _ or -, and end in one of {endings}."
        )
    if len(data) > public_bytes_max:
        raise Problem(413, "too_large", f"A public file has at most {public_bytes_max} bytes.")
    digest = hashlib.sha256(data).hexdigest()[:32]
    try:
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            context.media.put_file(f"{scope.tenant}/public/{digest}/{name}", Path(file.name), {}, types[found[1]])
    except StoreError as away:
        raise Problem(503, "media_unavailable", "The media store does not answer at this moment.") from away
    return {"name": name, "url": f"/public/{scope.tenant}/{digest}/{name}", "size_bytes": len(data)}


def find(context: Context, tenant: str, digest: str, name: str) -> Stat:
    """A public file. Raises Problem 404, 503."""
    if not (_hash.fullmatch(digest) and _name.fullmatch(name)):
        raise not_found("file")
    try:
        return context.media.stat(checked(f"{tenant}/public/{digest}/{name}"))
    except (BadName, NoSuchMedia) as wrong:
        raise not_found("file") from wrong
    except StoreError as away:
        raise Problem(503, "media_unavailable", "The media store does not answer at this moment.") from away
