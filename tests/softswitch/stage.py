"""Scripted phones around the whole switch: who hears whom, what is recorded, and what is over when all is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from configdb.node import NodeSettings
from history.embedded import EmbeddedStore
from history.writer import Writer
from installer import mailbox_texts, notice_texts
from media.audio.wav import header
from media.plane.client import Opened
from media.plane.events import RecordDone
from mgmt.services.sounds import Sounds as MediaIn
from softswitch.calls.effects import JoinRoom, LeaveRoom
from softswitch.sip.message import Request
from tests.softswitch.fakes import PLAY_S, FakeMedia
from tests.softswitch.scripted_phone import PLACES, Dialog, Phone
from tests.softswitch.whole_switch import CARRIER, WholeSwitch
from vault.stores import open_vault

TURN_S = 0.1
SAID = (
    *("hold-intro", "queue-place-1", "queue-callback", "queue-promised", "queue-calling-back"),
    *("limit-warning", "limit-reached", "hold-music", "vm-intro", "screen", "setting-saved", "call-failed"),
    *("parked-in", "transfer-to", "goodbye", "when-free", "unavailable", "digit-4", "digit-2", "no-balance"),
    *mailbox_texts.ENGLISH,
    *notice_texts.ENGLISH,
    *notice_texts.ENGLISH,
)
ROOMS = ("pin", "pin-wrong", "in", "wait", "locked", "open", "full", "kicked", "muted", "unmuted", "joined", "left")
SAID += tuple(f"conf-{name}" for name in ROOMS)


class Sounds(FakeMedia):
    """A media plane that knows who hears what."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.ports: dict[int, str] = {}
        self.open_legs: set[str] = set()
        self.partner: dict[str, str] = {}
        self.playing: dict[str, str] = {}
        self.tokens: dict[str, str] = {}
        self.seats: dict[str, JoinRoom] = {}
        self.keys: list[tuple[str, str]] = []
        self.wrong: list[str] = []
        self.lists: dict[str, list[str]] = {}
        self._unclaimed: set[str] = set()

    def after(self, other: Sounds) -> Sounds:
        """It is the media plane that another run of the switch left."""
        self.ports, self.open_legs, self.partner = other.ports, other.open_legs, other.partner
        self.playing, self._ports, self._records = other.playing, other._ports, other._records
        self._unclaimed = set(self.open_legs)
        return self

    def start(self) -> None:
        """Whoever is connected has claimed what it wants."""
        for leg in self._unclaimed:
            self.closed(leg)

    def claim(self, legs: list[str], done: Callable[[dict[str, Opened]], None]) -> None:
        ports = {leg: port for port, leg in self.ports.items()}
        self._unclaimed -= set(legs)
        done({leg: Opened("127.0.0.1", ports[leg]) for leg in legs if leg in self.open_legs})

    def spoken(self, leg: str, seconds: float, reason: str) -> None:
        """Who is being recorded as a message or a draft speaks, and then that is over; no reason: it is not."""
        token, path = next((token, path) for token, (of, path) in self._records.items() if of == leg)
        del self._records[token]
        tone = (np.sin(np.arange(int(seconds * 8000)) / 3) * 8000).astype("<i2")
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_bytes(header(1, len(tone)) + tone.tobytes())
        if reason:
            self._reactor.callLater(0, self._on_event, RecordDone(leg, token, path, seconds, reason))

    def opened(self, leg: str) -> Opened:
        opened = super().opened(leg)
        self.ports[opened.port] = leg
        self.open_legs.add(leg)
        return opened

    def closed(self, leg: str) -> None:
        self.unbridge(leg)
        self.seats.pop(leg, None)
        self.playing.pop(leg, None)
        self.open_legs.discard(leg)

    def bridge(self, a: str, b: str) -> None:
        if not {a, b} <= self.open_legs:
            self.wrong.append(f"bridge of {a} and {b}, of which one is gone")
            return
        self.unbridge(a)
        self.unbridge(b)
        self.seats.pop(a, None)
        self.seats.pop(b, None)
        self.partner[a], self.partner[b] = b, a

    def unbridge(self, leg: str) -> None:
        other = self.partner.pop(leg, None)
        if other is not None:
            del self.partner[other]

    def seat(self, wanted: JoinRoom | LeaveRoom) -> None:
        if isinstance(wanted, LeaveRoom):
            self.seats.pop(wanted.leg, None)
            return
        if wanted.leg not in self.open_legs:
            self.wrong.append(f"{wanted.leg} joins a room and is gone")
        if wanted.to is not None and self.seats.get(wanted.to, wanted).room != wanted.room:
            self.wrong.append(f"{wanted.leg} whispers to {wanted.to}, who is not there")
        self.unbridge(wanted.leg)
        self.seats[wanted.leg] = wanted

    def heard_by(self, leg: str) -> list[str]:
        """The legs that a leg hears."""
        seat = self.seats.get(leg)
        if seat is None:
            return [self.partner[leg]] if leg in self.partner else []
        others = (one for one in self.seats.values() if one.room == seat.room and one.leg != leg and not one.muted)
        return [one.leg for one in others if one.to in (None, leg)]

    def send_dtmf(self, leg: str, digits: str) -> None:
        self.keys.append((leg, digits))

    def play(self, leg: str, token: str, sounds: list[str], loop: bool, stop_on_key: bool) -> None:
        self.lists[leg] = [
            Path(sound).parent.name if "/played/" in sound else "draft" if "/recordings/" in sound else Path(sound).stem
            for sound in sounds
        ]
        self.playing[leg] = Path(sounds[0]).stem.removeprefix("tone:") if sounds else "nothing"
        self.tokens[leg] = token
        if not loop:
            self._reactor.callLater(PLAY_S - 0.001, self._played, leg, token)
        super().play(leg, token, sounds, loop, stop_on_key)

    def _played(self, leg: str, token: str) -> None:
        if self.tokens.get(leg) == token:
            self.stop(leg)

    def stop(self, leg: str | None = None) -> None:
        self.playing.pop(leg or "", None)
        self.tokens.pop(leg or "", None)


