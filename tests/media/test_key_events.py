"""Key presses as RTP events (RFC 4733 2.5) from real and broken senders: a table, on the compiled receiver and its twin."""

from __future__ import annotations

import numpy as np
import pytest

from media.kernels import _loop, reference

MS = 1_000_000
Packet = tuple[
    int, int, int, str, int
]  # at ms, timestamp, event, flags (M marker, E end, L overtaken by all before), duration

ONE = [(0, 1000, 1, "M", 160), (20, 1000, 1, "", 320), (40, 1000, 1, "", 480)]
END = [(60, 1000, 1, "E", 640), (61, 1000, 1, "E", 640), (62, 1000, 1, "E", 640)]
QUIET: list[Packet] = [(1000, 0, 255, "", 0)]  # only lets time pass
LONG = [(20 * n, 1000, 1, "M" if n == 0 else "", 160 * (n + 1)) for n in range(409)]  # 65,440 samples
NEXT = [(8180 + 20 * n, 66440, 1, "", 160 * (n + 1)) for n in range(90)]

TABLE: list[tuple[str, list[Packet], list[tuple[int, int]]]] = [
    ("a whole press with three ends", ONE + END, [(1, 640)]),
    ("the marker is lost", ONE[1:] + END, [(1, 640)]),
    ("all but the ends are lost", END, [(1, 640)]),
    ("only the last end arrives", END[2:], [(1, 640)]),
    ("all ends are lost", ONE + QUIET, [(1, 480)]),
    (
        "all ends are lost and the next key follows",
        [*ONE, (80, 2000, 2, "M", 160), (100, 2000, 2, "E", 320)],
        [(1, 480), (2, 320)],
    ),
    ("an update after the end", [*ONE, *END, (80, 1000, 1, "", 480), *QUIET], [(1, 640)]),
    ("an update comes long after the end", [*ONE, *END, (180, 1000, 1, "L", 480), *QUIET], [(1, 640)]),
    ("the start comes after the end", [*END, (63, 1000, 1, "ML", 160), *QUIET], [(1, 640)]),
    (
        "one key three times with one timestamp",
        [p for n in range(3) for p in ((at + 120 * n, *rest) for at, *rest in [*ONE, *END])],
        [(1, 640)] * 3,
    ),
    (
        "one key twice with one timestamp, the second without a marker",
        [*ONE, *END, (120, 1000, 1, "", 160), (140, 1000, 1, "", 320), (160, 1000, 1, "E", 480)],
        [(1, 640), (1, 480)],
    ),
    (
        "one key twice with one timestamp, the first without an end",
        [*ONE, (120, 1000, 1, "M", 160), (140, 1000, 1, "E", 320)],
        [(1, 480), (1, 320)],
    ),
    (
        "a marker on every packet",
        [(20 * n, 1000, 1, "M", 160 * n + 160) for n in range(3)] + [(at, 1000, 1, "ME", 640) for at in (60, 80, 100)],
        [(1, 640)],
    ),
    (
        "a press with a hole of 200 ms",
        [*ONE, (240, 1000, 1, "", 2080), (260, 1000, 1, "", 2240), (280, 1000, 1, "E", 2400)],
        [(1, 480)],
    ),
    (
        "a late end of the key before",
        [*ONE, (50, 2000, 2, "M", 160), *END, (80, 2000, 2, "E", 640)],
        [(1, 480), (2, 640)],
    ),
    (
        "two keys overlap",
        [*ONE, (45, 1400, 2, "M", 160), (65, 1400, 2, "", 320), (66, 1000, 1, "E", 640), (85, 1400, 2, "E", 480)],
        [(1, 480), (2, 480)],
    ),
    (
        "two keys with one timestamp",
        [*ONE, *END, (100, 1000, 2, "M", 160), (120, 1000, 2, "E", 320)],
        [(1, 640), (2, 320)],
    ),
    ("one key twice", [*ONE, *END, (160, 2280, 1, "M", 160), (180, 2280, 1, "E", 320)], [(1, 640), (1, 320)]),
    ("ten redundant ends", [*ONE, *[(60 + n, 1000, 1, "E", 640) for n in range(10)], *QUIET], [(1, 640)]),
    (
        "a press whose duration stands still",
        [*ONE, *[(60 + 20 * n, 1000, 1, "", 480) for n in range(9)], (260, 1000, 1, "E", 480)],
        [(1, 480)],
    ),
    ("a duration of nothing", [(0, 1000, 1, "M", 0), (20, 1000, 1, "E", 0)], [(1, 0)]),
    (
        "a press of ten seconds in two segments",
        [*LONG, *NEXT, (9980, 66440, 1, "E", 14560)],
        [(1, 80000)],
    ),
    ("a press of ten seconds whose second segment is lost", [*LONG, (9000, 0, 255, "", 0)], [(1, 65440)]),
    (
        "a duration that stays at its largest value",
        [*LONG, *[(8180 + 20 * n, 1000, 1, "", 65535) for n in range(20)], (8580, 1000, 1, "E", 65535)],
        [(1, 65535)],
    ),
    (
        "a new key where a segment would begin, by its marker",
        [*LONG, (8180, 66440, 1, "M", 160), (8200, 66440, 1, "E", 320)],
        [(1, 65440), (1, 320)],
    ),
    (
        "an event that is no key",
        [(0, 1000, 255, "M", 160), (20, 1000, 255, "E", 320), (40, 3000, 16, "E", 320), *QUIET],
        [],
    ),
    (
        "the timestamp wraps",
        [
            (0, 2**32 - 80, 5, "M", 160),
            (20, 2**32 - 80, 5, "E", 320),
            (200, 1520, 6, "M", 160),
            (220, 1520, 6, "E", 320),
        ],
        [(5, 320), (6, 320)],
    ),
    (
        "a stream that begins anew far behind",
        [*ONE, *END, (500, 1000 - 160_000, 3, "M", 160), (520, 1000 - 160_000, 3, "E", 320)],
        [(1, 640), (3, 320)],
    ),
]


def rows(packets: list[Packet], volume: int) -> bytes:
    made = []
    for number, (at_ms, timestamp, event, flags, duration) in enumerate(packets, 65530):
        payload = event, (0x80 if "E" in flags else 0) | volume, duration >> 8, duration & 0xFF
        sequence = (65529 if "L" in flags else number) & 0xFFFF
        made.append(((1000 + at_ms) * MS, timestamp % 2**32, "M" in flags, 4, payload, b"", sequence))
    return np.array(made, reference.KEY).tobytes()


@pytest.mark.parametrize("run", [_loop.dtmf_run, reference.dtmf_run], ids=["c", "numpy"])
@pytest.mark.parametrize("volume", [0, 10, 36, 63])
@pytest.mark.parametrize(("packets", "presses"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_each_press_is_told_once(
    packets: list[Packet], presses: list[tuple[int, int]], volume: int, run: object
) -> None:
    assert presses == [(event, duration) for _, event, duration in run(rows(packets, volume))]


@pytest.mark.parametrize("run", [_loop.dtmf_run, reference.dtmf_run], ids=["c", "numpy"])
def test_a_payload_that_is_too_short_is_no_key(run: object) -> None:
    packets = np.array(
        [(MS, 1000, True, size, (1, 0x8A, 1, 0), b"", size) for size in range(4)], reference.KEY
    ).tobytes()
    assert [] == run(packets)
