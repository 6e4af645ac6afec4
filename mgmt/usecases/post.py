"""E-mail to people about their sign-in. `send` says whether it went on its way; a node that sends none shows the links."""

from __future__ import annotations

from mgmt.context import Context


def sends(context: Context) -> bool:
    """Whether this node sends e-mail at all."""
    return False


def send(context: Context, tenant: str, to: str, subject: str, text: str) -> bool:
    """False: this node sends no e-mail."""
    return False
