"""Service flows of RFC 5359 and RFC 5589 over the whole switch on virtual time (texts: `flows`, figure there).

A line is what somebody does and, after =>, all that the phones then hear, in any order between phones and in order for each.
`hear ann=ben ben=hold-music` says who hears whom or what, `where` what the one call shows of itself; "ben.2" is the second
dialog of a phone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from configdb.log import Change
from media.plane.events import Fax, MediaEvent, Speaking
from softswitch.calls import stage as calls_stage
from softswitch.control.messages import ControlError
from tests.softswitch.replayed import Watched
from tests.softswitch.scripted_phone import Dialog, Phone, broken
from tests.softswitch.stage import Stage

FOLDER = Path(__file__).parent / "flows"


@dataclass(frozen=True)
class Flow:
    """One flow: its title and its lines."""

    name: str
    lines: tuple[str, ...]


def flows() -> Iterator[Flow]:
    """All flows of all texts; what begins with # is for people."""
    for path in sorted(FOLDER.glob("*.txt")):
        for part in ("\n" + path.read_text()).split("\n@@ ")[1:]:
            title, _, text = part.partition("\n")
            lines = [line.strip() for line in text.split("\n")]
            yield Flow(f"{path.stem} {title}", tuple(line for line in lines if line and not line.startswith("#")))


FLOWS = tuple(flows())