class Stage:
    """The switch with Ann, Ben and Carla's desk phones and a carrier, "sam" outside."""

    def __init__(self, folder: Path, patches: Mapping[tuple[str, str], dict[str, Any]] | None = None) -> None:
        sounds = folder / "prompts" / "en"
        sounds.mkdir(parents=True)
        for name in SAID:
            (sounds / f"{name}.wav").touch()
        self._folder, self._patches = folder, patches
        for (kind, _), fields in (patches or {}).items():
            if kind == "prompt":
                path = folder / "media" / fields["media"]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
        self.switch = WholeSwitch(folder, media=Sounds, patches=patches)
        self.asked: dict[str, Request] = {}
        self.phones = {name: Phone(self, name, (host, 5060), name) for name, host in PLACES.items()}
        for phone in self.phones.values():
            phone.register()
            self.turn()
            phone.take()
        self.phones["sam"] = Phone(self, "sam", CARRIER, "+12025550100")

    def switch_dies(self, media: Callable[..., FakeMedia] = Sounds) -> None:
        """kill -9, and a new process on the same files, which hangs up what it knows of the old one's calls."""
        self.switch.dies()
        self.switch = WholeSwitch(self._folder, media=media, patches=self._patches)

    def switch_is_killed(self) -> None:
        """kill -9 of the switch alone: the media worker has its legs still."""
        left = self.sounds
        self.switch_dies(lambda *arguments: Sounds(*arguments).after(left))

    @property
    def sounds(self) -> Sounds:
        """The media plane."""
        return self.switch.media  # type: ignore[return-value]  # made above

    def turn(self, seconds: float = TURN_S) -> None:
        """Let the phones and the switch talk for a while."""
        end = self.switch.reactor.seconds() + seconds
        while self.switch.reactor.seconds() < end:
            self._deliver()
            self.switch.run(min(0.01, max(0.001, end - self.switch.reactor.seconds())))
        self._deliver()

    def _deliver(self) -> None:
        while sent := self.switch.datagrams():
            for data, address in sent:
                for phone in self.phones.values():
                    if phone.address == address:
                        phone.received(data)

    def hears(self, phone: Phone, dialog: Dialog) -> str:
        """Who or what a phone hears in a dialog: a phone's name, a sound's name, or "nothing"."""
        leg = self.sounds.ports.get(dialog.port or 0)
        if leg is None or leg not in self.sounds.open_legs:
            return "nothing"
        if leg in self.sounds.playing:
            return self.sounds.playing[leg]
        return "+".join(sorted(self.owner(other) for other in self.sounds.heard_by(leg))) or "nothing"

    def owner(self, leg: str) -> str:
        """Whose leg it is."""
        for phone in self.phones.values():
            for dialog in phone.dialogs:
                if self.sounds.ports.get(dialog.port or 0) == leg:
                    return phone.name
        return "somebody"

    def over(self) -> list[str]:
        """End everything that is not over; what is wrong then, in words."""
        for phone in self.phones.values():
            for dialog in phone.dialogs:
                if not dialog.over and (dialog.up or dialog.ours):
                    phone.hangs_up(dialog)
            self.turn()
        self.turn(40)
        service = self.switch.service
        board, house = service._board, service._queues._floor._house
        wrong = list(self.switch.troubles) + self.sounds.wrong
        for name, left in (
            ("calls", board.calls),
            ("legs", board._by_leg),
            ("dialogs", board._by_sip_call),
            ("media", self.sounds.open_legs),
            ("bridges", self.sounds.partner),
            ("seats", self.sounds.seats),
            ("sessions", service._agent._sessions),
            ("places in queues", house.by_call),
            ("agents who serve", house.serving),
            ("channels", service._carriers.channels._legs),
            ("metered legs", service._spending._meter._legs),
            ("looks at money", service._spending._timers),
        ):
            if left:
                wrong.append(f"{name} left: {left}")
        return wrong + self.accounts()

    def accounts(self) -> list[str]:
        """What does not add up in the records."""
        records, wrong, boot = self.switch.records(), [], self.switch.service._boot
        opened = {record["id"] for record in records if record["kind"] == "leg.open" and record["boot"] == boot}
        dead = {record["id"] for record in records if record["kind"] == "leg.open" and record["boot"] != boot}
        closed = [record["leg"] for record in records if record["kind"] == "leg.close" and record["id"] not in dead]
        if sorted(opened) != sorted(leg["id"] for leg in closed):
            wrong.append(f"{len(opened)} legs were opened and {len(closed)} records of legs written")
        calls = [record["call"] for record in records if record["kind"] == "call.close"]
        if len({call["id"] for call in calls}) != len(calls):
            wrong.append("a call has two records")
        wrong += [f"{leg['id']} ends before it begins" for leg in closed if leg["ended_at"] < leg["started_at"]]
        for call in calls:
            if call["talk_ms"] > call["duration_ms"]:
                wrong.append(f"{call['id']} talked for longer than it was")
        return wrong

    def file(self) -> None:
        """What the services process does: the records of the spool go into the history, sound into the vault."""
        service = self.switch.service
        store = EmbeddedStore(self._folder / "history.sqlite3")
        vault = open_vault(self._folder, NodeSettings(data_dir=self._folder), store.shelves, lambda: 0.0)
        kept = MediaIn(vault.media, vault.register)

        def tell(tenant: str, kind: str, document: dict[str, Any]) -> None:
            service._bus.publish(f"events.{tenant}.{kind}", document)

        writer = Writer(store, self._folder / "spool", "spool", kept, self._folder, tell, self.switch.troubles.append)
        while writer.drain():
            pass
        store.close()

    def steps(self) -> list[str]:
        """The codes of all steps that were written."""
        return [record["code"] for record in self.switch.records() if record["kind"] == "step"]

    def close(self) -> None:
        """The end of the switch."""
        self.switch.close()
