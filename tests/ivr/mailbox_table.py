"""The machines of the mailbox put on a table: a way into each state, and what each input does there, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from configdb.model import Mailbox, Tenant, User
from configdb.snapshot import TenantView
from ivr import effects as ask
from ivr import events as happened
from ivr.mailbox import ask as question
from ivr.mailbox.ask import Ask
from ivr.mailbox.draft import Draft
from ivr.mailbox.folder import Folder
from ivr.mailbox.leave import Leave
from ivr.mailbox.settings import Settings
from ivr.mailbox.visit import Visit
from ivr.talk import Caller, Talk

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
KEYS = "1234567890*#"
MESSAGES = [
    happened.Message("m1", "m1.wav", NOON.timestamp() - 60, "102", "Ben", 7.0, new=True),
    happened.Message("m2", "m2.wav", NOON.timestamp() - 30, "+12025550100", None, 9.0, new=True),
]
INPUTS: Mapping[str, happened.Event] = {
    **{f"key-{key}": happened.Digit(key) for key in KEYS},
    "stale": happened.PlayDone("p0"),
    "silence": happened.TimerFired(question.TIMER),
    "timer": happened.TimerFired("another"),
    "message": happened.RecordDone("key", 5.0, "d1"),
    "ended": happened.RecordDone("silence", 5.0, "d1"),
    "nothing": happened.RecordDone("silence", 0.4, "d1"),
    "changed": happened.Changed(),
    "refused": happened.Changed("no quorum"),
    "full": happened.BoxTold(True),
    "room": happened.BoxTold(False),
    "open": happened.BoxOpened("open", tuple(MESSAGES)),
    "wrong": happened.BoxOpened("wrong"),
    "locked": happened.BoxOpened("locked"),
    "dialled": happened.DialDone("answered"),
    "busy": happened.DialDone("busy"),
}
PLAYED = "played"
"""What is playing now was heard to its end."""


def view() -> TenantView:
    """A company of two with a mailbox each; Ann's has a PIN."""
    people = {
        id: User.model_validate({"id": id, "name": id.title(), "extension": number})
        for id, number in (("ann", "101"), ("ben", "102"))
    }
    boxes = {id: Mailbox(id=id, name=id.title(), user=id, pin="sealed" if id == "ann" else None) for id in people}
    extensions: Any = {user.extension: user for user in people.values()}
    return TenantView(
        Tenant(id="t", name="T", timezone="UTC"), 1, users=people, mailboxes=boxes, by_extension=extensions
    )


@dataclass(frozen=True)
class Machine:
    """One of them: how it is made, and the inputs that lead into each state. `caller`: whose phone it is."""

    make: Callable[[], Any]
    ways: Mapping[str, Sequence[str]]
    caller: str | None = None

    def at(self, state: str) -> tuple[Any, Talk]:
        """The machine in that state, everything it asked for on the way forgotten."""
        talk = Talk(view(), Caller("+12025550199", user=self.caller), answered=True, now=NOON)
        machine = self.make()
        machine.begin(talk)
        for name in self.ways[state]:
            machine.hear(event(name, talk), talk)
        talk.taken()
        assert state == state_of(machine), (state, state_of(machine))
        return machine, talk

    def does(self, state: str, name: str) -> str:
        """Where an input leads from a state, and what is asked for: "TONE: plays tone:beep"; "": nothing at all."""
        machine, talk = self.at(state)
        machine.hear(event(name, talk), talk)
        said = ", ".join(filter(None, map(words, talk.taken())))
        after = state_of(machine)
        return "" if after == state and not said else f"{after}: {said}".rstrip(": ")


def event(name: str, talk: Talk) -> happened.Event:
    """An input by its name."""
    return happened.PlayDone(f"p{talk._tokens}") if name == PLAYED else INPUTS[name]


def state_of(machine: Any) -> str:
    """In capitals, as the figures have it. A question has none of its own."""
    if isinstance(machine, Ask):
        return "ANSWERED" if machine.answered else "GATHERING" if machine._typed else "SPEAKING"
    return str(machine.state.name)