class Play:
    """Plays a flow on a stage."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.refused: list[str] = []

    def line(self, line: str) -> None:
        """Do what it says, and see what it says."""
        if line.startswith("hear "):
            wanted = dict(word.split("=") for word in line.split()[1:])
            assert wanted == {name: self.stage.hears(*self.who(name)) for name in wanted}, line
            return
        if line.startswith("plays "):
            _, name, words = line.split()
            leg = self.stage.sounds.ports[self.who(name)[1].port or 0]
            assert words.split(",") == self.stage.sounds.lists[leg], (line, self.stage.sounds.lists[leg])
            return
        if line == "what was recorded is filed":
            self.stage.file()
            self.stage.turn()
            return
        if line.startswith("lamp "):
            _, name, counts = line.split()
            told = [one for one in self.stage.phones[name].got if b"Voice-Message" in one.body]
            assert f"Voice-Message: {counts} (0/0)".encode() in told[-1].body, told[-1].body
            return
        if line.startswith("field "):
            self.field(line)
            return
        if line.startswith("changed "):
            _, kind, id, setting = line.split()
            name, _, text = setting.partition("=")
            (change,) = self.stage.switch.config.taken()
            assert (kind, id, value_of(text)) == (change.kind, change.id, change.document[name]), (line, change)
            return
        if line.startswith("changes "):
            wanted = [one.split() for one in line.removeprefix("changes ").split(", ")]
            changes = {(one.kind, one.id): one.document for one in self.stage.switch.config.taken()}
            assert sorted((kind, id) for kind, id, *_ in wanted) == sorted(changes)
            for kind, id, *settings in wanted:
                for name, _, text in (one.partition("=") for one in settings):
                    assert value_of(text) == changes[kind, id][name]
            return
        if line.startswith("no key of "):
            keys = line.split()[3]
            told = " ".join(str(one.get("data")) for one in self.stage.switch.records() if one["kind"] == "step")
            assert keys not in told
            assert not re.search("digit:" + ".*digit:".join(keys), told)
            return
        if line.startswith("outcome "):
            closed = [record["call"] for record in self.stage.switch.records() if record["kind"] == "call.close"]
            assert line.split()[1] == closed[-1]["outcome"], closed[-1]
            return
        if line.startswith("shows "):
            _, name, *value = line.split(" ", 2)
            shown = self.stage.phones[name].shows
            assert shown.startswith(value[0]) if value else not shown, shown
            return
        if line.startswith("where "):
            (live,) = self.stage.switch.service._board.calls.values()
            assert line.removeprefix("where ") == live.call.desk.ledger.document()["where"]
            return
        if line.startswith("keys "):
            _, name, digits = line.split()
            leg = self.stage.sounds.ports[self.who(name)[1].port or 0]
            assert (leg, digits) in self.stage.sounds.keys
            return
        if line == "the changes are in force":
            self.stage.switch.reconfigured(self.stage.switch.config.taken())
            return
        if line.startswith("the account is ") or line == "the minutes are used up":
            switch = self.stage.switch
            change = {"minutes_spent": True} if line.endswith("used up") else {"status": line.split()[3]}
            tenant = switch.config.directory.tenants["riverside"].tenant.model_dump() | change
            switch.reconfigured([Change("tenant", "riverside", tenant)])
            self.stage.turn()
            return
        if line == "refuses changes of the configuration":
            self.stage.switch.config.refuses = "there is no quorum"
            return
        if line.startswith("records "):
            assert line.split()[1] in [record["kind"] for record in self.stage.switch.records()]
            return
        if line.startswith("steps "):
            codes = iter(self.stage.steps())
            assert all(code in codes for code in line.split()[1:]), (line, self.stage.steps())
            return
        action, _, consequences = line.partition("=>")
        self.act(action.split())
        self.stage.turn()
        wanted_words: dict[str, list[str]] = {}
        for each in filter(None, (one.strip() for one in consequences.split(","))):
            name, _, word = each.partition(" ")
            wanted_words.setdefault(name, []).append(word)
        if self.refused:
            assert wanted_words.pop("refused") == self.refused, line
            self.refused = []
        heard = {name: words for name, phone in self.stage.phones.items() if (words := phone.take())}
        assert wanted_words == heard, line

    def field(self, line: str) -> None:
        """The latest message of a kind that a phone got has a header field that begins so, or (`nothing`) has none."""
        _, name, kind, field, value = line.split(" ", 4)
        got = [
            message for message in self.stage.phones[name].got if message.start_line().split()[kind.isdigit()] == kind
        ]
        found = got[-1].headers.get(field.rstrip(":")) or "nothing"
        assert found.startswith(value), got[-1].to_bytes().decode()

    def who(self, text: str) -> tuple[Phone, Dialog]:
        """A phone and one of its dialogs, the first one that is not over when nothing else is said."""
        name, _, number = text.partition(".")
        phone = self.stage.phones[name]
        if number:
            return phone, phone.dialogs[int(number) - 1]
        return phone, next((one for one in phone.dialogs if not one.over), phone.dialogs[-1])

    def act(self, words: list[str]) -> None:
        who, verb, *rest = words
        if who == "control":
            self.refused = self.control(verb, rest)
        elif who == "order":
            self.refused = self.order(verb)
        elif words == ["the", "switch", "dies"]:
            self.stage.switch_dies()
        elif words == ["the", "switch", "is", "killed"]:
            self.stage.switch_is_killed()
        elif words[:4] == ["the", "node", "is", "drained"]:
            self.stage.switch.service._operations["drain"]({"on": len(words) == 4})
        elif not self.begins(self.stage.phones[who.partition(".")[0]], verb, rest):
            self.goes_on(*self.who(who), verb, rest)

    def begins(self, phone: Phone, verb: str, rest: list[str]) -> bool:
        """What needs no dialog."""
        match verb, rest:
            case "calls", _:
                self.calls(phone, rest)
            case "shortens", []:
                phone.compact = True
            case "hurries", [target]:
                phone.hurries(target)
            case "acknowledges", ["late" | "never" as when]:
                phone.ack = when  # type: ignore[assignment]  # one of its words
            case "acknowledges", []:
                phone.acknowledges()
            case "waits", [seconds]:
                self.stage.turn(float(seconds))
            case "clicks", [target, *machines]:
                request = {"op": "originate", "tenant": "riverside", "from": phone.user, "to": target}
                self.stage.switch.service._operations["originate"](
                    {**request, **({"machines": machines[0]} if machines else {})}
                )
            case (("logs" | "pauses" | "goes"), _):
                self.works(phone.user, verb, rest)
            case "watches", [extension]:
                phone.ask("SUBSCRIBE", ("Event", "dialog"), ("Expires", "600"), to=extension)
            case "lamp", ["please"]:
                phone.ask("SUBSCRIBE", ("Event", "message-summary"), ("Expires", "600"), to=f"{phone.user}-desk")
            case "asks", [method, *headers]:
                phone.ask(method, *fields(headers))
            case "borrows", [other]:
                ours, theirs = (dialog := self.who(other)[1]).tags
                target = f"{dialog.call_id};local-tag={ours};remote-tag={theirs}"
                phone.ask("REFER", ("Refer-To", "<sip:103@127.0.0.1>"), ("Target-Dialog", target))
            case _:
                return False
        return True

    def works(self, user: str, verb: str, rest: list[str]) -> None:
        """What an agent of the queues does."""
        queues = self.stage.switch.service._queues
        match verb, rest:
            case "logs", ["in"]:
                queues.order(lambda floor: floor.staff.login("riverside", user))
            case "logs", ["out"]:
                queues.order(lambda floor: floor.staff.logout("riverside", user))
            case _:
                reason = "lunch" if verb == "pauses" else None
                queues.order(lambda floor: floor.staff.pause("riverside", user, reason))

    def order(self, target: str) -> list[str]:
        """What the control socket may ask for; the status of a refusal."""
        (live,) = self.stage.switch.service._board.calls.values()
        refused = self.stage.switch.service._transfers.order(live, target, None, None)
        return [] if refused is None else [str(refused.status)]

    def control(self, verb: str, fields: list[str]) -> list[str]:
        """A verb of the control API for the first call, or the one named; the code of a refusal."""
        calls = list(self.stage.switch.service._board.calls)
        request: dict[str, Any] = {"op": verb, "tenant": "riverside", "call": calls[0] if calls else "none"}
        for name, _, text in (one.partition("=") for one in fields):
            if text.startswith("leg-of-"):
                dialog = self.who(text.removeprefix("leg-of-"))[1]
                request[name] = self.stage.sounds.ports[dialog.port or 0]
                continue
            request[name] = calls[int(text)] if name in ("call", "with") and text.isdigit() else value_of(text)
        try:
            self.stage.switch.service._operations[verb](request)
        except ControlError as refused:
            return [refused.code]
        return []

    def goes_on(self, phone: Phone, dialog: Dialog, verb: str, rest: list[str]) -> None:
        """What is done in a dialog."""
        match verb, rest:
            case "answers", ["brokenly"]:
                phone.answers(dialog, broken(phone.sdp()))
            case "answers", ["saying", *headers]:
                phone.answers(dialog, None, *fields(headers))
            case "updates", headers:
                phone.inside(dialog, "UPDATE", *fields(headers))
            case "rings", ["brokenly"]:
                phone._respond(dialog, 183, broken(phone.sdp()))
            case "offers", ["again" | "brokenly" | "mumbling" as how]:
                sdp = phone.sdp(codecs="98" if how == "mumbling" else "0 8 101")
                phone.offers(dialog, broken(sdp) if how == "brokenly" else sdp)
            case "rings" | "answers" | "unsubscribes", []:
                getattr(phone, verb)(dialog)
            case "rejects", [status, *headers]:
                phone.rejects(dialog, int(status), *fields(headers))
            case "hangs", ["up"]:
                phone.hangs_up(dialog)
            case (("holds" | "resumes"), []):
                phone.holds(dialog, "sendonly" if verb == "holds" else "sendrecv")
            case "refers", ["to", target, *headers]:
                user, semicolon, params = target.partition(";")
                phone.refers(dialog, f"<sip:{user}@127.0.0.1{semicolon}{params}>", *fields(headers))
            case "is", ["cut", "off", "after", seconds]:
                self.stage.sounds.spoken(self.stage.sounds.ports[dialog.port or 0], float(seconds), "")
                self.stage.switch_dies()
            case "speaks", [seconds, reason]:
                self.stage.sounds.spoken(self.stage.sounds.ports[dialog.port or 0], float(seconds), reason)
            case "presses", [keys]:
                for key in keys:
                    self.stage.switch.hears(self.stage.sounds.ports[dialog.port or 0], key)
            case "speaks" | "stops", []:
                self.told(Speaking(self.stage.sounds.ports[dialog.port or 0], verb == "speaks"))
            case "whistles", ["cng" | "ced" as tone]:
                self.told(Fax(self.stage.sounds.ports[dialog.port or 0], tone))
            case "refers", ["beside", "to", target]:
                phone.refers_beside(dialog, f"<sip:{target}@127.0.0.1>")
            case "hands", ["over", "to", other]:
                phone.refers(dialog, self.replacing(*self.who(other)))
            case "hands", ["beside", "to", other]:
                phone.refers_beside(dialog, self.replacing(*self.who(other)))
            case _:
                raise AssertionError(f"what is {verb} {rest}?")

    def told(self, event: MediaEvent) -> None:
        """The media plane heard something."""
        self.stage.switch.service._board.media_event(event)

    @staticmethod
    def replacing(phone: Phone, dialog: Dialog) -> str:
        """A Refer-To that takes the place of a dialog of the phone."""
        value = re.sub(r"[;=@]", lambda found: f"%{ord(found[0]):02X}", phone.replacing(dialog))
        return f"<sip:somebody@127.0.0.1?Replaces={value}>"

    def calls(self, phone: Phone, rest: list[str]) -> None:
        match rest:
            case [target]:
                phone.call(target)
            case [target, "saying", *headers]:
                phone.call(target, *fields(headers))
            case [target, "hidden"]:
                phone.call(target, ("Privacy", "id"))
            case [target, "mumbling"]:
                phone.call(target, sdp=phone.sdp(codecs="98"))
            case [target, "joining", other]:
                holder, dialog = self.who(other)
                phone.call(target, ("Join", holder.replacing(dialog)), ("Require", "join"))
            case [target, "replacing", *whose, "lamp"]:
                watcher = self.stage.phones[whose[0].partition("'")[0]] if whose != ["the"] else phone
                phone.call(target, ("Replaces", watcher.lamp()))
            case [target, "replacing", "nothing"]:
                phone.call(target, ("Replaces", "a@b;to-tag=c;from-tag=d"))
            case [target, "mumbling-for", other]:
                holder, dialog = self.who(other)
                sdp = phone.sdp(codecs="98")
                phone.call(target, ("Replaces", holder.replacing(dialog)), sdp=sdp)
            case [target, "replacing" | "replacing-early" | "reaching" as how, other]:
                holder, dialog = self.who(other)
                value = holder.replacing(dialog, how == "replacing-early", how == "reaching")
                phone.call(target, ("Replaces", value), ("Require", "replaces"))
            case _:
                raise AssertionError(f"what is {rest}?")


def fields(words: list[str]) -> list[tuple[str, str]]:
    """Header fields: "Refer-Sub:false"."""
    return [(name, value) for name, _, value in (word.partition(":") for word in words)]


PARK = {
    "kind": "menu",
    "prompts": ["sound:hold-music"],
    "keys": {"0": "end"},
    "timeout_s": 60,
    "tries": 9,
}


def patches_of(lines: tuple[str, ...]) -> dict[tuple[str, str], dict[str, object]]:
    """The changes of the configuration that a flow begins with: "config user ben dnd=true"."""
    found: dict[tuple[str, str], dict[str, object]] = {
        ("flow", "park"): {
            "name": "Park",
            "document": {"start": "park", "nodes": {"park": PARK, "end": {"kind": "hangup"}}},
        }
    }
    for line in lines:
        if line.startswith("config "):
            _, kind, id, *settings = line.split()
            fields_of = found.setdefault((kind, id), {})
            for name, _, text in (setting.partition("=") for setting in settings):
                outer, _, inner = name.partition(".")
                fields_of[outer] = {inner: [text]} if inner else value_of(text)
    return found


def value_of(text: str) -> object:
    """true, 10, user:carla, sequential, a list of texts or targets, JSON, or nothing."""
    if text.startswith(("{", "[{", '["', '"')):
        return json.loads(text)
    if text.startswith("["):
        return [value_of(one) if ":" in one else one for one in text[1:-1].split(",")]
    if text in ("true", "false", ""):
        return text == "true" if text else None
    kind, colon, id = text.partition(":")
    return {"kind": kind, "id": id} if colon else int(text) if text.isdigit() else text


@pytest.mark.parametrize("flow", FLOWS, ids=[flow.name for flow in FLOWS])
def test_the_flow_goes_as_it_is_written_and_again_by_its_steps_alone(
    flow: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Watched, "all", [])
    monkeypatch.setattr(calls_stage, "Session", Watched)
    stage = Stage(tmp_path, patches_of(flow.lines))
    try:
        play = Play(stage)
        for line in flow.lines:
            if not line.startswith("config "):
                play.line(line)
        assert [] == stage.over()
        assert [] == [found for session in Watched.all if (found := session.difference())]
    finally:
        stage.close()
