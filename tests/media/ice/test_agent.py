"""ICE over virtual time: who finds whom, who names the way, and when it is given up (RFC 8445, RFC 7675)."""

from __future__ import annotations

from itertools import product

import pytest

from media.ice import limits, stun
from media.ice.agent import CONSENT_S_MAX, Agent, Stage
from media.ice.candidates import Candidate, Credentials
from media.ice.stun import Kind, Name
from tests.media.ice.field import WORDS_A, WORDS_B, A, B, End, Field

HOST_A, HOST_B = Candidate(A, 2130706431), Candidate(B, 2122260223)
ELSEWHERE, BETTER = ("198.51.100.7", 7000), ("192.0.2.3", 6001)
ROLES = [
    (True, False, False, False),
    (False, True, False, False),
    (False, True, True, False),
    (True, False, False, True),
]


def both(field: Field, one: tuple[bool, bool], other: tuple[bool, bool]) -> tuple[End, End]:
    """(controlling, lite) of each; both know each other's only candidate."""
    a = field.end(A, WORDS_A, WORDS_B, HOST_B, controlling=one[0], lite=one[1], seed=1)
    b = field.end(B, WORDS_B, WORDS_A, HOST_A, controlling=other[0], lite=other[1], seed=2)
    return a, b


def check(
    words: Credentials = WORDS_A,
    *more: tuple[int, bytes],
    names: bool = False,
    password: str | None = None,
    username: str | None = None,
    controlling: bool = True,
    tie: int = 1,
    transaction: bytes = b"transaction!",
) -> bytes:
    """A request to an agent of these words."""
    role = Name.ICE_CONTROLLING if controlling else Name.ICE_CONTROLLED
    attributes = [
        (Name.USERNAME, (username or f"{words.ufrag}:x").encode()),
        (Name.PRIORITY, (1 << 24).to_bytes(4, "big")),
        (role, tie.to_bytes(8, "big")),
        *([(Name.USE_CANDIDATE, b"")] if names else []),
        *more,
    ]
    return stun.build(Kind.REQUEST, transaction, tuple(attributes), password or words.password)


def answered(end: End, field: Field, data: bytes, source: tuple[str, int] = B) -> int:
    """The error code of the answer, 0 for success, -1 for none."""
    answers = [stun.parse(one) for one in field.give(end, data, source)]
    found = [one for one in answers if one is not None and one.kind is not Kind.REQUEST]
    return -1 if not found else found[0].error or 0


