"""Resource-Priority and Accept-Resource-Priority (RFC 4412 3.1). Priority (RFC 3261 20.26) is a token."""

from __future__ import annotations

import re
from dataclasses import dataclass

from softswitch.sip.errors import BadMessage

_VALUE = re.compile(r"\s*+([A-Za-z0-9\-!%*_+`'~]++)\.([A-Za-z0-9\-!%*_+`'~]++)\s*+")


@dataclass(frozen=True, slots=True)
class ResourcePriority:
    """`dsn.flash`, `esnet.0`: in lower case, as they are compared."""

    namespace: str
    priority: str

    def __str__(self) -> str:
        return f"{self.namespace}.{self.priority}"


def parse_resource_priority(text: str) -> ResourcePriority:
    """One value."""
    found = _VALUE.fullmatch(text)
    if found is None:
        raise BadMessage(400, "Bad Resource-Priority")
    return ResourcePriority(found[1].lower(), found[2].lower())
