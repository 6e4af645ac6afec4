"""Who sounds bad now: the alarms of trunks, site networks and telephones, from the calls of the last hours in periods.

Nothing is kept between two looks: the machine of `alarm` runs over the periods anew, which are quarters of an hour by the
clock, so that everybody who looks in the same quarter sees the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from quality.blame.alarm import Alarm, after, period_of
from quality.blame.score_card import score_card
from quality.blame.sides import Conversation

PERIOD_S = 900.0
PERIODS = 24
WATCHED = ("trunk", "site", "device")


def raised(calls: Iterable[Conversation], now: float) -> list[dict[str, Any]]:
    """Alarms that stand at `now`: group, key, state, MOS of the worst twentieth in the last period with calls."""
    periods: list[list[Conversation]] = [[] for _ in range(PERIODS)]
    for call in calls:
        back = int(now // PERIOD_S - call.at // PERIOD_S)
        if 0 <= back < PERIODS:
            periods[PERIODS - 1 - back].append(call)
    alarms: dict[tuple[str, str], Alarm] = {}
    last: dict[tuple[str, str], float | None] = {}
    for period in periods:
        card = score_card(period)
        for group in WATCHED:
            for row in card[group]:
                who = (group, row.key)
                alarms[who] = after(alarms.get(who, Alarm()), period_of(row.mos_p5, row.measured))
                last[who] = row.mos_p5
    return [
        {"group": group, "key": key, "state": alarm.state.value, "mos_p5": last[group, key]}
        for (group, key), alarm in sorted(alarms.items())
        if alarm.raised
    ]
