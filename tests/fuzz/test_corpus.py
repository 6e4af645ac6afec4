"""Every target over its seeds and a fixed number of changes of each: the short, repeatable part of the search."""

from __future__ import annotations

import random

import pytest

from tests.conftest import NIGHTLY
from tests.fuzz.seeds import seeds_of
from tests.fuzz.targets import TARGETS, Target

CHANGED = 20_000 if NIGHTLY else 150
PIECES = (
    b"\r\n",
    b"\0",
    b"%00",
    b'"',
    b"<",
    b">",
    b";",
    b",",
    b"\xff",
    b"9" * 12,
    b"\r\n ",
    b"Via: ",
    b"sip:a@b",
    b"@",
    b"=",
)


def changed(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """The input with some octets cut, doubled, replaced, or taken from another."""
    for _ in range(chance.randint(1, 4)):
        at, end = sorted((chance.randint(0, len(data)), chance.randint(0, len(data))))
        end = min(end, at + 40)
        match chance.randrange(4):
            case 0:
                data = data[:at] + data[end:]
            case 1:
                data = data[:end] + data[at:]
            case 2:
                data = data[:at] + chance.choice(PIECES) + data[end:]
            case _:
                data = data[:at] + other[at:end] + data[end:]
    return data


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_seeds_keep_the_promises(target: Target) -> None:
    seeds = seeds_of(target.name)
    assert seeds
    for seed in seeds:
        target.run(seed)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_changed_seeds_keep_the_promises(target: Target) -> None:
    chance, seeds = random.Random(target.name), seeds_of(target.name)
    for _ in range(CHANGED):
        data = changed(chance.choice(seeds), chance.choice(seeds), chance)
        try:
            target.run(data[: target.bytes_max])
        except BaseException as error:
            error.add_note(f"input: {data!r}")
            raise
