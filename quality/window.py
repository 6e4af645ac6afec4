"""The score of some seconds of one direction of a stream, from what its packets did. Nothing measured: no score."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

from quality.bands import Band, mos_in, rating_in
from quality.codecs import impairment_of
from quality.emodel import Parameters

PACKETS_MIN = 25
JITTER_BUFFER_MS = 60.0
PACKETIZATION_MS = 20.0


@dataclass(frozen=True, slots=True)
class Score:
    """MOS-CQE (1..4.5) and R of the codec's band; all None, with the reason in words, when there is nothing to judge."""

    mos: float | None
    r: float | None
    reason: str | None = None
    band: Band | None = None


def score_window(
    codec: str,
    packets: int,
    lost: int,
    late: int | None,
    jitter_ms: float,
    delay_ms: float | None = None,
    burst_ratio: float | None = None,
) -> Score:
    """E-model over the loss a phone with a 60 ms jitter buffer would have; `delay_ms` one way through the network.

    `late` packets, which came behind that buffer, are lost too. Where nobody counted them (None: a far end that told jitter
    only), they are the share of packets more than the buffer away under a Laplace distribution.
    """
    impairment = impairment_of(codec)
    expected = packets + lost
    if impairment is None:
        return Score(None, None, f"no impairment table for {codec}")
    if packets == 0:
        return Score(None, None, "no packets")
    if expected < PACKETS_MIN:
        return Score(None, None, f"only {packets} packets")
    behind = late / expected if late is not None else _behind(jitter_ms)
    gone = min(1.0, lost / expected + behind)
    delay = (delay_ms or 0.0) + JITTER_BUFFER_MS + PACKETIZATION_MS
    parameters = Parameters(
        ie=impairment.ie,
        bpl=impairment.bpl,
        ppl_percent=100 * gone,
        burst_r=max(1.0, burst_ratio or 1.0),
        t_ms=delay,
        ta_ms=delay,
        tr_ms=2 * delay,
    )
    r = rating_in(impairment.band, parameters)
    return Score(mos_in(impairment.band, r), r, None, impairment.band)


def _behind(jitter_ms: float) -> float:
    return 0.0 if jitter_ms <= 0 else 0.5 * exp(-JITTER_BUFFER_MS / jitter_ms)
