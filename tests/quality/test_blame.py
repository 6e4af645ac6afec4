"""Who is to blame, counted up, with alarms that do not flap: tables of cases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from quality.blame.alarm import Alarm, Period, State, after, period_of
from quality.blame.preference import demerits, trunk_scores
from quality.blame.score_card import score_card
from quality.blame.sides import Conversation, Kind, Side, Stream
from quality.blame.verdict import NAMES, REASONS, Culprit, verdicts
from quality.blame.watch import raised
from quality.signal.defect import Fault
from quality.words import FAULTS, LANGUAGES, fault_in_words

FINE = Stream(1000, 0.0, 0.0, 2.0, 4.4)
LOSSY = Stream(900, 10.0, 0.0, 2.0, 2.9)
TRUNK = Side(Kind.TRUNK, "north", "PCMU", came=FINE, went=FINE)
PHONE = Side(Kind.PHONE, "101", "PCMU", site="192.0.2.0/24", device="101", came=FINE, went=FINE)


def call(*sides: Side, id: str = "c1", hour: int = 9) -> Conversation:
    return Conversation(id, 1_800_000_000.0, hour, 0, 60.0, "+12025550100", sides)


@pytest.mark.parametrize(
    "trunk, phone, expected",
    [
        (TRUNK, PHONE, []),
        (replace(TRUNK, came=LOSSY), PHONE, [(Culprit.TRUNK, "north", "came")]),
        (replace(TRUNK, went=LOSSY), PHONE, [(Culprit.TRUNK, "north", "went")]),
        (TRUNK, replace(PHONE, came=LOSSY), [(Culprit.SITE, "192.0.2.0/24", "came")]),
        (TRUNK, replace(PHONE, went=LOSSY), [(Culprit.SITE, "192.0.2.0/24", "went")]),
        (replace(TRUNK, came=LOSSY), replace(PHONE, came=LOSSY), [(Culprit.NODE, "", "both")]),
        (TRUNK, replace(PHONE, came=replace(FINE, jitter_ms=55.0)), [(Culprit.SITE, "192.0.2.0/24", "jitter")]),
        (replace(TRUNK, came=Stream(0, 0, 0, 0, None)), PHONE, [(Culprit.TRUNK, "north", "nothing")]),
        (replace(TRUNK, faults=frozenset({"noise"})), PHONE, [(Culprit.FAR_END, "north", "fault")]),
        (TRUNK, replace(PHONE, faults=frozenset({"clipping"})), [(Culprit.PHONE, "101", "fault")]),
        (replace(TRUNK, faults=frozenset({"one_way"})), PHONE, [(Culprit.FAR_END, "north", "fault")]),
        (
            replace(TRUNK, came=LOSSY, faults=frozenset({"dropouts", "hum"})),
            PHONE,
            [(Culprit.TRUNK, "north", "came"), (Culprit.FAR_END, "north", "fault")],
        ),
    ],
)
def test_the_side_and_the_kind_of_trouble_tell_who_it_was(
    trunk: Side, phone: Side, expected: list[tuple[Culprit, str, str]]
) -> None:
    assert expected == [(one.culprit, one.name, one.reason) for one in verdicts(call(trunk, phone))]


def test_a_call_of_one_side_and_one_that_was_not_measured_accuse_nobody_without_evidence() -> None:
    assert () == verdicts(call(PHONE))
    assert () == verdicts(call(Side(Kind.TRUNK, "north"), Side(Kind.PHONE, "101")))
    assert None is call(Side(Kind.TRUNK, "north")).mos
    assert Culprit.SITE is verdicts(call(replace(PHONE, came=LOSSY)))[0].culprit


def test_every_verdict_and_fault_has_words_in_every_language() -> None:
    for table in (NAMES, REASONS, FAULTS):
        assert [set(LANGUAGES)] * len(table) == [set(row) for row in table.values()]
    assert set(Fault) == set(FAULTS)
    assert set(Culprit) == set(NAMES)
    said = verdicts(call(replace(TRUNK, came=LOSSY, faults=frozenset({"hum"})), PHONE))
    assert "the trunk north: 10.0 % of its packets were missing or late" == said[0].words("en")
    assert "дальний конец, за транком north: в его звуке: гул электросети" == said[1].to_document()["text"]["ru"]
    assert {"en": "new", "ru": "new"} == fault_in_words("new")


def test_the_worse_of_packets_and_sound_is_the_score_of_a_side() -> None:
    assert 4.4 == TRUNK.mos
    assert 2.0 == replace(TRUNK, opinion=2.0).mos
    assert 2.9 == call(replace(TRUNK, came=LOSSY), PHONE).mos


def test_a_score_card_counts_calls_once_and_puts_the_worst_first() -> None:
    bad = replace(TRUNK, name="south", came=LOSSY)
    calls = [call(TRUNK, PHONE, id=f"a{i}") for i in range(4)] + [
        call(bad, PHONE, id=f"b{i}", hour=17) for i in range(2)
    ]
    unmeasured = call(Side(Kind.TRUNK, "east"), Side(Kind.PHONE, "102"), id="u1")
    card = score_card([*calls, unmeasured])
    assert ["south", "north", "east"] == [row.key for row in card["trunk"]]
    south, north, east = card["trunk"]
    assert (2, 2.9, 2.9, 100.0, 10.0) == (south.calls, south.mos, south.mos_p5, south.bad_percent, south.lost_percent)
    assert (("trunk", 2),) == south.culprits
    assert (4, 0.0, ()) == (north.calls, north.bad_percent, north.culprits)
    assert (1, 0, None, None) == (east.calls, east.measured, east.mos, east.bad_percent)
    assert ["09", "17"] == [row.key for row in card["hour"]]
    assert [("PCMU", 6)] == [(row.key, row.calls) for row in card["codec"]]
    assert "+12025…" == card["range"][0].key


def test_trunks_that_sound_worse_get_demerits_and_unknown_ones_none() -> None:
    bad = replace(TRUNK, name="south", came=LOSSY)
    calls = [call(TRUNK, PHONE, id=f"a{i}") for i in range(3)] + [call(bad, PHONE, id=f"b{i}") for i in range(3)]
    few = [call(replace(TRUNK, name="west"), PHONE, id="w")]
    scores = trunk_scores([*calls, *few, call(Side(Kind.TRUNK, "east"), id="u")])
    assert {"north": 3, "south": 3, "west": 1} == {trunk: len(found) for trunk, found in scores.items()}
    assert {"north": 0, "south": 3} == demerits(scores)
    assert {} == demerits({})


@pytest.mark.parametrize(
    "state, period, expected",
    [
        (State.FINE, Period.GOOD, State.FINE),
        (State.FINE, Period.BETWEEN, State.FINE),
        (State.FINE, Period.UNKNOWN, State.FINE),
        (State.FINE, Period.BAD, State.SUSPECT),
        (State.SUSPECT, Period.GOOD, State.FINE),
        (State.SUSPECT, Period.BETWEEN, State.SUSPECT),
        (State.SUSPECT, Period.UNKNOWN, State.SUSPECT),
        (State.SUSPECT, Period.BAD, State.BAD),
        (State.BAD, Period.GOOD, State.RECOVERING),
        (State.BAD, Period.BETWEEN, State.BAD),
        (State.BAD, Period.UNKNOWN, State.BAD),
        (State.BAD, Period.BAD, State.BAD),
        (State.RECOVERING, Period.GOOD, State.RECOVERING),
        (State.RECOVERING, Period.BETWEEN, State.RECOVERING),
        (State.RECOVERING, Period.UNKNOWN, State.RECOVERING),
        (State.RECOVERING, Period.BAD, State.BAD),
    ],
)
def test_each_state_takes_each_period(state: State, period: Period, expected: State) -> None:
    streak = 1 if state in (State.SUSPECT, State.RECOVERING) else 0
    assert expected is after(Alarm(state, streak), period).state


def test_an_alarm_takes_two_bad_periods_and_three_good_ones() -> None:
    alarm, raised = Alarm(), []
    for period in "bgbb-gg.ggg":
        said = {"b": Period.BAD, "g": Period.GOOD, "-": Period.BETWEEN, ".": Period.UNKNOWN}[period]
        alarm = after(alarm, said)
        raised.append(alarm.raised)
    assert [False, False, False, True, True, True, True, True, False, False, False] == raised


@pytest.mark.parametrize(
    "mos, calls, expected",
    [
        (2.0, 3, Period.BAD),
        (3.3, 3, Period.BETWEEN),
        (3.6, 3, Period.GOOD),
        (2.0, 2, Period.UNKNOWN),
        (None, 9, Period.UNKNOWN),
    ],
)
def test_few_calls_say_nothing_about_a_period(mos: float | None, calls: int, expected: Period) -> None:
    assert expected is period_of(mos, calls)


def test_who_sounded_bad_in_two_periods_with_calls_is_named_until_three_good_ones() -> None:
    now, bad = 1_800_000_000.0, replace(TRUNK, name="south", came=LOSSY)

    def calls(side: Side, minutes_ago: float) -> list[Conversation]:
        return [replace(call(side, id=f"{side.name}{minutes_ago}-{n}"), at=now - 60 * minutes_ago) for n in range(3)]

    twice = [*calls(bad, 100), *calls(bad, 50), *calls(TRUNK, 50)]
    assert [("trunk", "south", "bad", 2.9)] == [tuple(one.values()) for one in raised(twice, now)]
    assert [] == raised(calls(bad, 50), now)
    good = replace(bad, came=FINE)
    mended = [*twice, *(one for ago in (40, 25, 10) for one in calls(good, ago))]
    assert ["recovering"] == [one["state"] for one in raised(mended[:-3], now)]
    assert [] == raised(mended, now)
    assert [] == raised([replace(one, at=one.at - 86_400) for one in twice], now)
