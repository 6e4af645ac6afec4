"""Echo: what was sent to a side comes back from it. Delay and loss by correlation, only while that side itself is silent.

A gateway that holds both directions can measure what a listener complains of: "I hear myself".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quality.signal.activity import activity
from quality.signal.defect import Defect, Fault
from quality.signal.frames import Sound, cut, fast_length, frame_size, highest, levels, transformed

DELAY_S_MAX = 0.6
WINDOW_S = 8.0
SHORT_S = 40.0
"""Of longer sound every other window is looked at: an echo lasts as long as the call."""
LOUD_DBOV = -45.0
PEAK_MIN = 9.0
"""The peak of the correlation over its spread; without an echo the highest of 4,800 places is 4 to 6."""
SURE_MIN = 25.0
"""An answer that begins just within the longest delay looks like an echo of one window, up to a peak of 18; an echo is in every
window, so a lesser peak is believed when another window agrees."""
AGREE_S = 0.006
HEARD_LOSS_DB = 45.0
FRAMES_MIN = 60


@dataclass(frozen=True, slots=True)
class Echo:
    """`delay_ms` from sent to come back, `loss_db` (echo return loss), `peak` the certainty of the correlation."""

    delay_ms: float
    loss_db: float
    peak: float


def echo(sent: Sound, back: Sound, rate_hz: int) -> Echo | None:
    """The echo of `sent` in `back`; None when there is none to be found. Both begin at the same moment."""
    size, window = min(sent.size, back.size), int(WINDOW_S * rate_hz)
    found = []
    step = window if size < SHORT_S * rate_hz else 2 * window
    for start in range(0, max(1, size - window // 2), step):
        one = _in_window(sent[start : start + window], back[start : start + window], rate_hz)
        if one is not None:
            found.append(one)
    if not found:
        return None
    best = max(found, key=lambda one: one.peak)
    agree = [one for one in found if abs(one.delay_ms - best.delay_ms) <= 1000 * AGREE_S]
    if len(agree) < 2 and best.peak < SURE_MIN:
        return None
    return Echo(best.delay_ms, float(np.median([one.loss_db for one in agree])), best.peak)


def _in_window(sent: Sound, back: Sound, rate_hz: int) -> Echo | None:
    size = min(sent.size, back.size)
    if size < rate_hz:
        return None
    sent, back = _only_echo(sent[:size], back[:size], rate_hz)
    if np.count_nonzero(sent) < FRAMES_MIN * frame_size(rate_hz) or not back.any():
        return None
    lags = int(DELAY_S_MAX * rate_hz)
    points = fast_length(size + lags)
    a, b = transformed(sent.astype(np.float32), points), transformed(back.astype(np.float32), points)
    cross = b * np.conj(a)
    whitened = cross / (np.abs(cross) ** 0.8 + 1e-9)
    correlation = np.abs(np.fft.irfft(whitened, points)[:lags])
    smooth = np.convolve(correlation, np.ones(5) / 5, "same")
    at = int(smooth.argmax())
    spread = float(np.median(smooth)) * 1.4826 + 1e-30
    peak = float(smooth[at]) / spread
    if peak < PEAK_MIN:
        return None
    loss = _loss(sent, back, at, rate_hz)
    return None if loss is None else Echo(1000 * at / rate_hz, loss, peak)


def _only_echo(sent: Sound, back: Sound, rate_hz: int) -> tuple[Sound, Sound]:
    """`back` without the frames in which its own side speaks: louder than any echo of what was sent within the last 0.6 s."""
    step = frame_size(rate_hz)
    count = sent.size // step
    there, here = levels(sent, rate_hz), levels(back, rate_hz)
    reach = int(DELAY_S_MAX / 0.01)
    recent = highest(there, reach, 0)
    own = (here > recent - 6.0) & (here > LOUD_DBOV)
    own = np.convolve(own, np.ones(11), "same") > 0
    kept = back[: count * step].copy().reshape(count, step)
    kept[own] = 0.0
    return sent[: count * step] - float(sent.mean()), (kept - float(back.mean()) * ~own[:, None]).reshape(-1)


def _loss(sent: Sound, back: Sound, lag: int, rate_hz: int) -> float | None:
    """Echo return loss: power sent over power of what is alike `sent` in `back`, by band-wise coherence of loud frames."""
    size = 4 * frame_size(rate_hz) * 2
    a, b = cut(sent[: sent.size - lag], size), cut(back[lag:], size)
    loud = (np.mean(a**2, axis=1) > 10 ** (LOUD_DBOV / 10)) & (np.count_nonzero(b, axis=1) > size // 2)
    if np.count_nonzero(loud) < 8:
        return None
    window = np.hanning(size)
    x, y = np.fft.rfft(a[loud] * window, axis=1), np.fft.rfft(b[loud] * window, axis=1)
    xx, yy = (np.abs(x) ** 2).sum(axis=0), (np.abs(y) ** 2).sum(axis=0)
    xy = np.abs((y * np.conj(x)).sum(axis=0)) ** 2
    coherent = np.maximum(xy / np.maximum(xx, 1e-20) - yy / np.count_nonzero(loud), yy * 1e-4)
    return 10 * float(np.log10(xx.sum() / max(float(coherent.sum()), 1e-20)))


def echoing(sent: Sound, back: Sound, rate_hz: int) -> list[Defect]:
    """An echo that is heard: late enough to be told from the own voice, and not far below it. The value is its loss in dB."""
    found = echo(sent, back, rate_hz)
    if found is None or found.loss_db > HEARD_LOSS_DB or found.delay_ms < 10:
        return []
    speaks = np.flatnonzero(activity(sent, rate_hz)) * 0.01
    start, end = (float(speaks[0]), float(speaks[-1])) if speaks.size else (0.0, sent.size / rate_hz)
    return [Defect(Fault.ECHO, start, end, found.loss_db, f"dB loss, {found.delay_ms:.0f} ms late")]
