"""What became of a message, told to pages that look (the bus) and to whoever subscribed to events (webhooks)."""

from __future__ import annotations

from dataclasses import dataclass

from configdb.bus import Bus
from history.activity import Activity
from mgmt.sms.message import DELIVERED, FAILED, RECEIVED, SENT, UNCERTAIN, Message
from mgmt.stream.teller import Teller

TYPES = {
    RECEIVED: "message.received",
    SENT: "message.sent",
    DELIVERED: "message.delivered",
    FAILED: "message.failed",
    UNCERTAIN: "message.failed",
}


@dataclass(frozen=True, slots=True)
class News:
    """Tells; what is told twice is one event."""

    bus: Bus
    teller: Teller

    def message(self, message: Message) -> None:
        """A message is new, or its state is."""
        document, type = message.to_document(), TYPES.get(message.state)
        self.bus.publish(f"events.{message.tenant}.message", document)
        if type is not None:
            self.teller.tell(message.tenant, type, None, {"message": document}, message.id, message.state)

    def activity(self, activity: Activity | None) -> None:
        """Something new is in the inbox; None: nothing is."""
        if activity is None:
            return
        document = activity.to_document()
        self.bus.publish(f"events.{activity.tenant}.activity", document)
        self.teller.tell(activity.tenant, "activity.created", None, {"activity": document}, activity.id, 0)
