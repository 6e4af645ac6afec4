"""Many compound packets at once, each a report of one author with one block at most and its CNAME: rtcp.build, in columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.rtp import rtcp

REPORT = np.dtype(
    [("head", ">u4"), ("author", ">u4")]
    + [("ntp", ">u8"), ("timestamp", ">u4"), ("packets", ">u4"), ("octets", ">u4")]
    + [(name, ">u4") for name in ("ssrc", "lost", "highest_sequence", "jitter", "last_sr", "since_last_sr")]
)
"""An SR with one block. `lost` has the fraction in its highest octet. What a packet has not is left out of it."""
AUTHOR, INFO, END = slice(4, 8), slice(8, 28), REPORT.itemsize
_HEADS = np.array(
    [
        [0x80 << 24 | rtcp.RECEIVER_REPORT << 16 | 1, 0x81 << 24 | rtcp.RECEIVER_REPORT << 16 | 7],
        [0x80 << 24 | rtcp.SENDER_REPORT << 16 | 6, 0x81 << 24 | rtcp.SENDER_REPORT << 16 | 12],
    ]
)


def lost_word(fraction: NDArray[np.int64], lost: NDArray[np.int64]) -> NDArray[np.int64]:
    """RFC 3550 6.4.1: the fraction of eight bits, and 24 bits with their sign."""
    return fraction << 24 | np.clip(lost, -0x800000, 0x7FFFFF) & 0xFFFFFF


def build(reports: NDArray[Any], is_sender: NDArray[np.bool_], has_block: NDArray[np.bool_], name: str) -> list[bytes]:
    """The datagrams. `reports`: records of REPORT, whose heads are filled in here."""
    reports["head"] = _HEADS[is_sender.astype(np.intp), has_block.astype(np.intp)]
    description = rtcp.build(rtcp.Compound((), ((0, name),)))
    before, after = description[:4], description[8:]
    raw, out = reports.tobytes(), []
    for at, sends, heard in zip(range(0, len(raw), END), is_sender.tolist(), has_block.tolist(), strict=True):
        one = raw[at : at + END]
        info = one[: INFO.stop] if sends else one[: INFO.start]
        block = one[INFO.stop :] if heard else b""
        out.append(info + block + before + one[AUTHOR] + after)
    return out
