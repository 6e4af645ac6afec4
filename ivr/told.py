"""What happened, in a word that a step keeps: enough to let it happen again (`ivr.replay`), without what is secret.

`digit:5`, `timer:menu`, `dial:busy:ann`, `dial:declined::ben,carla` (who refused this call), `with:ann`, `turn:3`,
`dial:failed:::403_Forbidden` (what a far end said), `record:key:5.0`, `fetched:200`, `text:sent`, `changed:yes`, `parked:01`,
`box:open:n102,s+12025550100` (new and saved messages, and whom they are from), `room_left:yes`; in a queue `joined:2:90`,
`refused:full`, `offer:ann:20`, `expired:empty`, `promised`; of a promise `may:yes`, of an agent's wish `agent:yes`.
"""

from __future__ import annotations

from ivr.events import (
    AgentDone,
    BoxOpened,
    BoxTold,
    Changed,
    Connected,
    DialDone,
    Digit,
    Event,
    Fetched,
    MayCallBack,
    Parked,
    Queued,
    QueueExpired,
    QueueJoined,
    QueueOffer,
    QueuePromised,
    QueueRefused,
    RecordDone,
    RoomTold,
    TextSent,
    TimerFired,
    TurnOf,
)
from ivr.nodes.base import Node

HIDDEN = "?"
BEGUN = "begun"
"""The flow began: only told of a caller who is `ivr.steps.RETURNABLE`."""

PLAYED = "played"
"""A prompt ended, and something followed that is no step."""


def told(event: Event, node: Node, hushed: bool = False) -> str:
    """The word; "" for what needs none (that a prompt ended: see `PLAYED`) and for what is told otherwise.

    hushed: keys are secret now.
    """
    match event:
        case Digit() if hushed:
            return ""
        case BoxOpened(outcome, messages):
            known = ",".join(f"{'n' if one.new else 's'}{''.join(one.caller.split())}" for one in messages)
            return f"box:{outcome}:{known}"
        case BoxTold(full):
            return f"room_left:{'no' if full else 'yes'}"
        case Digit(digit):
            return f"digit:{HIDDEN if node.hides_keys and digit != '#' else digit}"
        case TimerFired(name):
            return f"timer:{name}"
        case DialDone(outcome, who, declined, answer):
            refused = f":{','.join(declined)}" if declined or answer else ""
            return f"dial:{outcome}:{who or ''}{refused}" + (f":{answer.replace(' ', '_')}" if answer else "")
        case Connected(who):
            return f"with:{who}"
        case TurnOf(number):
            return f"turn:{number}"
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
    return _told_of_queue(event) if isinstance(event, Queued) else ""


def _told_of_queue(event: Queued) -> str:
    match event:
        case QueueJoined(position, wait_s):
            return f"joined:{position}:" + ("" if wait_s is None else f"{wait_s:g}")
        case QueueRefused(reason):
            return f"refused:{reason}"
        case QueueOffer(agent, ring_s):
            return f"offer:{agent}:{ring_s:g}"
        case QueueExpired(reason):
            return f"expired:{reason}"
        case QueuePromised():
            return "promised"
        case MayCallBack(granted):
            return "may:yes" if granted else "may:no"
        case AgentDone(done):
            return "agent:yes" if done else "agent:no"
    return ""
