"""Ids: form, difference, thrift with the system's randomness."""

from __future__ import annotations

import re

from softswitch.transport.ids import IDS_A_READ, Ids


def test_ids_are_32_hex_digits_and_differ() -> None:
    ids = Ids()
    made = [ids() for _ in range(3 * IDS_A_READ)]
    assert all(re.fullmatch(r"[0-9a-f]{32}", one) for one in made)
    assert len(made) == len(set(made))


def test_randomness_is_read_for_many_ids_at_once_and_used_once() -> None:
    reads: list[int] = []

    def read(count: int) -> bytes:
        reads.append(count)
        return bytes(index // 16 % 256 for index in range(count))

    ids = Ids(read)
    made = [ids() for _ in range(IDS_A_READ)]
    assert [16 * IDS_A_READ] == reads
    assert IDS_A_READ == len(set(made))
    ids()
    assert 2 == len(reads)
