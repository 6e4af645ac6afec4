"""Plays of a worker's legs: sounds are read into the arena on a thread, then the packet loop is told to play them.

reading --all in the arena--> playing --end | key--> told
    \\-- a newer play, a stop, the leg's end overtakes --> nothing (silently)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool

from media.codecs.g711 import Codes
from media.plane import arena as arenas
from media.plane import records
from media.plane.arena import Arena, Sound, SoundKey
from media.plane.commands import Play, Refused
from media.plane.legs import Leg, Playing

Read = dict[SoundKey, Codes]
Answer = dict[str, Any]


class Player:
    """`post` hands a record to the packet loop."""

    def __init__(self, reactor: Any, arena: Arena, post: Callable[[bytes], None]) -> None:
        self._reactor = reactor
        self._arena = arena
        self._post = post
        self._plays = 0

    def play(self, leg: Leg, command: Play) -> Answer | Deferred[Answer]:
        """Begin, now or when the sounds are read. Refused("sound")."""
        keys = [arenas.identify(name) for name in command.sounds]
        leg.play_request += 1
        return self._prepare(leg, command, keys, {}, leg.play_request)

    def stop(self, leg: Leg) -> None:
        self.forget(leg)
        self._post(records.stop(leg.handle))

    def seek(self, leg: Leg, at_s: float) -> None:
        self._post(records.seek(leg.handle, round(at_s * records.SAMPLE_RATE)))

    def volume(self, leg: Leg, gain_db: float) -> None:
        self._post(records.volume(leg.handle, round(4096 * 10 ** (gain_db / 20))))

    def forget(self, leg: Leg) -> None:
        """The leg plays nothing any more."""
        leg.play_request += 1
        self._release(leg)

    def ended(self, leg: Leg, number: int) -> str | None:
        """The token of the play that the packet loop ended; None when a newer one took its place."""
        if leg.playing is None or leg.playing.number != number:
            return None
        token = leg.playing.token
        self._release(leg)
        return token

    def _prepare(
        self, leg: Leg, command: Play, keys: list[SoundKey], read: Read, request: int
    ) -> Answer | Deferred[Answer]:
        if leg.play_request != request:
            return {}
        missing = [key for key in dict.fromkeys(keys) if key not in read and self._arena.find(key) is None]
        if not missing:
            self._begin(leg, command, keys, read)
            return {}
        pool = self._reactor.getThreadPool()
        reading = deferToThreadPool(self._reactor, pool, lambda: {key: arenas.read(key) for key in missing})
        answer: Deferred[Answer] = reading.addCallback(
            lambda more: self._prepare(leg, command, keys, read | more, request)
        )
        return answer

    def _begin(self, leg: Leg, command: Play, keys: list[SoundKey], read: Read) -> None:
        sounds: list[Sound] = []
        try:
            for key in keys:
                sounds.append(self._arena.hold(key, read))
        except Refused:
            self._arena.let_go(sounds)
            raise
        self._release(leg)
        self._plays = (self._plays + 1) % 2**32
        leg.playing = Playing(command.token, self._plays, sounds)
        segments = [(sound.offset, sound.frames) for sound in sounds]
        for record in records.play(leg.handle, self._plays, segments, command.loop, command.stop_on_key):
            self._post(record)
        if command.gain_db:
            self.volume(leg, command.gain_db)
        if command.at_s:
            self.seek(leg, command.at_s)

    def _release(self, leg: Leg) -> None:
        if leg.playing is not None:
            self._arena.let_go(leg.playing.sounds)
        leg.playing = None
