"""The E-model of ITU-T G.107 (narrow band): transmission rating R from twenty parameters, and MOS from R (Annex B).

Levels in dB, times in ms, losses in per cent. The defaults are those of the Recommendation; R of them is 93.21.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log2, log10


@dataclass(frozen=True, slots=True)
class Parameters:
    """Table 2 of G.107: names as there."""

    slr_db: float = 8.0
    rlr_db: float = 2.0
    stmr_db: float = 15.0
    d_s: float = 3.0
    d_r: float = 3.0
    telr_db: float = 65.0
    wepl_db: float = 110.0
    t_ms: float = 0.0
    tr_ms: float = 0.0
    ta_ms: float = 0.0
    qdu: float = 1.0
    ie: float = 0.0
    bpl: float = 4.3
    ppl_percent: float = 0.0
    burst_r: float = 1.0
    nc_dbm0p: float = -70.0
    nfor_dbmp: float = -64.0
    ps_db: float = 35.0
    pr_db: float = 35.0
    advantage: float = 0.0


def rating(p: Parameters) -> float:
    """R by equation 7-1: Ro - Is - Id - Ie,eff + A; not clamped."""
    no, ro = _noise(p)
    return ro - _simultaneous(p, ro) - _delayed(p, no, ro) - effective_equipment(p) + p.advantage


def _noise(p: Parameters) -> tuple[float, float]:
    """Total noise No (7-3 to 7-7) and basic ratio Ro (7-2)."""
    olr = p.slr_db + p.rlr_db
    nos = p.ps_db - p.slr_db - p.d_s - 100 + 0.004 * (p.ps_db - olr - p.d_s - 14) ** 2
    pre = p.pr_db + 10 * log10(1 + 10 ** ((10 - (p.stmr_db + p.d_r)) / 10))
    nor = p.rlr_db - 121 + pre + 0.008 * (pre - 35) ** 2
    nfo = p.nfor_dbmp + p.rlr_db
    no = 10 * log10(sum(10 ** (x / 10) for x in (p.nc_dbm0p, nos, nor, nfo)))
    return no, 15 - 1.5 * (p.slr_db + no)


def _simultaneous(p: Parameters, ro: float) -> float:
    """Is = Iolr + Ist + Iq (7-8 to 7-17)."""
    olr = p.slr_db + p.rlr_db
    xolr = olr + 0.2 * (64 + (_noise(p)[0] - p.rlr_db))
    iolr = 20 * ((1 + (xolr / 8) ** 8) ** 0.125 - xolr / 8)
    q = 37 - 15 * log10(max(p.qdu, 1e-9))
    g = 1.07 + 0.258 * q + 0.0602 * q**2
    y = (ro - 100) / 15 + 46 / 8.4 - g / 9
    z = 46 / 30 - g / 40
    iq = 15 * log10(1 + 10**y + 10**z)
    return float(iolr + _sidetone(p) + iq)


def _delayed(p: Parameters, no: float, ro: float) -> float:
    """Id = Idte + Idle + Idd (7-18 to 7-27)."""
    tv = p.telr_db - 40 * log10((1 + p.t_ms / 10) / (1 + p.t_ms / 150)) + 6 * exp(-0.3 * p.t_ms**2)
    if p.stmr_db < 9:
        tv += 0.5 * _sidetone(p)
    re = 80 + 2.5 * (tv - 14)
    roe = -1.5 * (no - p.rlr_db)
    xdt = (roe - re) / 2
    idte = (xdt + (xdt**2 + 100) ** 0.5 - 1) * (1 - exp(-p.t_ms))
    if p.stmr_db > 20:
        idte = (idte**2 + _sidetone(p) ** 2) ** 0.5
    rle = 10.5 * (p.wepl_db + 7) * (p.tr_ms + 1) ** (-0.25)
    xdl = (ro - rle) / 2
    idle = xdl + (xdl**2 + 169) ** 0.5
    return float(idte + idle + absolute_delay(p.ta_ms))


def _sidetone(p: Parameters) -> float:
    """Ist (7-11, 7-12)."""
    stmro = -10 * log10(10 ** (-p.stmr_db / 10) + 10 ** (-p.telr_db / 10) * exp(-p.t_ms / 4))
    return float(
        12 * (1 + ((stmro - 13) / 6) ** 8) ** 0.125
        - 28 * (1 + ((stmro + 1) / 19.4) ** 35) ** (1 / 35)
        - 13 * (1 + ((stmro - 3) / 33) ** 13) ** (1 / 13)
        + 29
    )


def absolute_delay(ta_ms: float) -> float:
    """Idd (7-27): too long even without echo."""
    if ta_ms <= 100:
        return 0.0
    x = log2(ta_ms / 100)
    return float(25 * ((1 + x**6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2))


def effective_equipment(p: Parameters) -> float:
    """Ie,eff (7-29): codec and packet loss with its burst ratio."""
    if p.ppl_percent <= 0:
        return p.ie
    return p.ie + (95 - p.ie) * p.ppl_percent / (p.ppl_percent / p.burst_r + p.bpl)


def mos(r: float) -> float:
    """MOS-CQE of R (Annex B), clamped to 1 where the cubic falls below it, 4.5 from R = 100."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)