@pytest.mark.parametrize("lites", [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize("controlling", [(True, False), (False, True), (True, True), (False, False)])
def test_two_agents_find_each_other_whatever_roles_they_begin_with(
    lites: tuple[bool, bool], controlling: tuple[bool, bool]
) -> None:
    field = Field()
    a, b = both(field, (controlling[0], lites[0]), (controlling[1], lites[1]))
    field.run(3)
    assert (Stage.CONNECTED, Stage.CONNECTED) == (a.agent.stage, b.agent.stage)
    assert (B, A) == (a.paths[-1][1], b.paths[-1][1])
    assert a.agent.controlling is not b.agent.controlling


def test_media_may_go_within_two_round_trips() -> None:
    field = Field()
    a, b = both(field, (True, False), (False, False))
    field.run(1)
    assert a.paths[0][0] < 100.0 + 0.05
    assert b.paths[0][0] < 100.0 + 0.05


@pytest.mark.parametrize(("one", "other"), [((True, False), (False, False)), ((False, True), (True, False))])
def test_a_far_end_behind_a_nat_is_found_by_its_own_checks(one: tuple[bool, bool], other: tuple[bool, bool]) -> None:
    inside, outside = ("10.0.0.5", 6000), ("198.51.100.9", 40_000)
    field = Field(passes=lambda _, to: to != inside, seen_as={inside: outside})
    a = field.end(A, WORDS_A, WORDS_B, Candidate(inside, 2122260223), controlling=one[0], lite=one[1], seed=1)
    field.end(inside, WORDS_B, WORDS_A, HOST_A, controlling=other[0], lite=other[1], seed=2)
    field.run(4)
    assert outside == a.paths[-1][1]
    assert Stage.CONNECTED is a.agent.stage


def test_lost_datagrams_are_sent_again() -> None:
    lost = iter([True] * 6)
    field = Field(passes=lambda source, to: not next(lost, False))
    a, b = both(field, (True, False), (False, False))
    field.run(10)
    assert (B, A) == (a.paths[-1][1], b.paths[-1][1])


def test_the_best_way_that_works_is_named() -> None:
    field = Field(passes=lambda source, to: to != ("203.0.113.1", 1))
    worse, dead = Candidate(B, 100), Candidate(("203.0.113.1", 1), 2_000_000_000)
    a = field.end(A, WORDS_A, WORDS_B, worse, Candidate(BETTER, 1_000_000), dead, controlling=True, seed=1)
    b = field.end(B, WORDS_B, WORDS_A, HOST_A, seed=2)
    c = field.end(BETTER, WORDS_B, WORDS_A, HOST_A, seed=3)
    field.run(5)
    assert BETTER == a.paths[-1][1]
    assert A == c.paths[-1][1]
    named = [stun.parse(one) for one in a.sent]
    assert [1] == [len({one.transaction for one in named if one is not None and one.get(Name.USE_CANDIDATE) == b""})]
    assert Stage.CONNECTED is b.agent.stage  # it may be heard from there too, but nothing was named


def test_a_nominated_way_is_left_for_a_better_or_from_one_that_is_silent_only() -> None:
    field = Field()
    a = field.end(A, WORDS_A, WORDS_B, HOST_B, Candidate(ELSEWHERE, 5), lite=True)
    field.give(a, check(names=True), B)
    field.give(a, check(names=True), ELSEWHERE)
    assert [B] == [to for _, to in a.paths]
    field.now += 6
    field.give(a, check(names=True), ELSEWHERE)
    assert [B, ELSEWHERE] == [to for _, to in a.paths]
    field.give(a, check(names=True), B)
    assert [B, ELSEWHERE, B] == [to for _, to in a.paths]


def test_media_that_came_by_another_way_that_works_is_followed_and_asked_for_consent() -> None:
    field = Field()
    a = field.end(A, WORDS_A, WORDS_B, HOST_B, Candidate(ELSEWHERE, 5), controlling=True, seed=1)
    field.end(B, WORDS_B, WORDS_A, HOST_A, seed=2)
    c = field.end(ELSEWHERE, WORDS_B, WORDS_A, HOST_A, seed=3)
    field.run(2)
    assert ({B, ELSEWHERE}, B) == (set(a.ways), a.paths[-1][1])
    a.agent.follow(ELSEWHERE, field.now)
    a.agent.follow(("192.0.2.66", 1), field.now)  # of no check
    field.passes = lambda source, to: to != A or source == ELSEWHERE
    before = len(c.sent)
    field.run(60)
    assert Stage.CONNECTED is a.agent.stage
    assert len(c.sent) > before
    field.passes = lambda source, to: to != A
    field.run(40)
    assert Stage.LOST is a.agent.stage


def test_a_lite_agent_sends_no_request() -> None:
    field = Field()
    a, _ = both(field, (False, True), (True, False))
    field.run(20)
    assert Stage.CONNECTED is a.agent.stage
    assert {Kind.SUCCESS} == {one.kind for one in map(stun.parse, a.sent) if one is not None}


@pytest.mark.parametrize("lite", [False, True])
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (check(), 0),
        (check(password="wrong"), 401),
        (check(username="AAAAAAAA1:x"), 401),
        (check(username="bbbb:AAAAAAAA0"), 401),
        (check(WORDS_A, (0x7001, b"")), 420),
        (stun.build(Kind.REQUEST, b"transaction!", ((Name.USERNAME, b"AAAAAAAA0:x"),), None), 400),
        (stun.build(Kind.REQUEST, b"transaction!", (), WORDS_A.password), 400),
        (check(controlling=False, tie=(1 << 64) - 1), 487),
        (stun.build(Kind.INDICATION, b"transaction!", (), WORDS_A.password), -1),
        (stun.build(Kind.SUCCESS, b"transaction!", (), WORDS_B.password), -1),
    ],
)
def test_a_request_is_answered_as_it_deserves(lite: bool, data: bytes, code: int) -> None:
    field = Field()
    a = field.end(A, WORDS_A, WORDS_B, lite=lite)
    assert code == answered(a, field, data)


