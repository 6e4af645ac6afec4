"""Which call and company the log lines of this moment are about: whoever works on a call says so for as long as it does."""

from __future__ import annotations

from contextvars import ContextVar, Token

_about: ContextVar[tuple[str | None, str | None]] = ContextVar("about", default=(None, None))


class About:
    """`with About(tenant, call):` every line from within is about them."""

    __slots__ = ("_before", "_is")

    def __init__(self, tenant: str | None, call: str | None) -> None:
        self._is = tenant, call

    def __enter__(self) -> None:
        self._before: Token[tuple[str | None, str | None]] = _about.set(self._is)

    def __exit__(self, *_: object) -> None:
        _about.reset(self._before)


def about() -> tuple[str | None, str | None]:
    """Tenant and call of this moment."""
    return _about.get()
