"""The wire form: one JSON object a line over DATA/run/control.sock, requests `{"id", "op", ...}`, answers `{"re", ...}`.

Operations: `live` {"tenants"} -> {"calls": [...], "missing": nodes that did not say, if any}; `status` {"node"} -> {...};
`originate` {"tenant", "from", "to"} -> {"call"};
`events` {"tenant", "after"} -> {"events", "cursor", "complete"}; the verbs for live calls (`verbs.VERBS`) -> {};
`rooms` {"tenant"} -> {"rooms": [...]}; `lead` {"tenant", "room", "action", "leg"} -> {};
`phones` {"tenant"} -> {"phones": [...]}; `bans` -> {"bans": [...], "total"};
`unban` {"source"} -> {}; `metrics` -> {"text"} (Prometheus); `drain` {"on", "node"} -> {"draining", "calls"};
`log` {"level"} -> {"level"}; `queues` {"tenant"} -> {"queues": [...]}; `queue` {"tenant", "queue"} -> {"queue"};
`agent` {"tenant", "user", "verb", "queues", "reason"} -> {}; `promise` {"tenant", "id"} -> {} (withdrawn).
Errors: {"re", "ok": false, "code", "text", "status"}; `status` is the HTTP status that fits.
"""

from __future__ import annotations

import json
from typing import Any

LINE_BYTES_MAX = 4_000_000
REQUEST_BYTES_MAX = 65_536


class ControlError(Exception):
    """Theirs: the operation was refused. `code` is stable, `status` the HTTP status that fits."""

    def __init__(self, code: str, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.code, self.text, self.status = code, text, status


def encode(document: dict[str, Any]) -> bytes:
    """One line."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def decode(line: bytes) -> dict[str, Any]:
    """One line read; raises `ControlError` for anything that is not an object."""
    try:
        document = json.loads(line)
    except ValueError as error:
        raise ControlError("malformed", f"not JSON: {error}") from error
    if not isinstance(document, dict):
        raise ControlError("malformed", "not an object")
    return document
