"""E-mail to people about their sign-in. `send` says whether it went on its way; a node that sends none shows the links."""

from __future__ import annotations

import secrets

from mgmt.context import Context
from mgmt.mail.letter import NoAddress
from mgmt.mail.sending import item
from mgmt.outbox.box import Outbox


def sends(context: Context) -> bool:
    """Whether this node sends e-mail at all."""
    return context.mails


def send(context: Context, tenant: str, to: str, subject: str, text: str) -> bool:
    """Put a letter into the outbox. False: this node sends no e-mail, or none to that address."""
    if not context.mails:
        return False
    try:
        letter = item(tenant, secrets.token_hex(16), to, subject, text, context.clock())
    except NoAddress:
        return False
    Outbox(context.history.shelves, context.clock).put(letter)
    return True
