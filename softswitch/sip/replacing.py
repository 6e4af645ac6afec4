"""Requests that name another dialog: Replaces (RFC 3891), Target-Dialog (RFC 4538), and what may not go together."""

from __future__ import annotations

from softswitch.sip.dialog import DialogKey
from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.dialogs import Replaces, TargetDialog
from softswitch.sip.message import Request

OPTIONS = ("norefersub", "replaces", "tdialog")
"""Option tags of what is done here: RFC 4488 6, RFC 3891 6.2, RFC 4538 4."""


def check_replaces(request: Request) -> None:
    """Raises BadMessage 400 for Replaces elsewhere than in an INVITE that begins a dialog, twice, or beside Join (3)."""
    count = request.headers.count("Replaces")
    if count and (request.method != "INVITE" or request.to.tag is not None):
        raise BadMessage(400, "Replaces Is For New INVITEs")
    if count > 1 or (count and "Join" in request.headers):
        raise BadMessage(400, "One Replaces, And No Join")


def replaced(value: Replaces) -> DialogKey:
    """The dialog meant, as we know it when it is ours: `to_tag` is compared with our tag (RFC 3891 3)."""
    return value.call_id, value.to_tag, value.from_tag


def opposite(value: Replaces) -> DialogKey:
    """The dialog meant when it is the one of a phone of ours: its tag is then the far end's for us."""
    return value.call_id, value.from_tag, value.to_tag


def targeted(value: TargetDialog) -> DialogKey:
    """The dialog that the sender says it is in: its `remote_tag` is ours (RFC 4538 7)."""
    return value.call_id, value.remote_tag, value.local_tag