def words(effect: ask.Effect) -> str:
    """What was asked for. Reasons are not a matter of this table."""
    match effect:
        case ask.Play(_, prompts):
            return f"plays {'+'.join('say' if one.startswith('say:') else one for one in prompts)}"
        case ask.StopPlay():
            return "stops"
        case ask.StartTimer(_, seconds):
            return f"waits {seconds:g} s"
        case ask.CancelTimer():
            return "waits no more"
        case ask.Record(_, _, _, draft):
            return "records a draft" if draft else "records"
        case ask.Settle(keep, urgent):
            return "keeps as urgent" if urgent else "keeps" if keep else "drops"
        case ask.MarkMessage(_, message, mark):
            return f"marks {message} {mark}"
        case ask.ForwardMessage(_, message, to, draft):
            return f"forwards {message} to {to}{' with ' + draft if draft else ''}"
        case ask.OpenBox(mailbox, pin):
            return f"opens {mailbox}{' with a PIN' if pin else ''}"
        case ask.KeepGreeting(_, which, draft):
            return f"sets {which} to {draft}"
        case ask.ChangePin():
            return "changes the PIN"
        case ask.Dial(parties):
            return f"dials {parties[0].id}"
        case ask.AskRoom():
            return "asks for room"
        case ask.Took() | ask.Answer():
            return ""
    return type(effect).__name__


PIN = ("key-4", "key-7", "key-1", "key-1", "key-#")
TO_BEN = ("key-1", "key-0", "key-2", "key-#")
SAID = ("played", "played")
CHOICE = ("played", "message")
MACHINES: Mapping[str, Machine] = {
    "ask": Machine(
        lambda: Ask(("sound:x",), 3), {"SPEAKING": (), "GATHERING": ("key-1",), "ANSWERED": ("key-1", "key-#")}
    ),
    "secret": Machine(
        lambda: Ask(("sound:x",), 3, secret=True),
        {"SPEAKING": (), "GATHERING": ("key-1",), "ANSWERED": ("key-1", "key-#")},
    ),
    "draft": Machine(Draft, {"SPEAKING": (), "RECORDING": ("played",), "CHOOSING": CHOICE, "OVER": (*CHOICE, "key-1")}),
    "leave": Machine(
        lambda: Leave("ann"),
        {
            "GREETING": (),
            "TONE": ("played",),
            "RECORDING": SAID,
            "REVIEWING": (*SAID, "message"),
            "CONFIRMING": (*SAID, "ended"),
            "VISITING": ("key-*",),
            "DONE": (*SAID, "ended", "played"),
        },
    ),
    "folder": Machine(
        lambda: Folder("ann", MESSAGES, new=True),
        {
            "LISTENING": (),
            "MARKING": ("key-2",),
            "ASKING": ("key-4", "changed"),
            "INTRODUCING": ("key-4", "changed", *TO_BEN),
            "RECORDING": ("key-4", "changed", *TO_BEN, "played"),
            "WAITING": ("key-4", "changed", *TO_BEN, "played", "message"),
            "REPLYING": ("key-5", "changed"),
            "CALLING": ("key-6", "changed"),
            "OVER": ("key-*", "changed"),
        },
        "ann",
    ),
    "settings": Machine(
        lambda: Settings("ann"),
        {
            "MENU": (),
            "DRAFTING": ("key-1",),
            "PIN": ("key-5",),
            "AGAIN": ("key-5", *PIN),
            "WAITING": ("key-1", *CHOICE, "key-1"),
            "OVER": ("key-*",),
        },
        "ann",
    ),
    "visit": Machine(
        lambda: Visit(None),
        {
            "BOX": (),
            "PIN": ("key-1", "key-0", "key-1", "key-#"),
            "OPENING": ("key-1", "key-0", "key-1", "key-#", *PIN),
            "MENU": ("key-1", "key-0", "key-1", "key-#", *PIN, "open"),
            "FOLDER": ("key-1", "key-0", "key-1", "key-#", *PIN, "open", "key-1"),
            "SETTINGS": ("key-1", "key-0", "key-1", "key-#", *PIN, "open", "key-3"),
            "GOODBYE": ("key-1", "key-0", "key-1", "key-#", *PIN, "open", "key-*"),
            "OVER": ("key-1", "key-0", "key-1", "key-#", *PIN, "open", "key-*", "played"),
        },
    ),
}
