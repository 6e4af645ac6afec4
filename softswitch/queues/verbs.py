"""What agents may order, by name: the same words on the control socket, over the API and by telephone."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from softswitch.queues.floor import Floor

VERBS = ("login", "logout", "pause", "resume", "ready")


def verb(
    tenant: str, user: str, name: str, queues: Iterable[str] | None = None, reason: str = ""
) -> Callable[[Floor], bool]:
    """An input of the floor; whether it had any effect. One who is ready does not pause any more, either."""
    match name:
        case "login":
            return lambda floor: bool(floor.staff.login(tenant, user, queues))
        case "logout":
            return lambda floor: floor.staff.logout(tenant, user, queues)
        case "ready":
            return lambda floor: floor.staff.pause(tenant, user, None) and floor.staff.ready(tenant, user)
        case _:
            return lambda floor: floor.staff.pause(tenant, user, reason if name == "pause" else None)