@pytest.mark.parametrize("data", [check(names=True, password="wrong"), check(WORDS_A, (0x7001, b""), names=True)])
@pytest.mark.parametrize("lite", [False, True])
def test_what_is_not_authentic_or_not_understood_names_no_way(data: bytes, lite: bool) -> None:
    field = Field()
    a = field.end(A, WORDS_A, WORDS_B, HOST_B, lite=lite)
    field.give(a, data, ELSEWHERE)
    field.run(60)
    assert [] == a.paths
    assert ELSEWHERE not in [to for _, to in a.paths]
    assert Stage.CHECKING is a.agent.stage


def test_an_answer_that_is_forged_or_from_elsewhere_opens_no_way() -> None:
    field = Field(passes=lambda source, to: False)
    a = field.end(A, WORDS_A, WORDS_B, HOST_B, controlling=True)
    field.run(0.01)
    asked = stun.parse(a.sent[0])
    assert asked is not None
    answer = (stun.mapped(*A, asked.transaction),)
    field.give(a, stun.build(Kind.SUCCESS, asked.transaction, answer, "wrong"), B)
    field.give(a, stun.build(Kind.SUCCESS, b"another one!", answer, WORDS_B.password), B)
    assert [] == a.paths
    field.give(a, stun.build(Kind.SUCCESS, asked.transaction, answer, WORDS_B.password), ELSEWHERE)
    assert [] == a.paths
    field.give(a, stun.build(Kind.SUCCESS, asked.transaction, answer, WORDS_B.password), B)
    assert [] == a.paths  # one answer a request


def test_a_conflict_is_repaired_by_who_has_the_smaller_tiebreaker() -> None:
    field = Field()
    a = field.end(A, WORDS_A, WORDS_B, HOST_B, controlling=True)
    assert 487 == answered(a, field, check(controlling=True, tie=0))
    assert a.agent.controlling
    assert 0 == answered(a, field, check(controlling=True, tie=(1 << 64) - 1))
    assert not a.agent.controlling
    assert 487 == answered(a, field, check(controlling=False, tie=(1 << 64) - 1))
    assert 0 == answered(a, field, check(controlling=False, tie=0))
    assert a.agent.controlling


def test_consent_is_asked_for_and_without_it_nothing_is_sent_any_more() -> None:
    gone = False
    field = Field(passes=lambda source, to: not gone)
    a, b = both(field, (True, False), (False, False))
    field.run(60)
    assert (Stage.CONNECTED, Stage.CONNECTED) == (a.agent.stage, b.agent.stage)
    gone, silent_at = True, field.now
    field.run(CONSENT_S_MAX + 7)
    for end in (a, b):
        assert Stage.LOST is end.agent.stage
        at, to = end.paths[-1]
        assert to is None
        assert CONSENT_S_MAX - 7 < at - silent_at <= CONSENT_S_MAX
    sent = len(a.sent)
    gone = False
    field.run(60)
    assert sent == len(a.sent)
    field.give(a, check(names=True), B)
    assert Stage.LOST is a.agent.stage  # for good: new consent needs new words (RFC 7675 5.1)


