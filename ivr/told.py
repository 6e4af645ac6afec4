"""What happened, in a word that a step keeps: enough to let it happen again (`ivr.replay`), without what is secret.

`digit:5`, `timer:menu`, `dial:busy:ann`, `record:key:5.0`, `fetched:200`, `text:sent`, `changed:yes`, `parked:01`,
`box:open:n102,s+12025550100` (new and saved messages, and whom they are from), `room_left:yes`.
"""

from __future__ import annotations

from ivr.events import (
    BoxOpened,
    BoxTold,
    Changed,
    DialDone,
    Digit,
    Event,
    Fetched,
    Parked,
    RecordDone,
    RoomTold,
    TextSent,
    TimerFired,
)
from ivr.nodes.base import Node

HIDDEN = "?"


def told(event: Event, node: Node, hushed: bool = False) -> str:
    """The word; "" for what needs none (that a prompt ended) and for what is told otherwise. `hushed`: keys are secret now."""
    match event:
        case Digit() if hushed:
            return ""
        case BoxOpened(outcome, messages):
            known = ",".join(f"{'n' if one.new else 's'}{''.join(one.caller.split())}" for one in messages)
            return f"box:{outcome}:{known}"
        case BoxTold(full):
            return f"room_left:{'no' if full else 'yes'}"
        case Digit(digit):
            return f"digit:{HIDDEN if node.hides_keys else digit}"
        case TimerFired(name):
            return f"timer:{name}"
        case DialDone(outcome, who):
            return f"dial:{outcome}:{who or ''}"
        case RecordDone(reason, seconds):
            return f"record:{reason}:{seconds:g}"
        case Fetched(_, status):
            return f"fetched:{status}"
        case Changed(problem):
            return "changed:no" if problem else "changed:yes"
        case Parked(slot):
            return f"parked:{slot or ''}"
        case RoomTold(what):
            return f"room:{what}"
        case TextSent(_, problem):
            return "text:failed" if problem else "text:sent"
    return ""
