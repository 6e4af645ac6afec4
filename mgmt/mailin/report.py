"""What a report about a letter says (RFC 3464, RFC 6522): was it not delivered, to whom, why."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message

FIELD_CHARS_MAX = 500


@dataclass(frozen=True, slots=True)
class Report:
    """`action`: failed, delayed, delivered, relayed or expanded. status: as 5.1.1. why: what the far server said."""

    action: str
    recipient: str
    status: str
    why: str


def report_of(message: Message) -> Report | None:
    """The report; None: this is no report about a delivery."""
    if message.get_content_type() != "multipart/report" or not message.is_multipart():
        return None
    for part in message.get_payload():
        if isinstance(part, Message) and part.get_content_type() == "message/delivery-status":
            return _read(part)
    return None


def _read(part: Message) -> Report | None:
    """Of its blocks of fields (the first is about the whole message), that which says most: a failure, else the last."""
    blocks = part.get_payload()
    found: list[Report] = []
    for block in blocks if isinstance(blocks, list) else ():
        if isinstance(block, Message) and block.get("Action") is not None:
            recipient = _field(block, "Final-Recipient") or _field(block, "Original-Recipient")
            action = _field(block, "Action").lower().partition(" ")[0]
            status = _field(block, "Status").partition(" ")[0]
            found.append(Report(action, _value(recipient), status, _value(_field(block, "Diagnostic-Code"))))
    failed = [one for one in found if one.action == "failed"]
    return next(iter(failed or found[-1:]), None)


def _field(block: Message, name: str) -> str:
    return " ".join(str(block.get(name, "")).split())[:FIELD_CHARS_MAX]


def _value(field: str) -> str:
    """Behind the type: `rfc822; ann@example.org`, `smtp; 550 no such user`."""
    return field.partition(";")[2].strip() or field
