"""What phones publish of their users, by entity-tag (RFC 3903 6): pure. Gone with the process: phones publish again (412)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from softswitch.events.limits import PUBLICATIONS_PER_DEVICE_MAX
from softswitch.events.markup import BadMarkup
from softswitch.events.presence import CONTENT_TYPE, Presence, read_pidf
from softswitch.peers.phones import Device
from softswitch.sip.message import Request

EXPIRES_S_MIN = 60
EXPIRES_S_MAX = 3600


@dataclass(frozen=True, slots=True)
class Published:
    """Answer 200 with these headers."""

    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was changed: answer so."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Publication:
    presence: Presence
    expires_at: float


class Publications:
    """All publications; `new_tag` makes entity-tags that nobody can guess."""

    def __init__(self, new_tag: Callable[[], str]) -> None:
        self._new_tag = new_tag
        self._users: dict[tuple[str, str], dict[tuple[str, str], _Publication]] = {}

    def publish(self, device: Device, request: Request, now: float) -> Published | Refused:
        """Applies an authenticated PUBLISH of a phone for its own user (6, steps 4 to 8)."""
        asked = request.expires
        life_s = min(EXPIRES_S_MAX if asked is None else asked, EXPIRES_S_MAX)
        if 0 < life_s < EXPIRES_S_MIN:
            return Refused(423, (("Min-Expires", str(EXPIRES_S_MIN)),))
        held, old = self._held(device, now), request.headers.get("SIP-If-Match")
        if old is not None and (device[2], old) not in held:
            return Refused(412)
        presence = held[device[2], old].presence if old is not None else None
        if request.body:
            if request.content_type != CONTENT_TYPE:
                return Refused(415, (("Accept", CONTENT_TYPE),))
            try:
                presence = read_pidf(request.body)
            except BadMarkup:
                return Refused(400)
        if presence is None:
            return Refused(400)
        if old is None and sum(owner == device[2] for owner, _ in held) >= PUBLICATIONS_PER_DEVICE_MAX:
            return Refused(403)
        held.pop((device[2], old or ""), None)
        tag = self._new_tag()
        if life_s:
            held[device[2], tag] = _Publication(presence, now + life_s)
        self._users[device[:2]] = held
        if not held:
            del self._users[device[:2]]
        return Published((("SIP-ETag", tag), ("Expires", str(life_s))))

    def of_user(self, tenant: str, user: str, now: float) -> tuple[Presence, ...]:
        """What is published of a user now."""
        return tuple(one.presence for one in self._held((tenant, user, ""), now).values())

    def expire(self, now: float) -> tuple[tuple[str, str], ...]:
        """Forgets what has ended; the users it was about."""
        touched = [user for user, held in self._users.items() if any(one.expires_at <= now for one in held.values())]
        for user in touched:
            held = self._held((*user, ""), now)
            if held:
                self._users[user] = held
            else:
                del self._users[user]
        return tuple(touched)

    def _held(self, device: Device, now: float) -> dict[tuple[str, str], _Publication]:
        held = self._users.get(device[:2], {})
        return {key: one for key, one in held.items() if one.expires_at > now}