def test_a_lite_agent_that_hears_no_more_checks_has_no_consent() -> None:
    gone = False
    field = Field(passes=lambda source, to: not gone)
    a, _ = both(field, (False, True), (True, False))
    field.run(60)
    assert Stage.CONNECTED is a.agent.stage
    gone = True
    field.run(CONSENT_S_MAX + 1)
    assert (Stage.LOST, None) == (a.agent.stage, a.paths[-1][1])


def test_a_far_end_that_never_spoke_is_waited_for_without_sending_for_ever() -> None:
    field = Field(passes=lambda source, to: False)
    a = field.end(A, WORDS_A, WORDS_B, HOST_B)
    field.run(600)
    assert Stage.CHECKING is a.agent.stage
    assert 7 == len(a.sent)
    field.give(a, check(names=True), B)
    assert 8 <= len(a.sent)


def test_a_far_end_that_spoke_but_cannot_be_reached_is_given_up() -> None:
    field = Field(passes=lambda source, to: to == A)
    a, _ = both(field, (True, False), (False, False))
    field.run(limits.setup_s_max - 0.1)
    assert Stage.CHECKING is a.agent.stage
    field.run(0.2)
    assert (Stage.FAILED, None) == (a.agent.stage, a.paths[-1][1])


def test_strangers_with_the_password_of_nobody_cannot_make_it_remember_without_bound() -> None:
    field = Field(passes=lambda source, to: False)
    a = field.end(A, WORDS_A, WORDS_B, *(Candidate(("192.0.2.9", port), port) for port in range(1, 100)))
    for port in range(1, 1000):
        field.give(a, check(), ("198.51.100.1", port))
    before = len(a.sent)
    field.run(120)
    assert len(a.sent) - before <= limits.pairs_max * 7 * 2


INPUTS = {
    "request": check(),
    "naming": check(names=True),
    "forged": check(names=True, password="wrong"),
}
PLACES = {
    Stage.CHECKING: {"request": (0, None), "naming": (0, None), "forged": (401, None)},
    Stage.CONNECTED: {"request": (0, B), "naming": (0, B), "forged": (401, B)},
    Stage.LOST: {"request": (0, None), "naming": (0, None), "forged": (401, None)},
    Stage.FAILED: {"request": (0, None), "naming": (0, None), "forged": (401, None)},
}


def at(stage: Stage, field: Field) -> End:
    """A full, controlled agent in a stage."""
    if stage is Stage.FAILED:
        field.passes = lambda source, to: to == A
    if stage is Stage.CHECKING:
        field.passes = lambda source, to: False
    a, _ = both(field, (False, False), (True, False))
    field.run(1)
    if stage is Stage.LOST:
        field.passes = lambda source, to: False
    if stage in (Stage.LOST, Stage.FAILED):
        field.run(60)
    assert stage is a.agent.stage
    return a


@pytest.mark.parametrize(("stage", "what"), list(product(Stage, [*INPUTS, "timer"])))
def test_every_input_in_every_stage(stage: Stage, what: str) -> None:
    field = Field()
    a = at(stage, field)
    if what == "timer":
        a.agent.timer(field.now)
        assert stage is a.agent.stage
        return
    code, path = PLACES[stage][what]
    assert code == answered(a, field, INPUTS[what])
    assert stage is a.agent.stage
    assert path == (a.paths[-1][1] if a.paths else None)


def test_an_agent_is_for_its_own_words_and_answers() -> None:
    field = Field(passes=lambda source, to: False)
    a = field.end(A, WORDS_A, WORDS_B, HOST_B)
    field.run(0.01)
    mine: Agent = a.agent
    asked = stun.parse(a.sent[0])
    other = stun.parse(check(Credentials("AAAAAAAA1", "c" * 24)))
    ours = stun.parse(check())
    assert asked is not None
    assert other is not None
    assert ours is not None
    answer = stun.parse(stun.build(Kind.SUCCESS, asked.transaction, (), None))
    assert answer is not None
    assert (True, False, True) == (mine.is_for(ours), mine.is_for(other), mine.is_for(answer))
