"""The lamp of an extension: application/dialog-info+xml (RFC 4235 4), whole or only what is new."""

from __future__ import annotations

from collections.abc import Iterable

from softswitch.calls.lines import Line
from softswitch.events.limits import DIALOGS_SHOWN_MAX
from softswitch.events.markup import element, written

CONTENT_TYPE = "application/dialog-info+xml"
NAMESPACE = "urn:ietf:params:xml:ns:dialog-info"


def dialog_info(entity: str, host: str, version: int, lines: Iterable[Line], full: bool) -> bytes:
    """The document. `entity` is the URI that was subscribed to; version grows by one with each document (4.1).

    A dialog is named by our ids, not by what is on the wire: who watches may pick up what rings by Replaces with them.
    """
    state = "full" if full else "partial"
    root = element(None, "dialog-info", xmlns=NAMESPACE, version=str(version), state=state, entity=entity)
    for line in list(lines)[:DIALOGS_SHOWN_MAX]:
        names = {"call_id": line.call, "local_tag": line.leg, "remote_tag": line.call}
        dialog = element(root, "dialog", id=line.leg, **names, direction=line.direction)
        element(dialog, "state", line.state)
        element(element(dialog, "local"), "identity", entity)
        remote = element(dialog, "remote")
        uri = f"sip:{line.remote or 'anonymous'}@{host}"
        named = {"display": line.remote_name} if line.remote_name else {}
        element(remote, "identity", uri, **named)
        element(remote, "target", uri=uri)
    return written(root)
