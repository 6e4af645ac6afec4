"""One subscription, notifier's side (RFC 6665 4.2): every (state, input) pair, and how lives go."""

from __future__ import annotations

import pytest

from softswitch.sip.subscription import Effects, Expire, Notify, Over, Queue, Rest, State, Subscription

PATHS = {
    State.QUEUED: ["600"],
    State.SENDING: ["600", "turn"],
    State.IDLE: ["600", "turn", "200"],
    State.RESTING: ["600", "turn", "503 after 5"],
    State.OVER: ["600", "turn", "481"],
}
INPUTS = [
    "600",
    "0",
    "changed",
    "expired",
    "ended",
    "turn",
    "100",
    "200",
    "481",
    "503 after 5",
    "503 after 999",
    "rested",
]

ROWS = {
    (State.QUEUED, "600"): (["expire 600"], State.QUEUED),
    (State.QUEUED, "turn"): (["active;expires=590 full"], State.SENDING),
    (State.SENDING, "600"): (["expire 600"], State.SENDING),
    (State.SENDING, "200"): ([], State.IDLE),
    (State.SENDING, "481"): (["over"], State.OVER),
    (State.SENDING, "503 after 5"): (["rest 5"], State.RESTING),
    (State.SENDING, "503 after 999"): (["over"], State.OVER),
    (State.IDLE, "600"): (["queue", "expire 600"], State.QUEUED),
    (State.IDLE, "0"): (["queue"], State.QUEUED),
    (State.IDLE, "changed"): (["queue"], State.QUEUED),
    (State.IDLE, "expired"): (["queue"], State.QUEUED),
    (State.IDLE, "ended"): (["queue"], State.QUEUED),
    (State.RESTING, "600"): (["expire 600"], State.RESTING),
    (State.RESTING, "rested"): (["queue"], State.QUEUED),
}


class Life:
    """A subscription of which 10 s have passed when an input comes."""

    def __init__(self, *inputs: str) -> None:
        self.machine, self.now = Subscription(), 0.0
        for each in inputs:
            self.give(each)

    def give(self, what: str) -> list[str]:
        machine = self.machine
        match what.split():
            case ["600" | "0"]:
                return words(machine.subscribed(float(what), self.now))
            case ["changed"]:
                return words(machine.changed())
            case ["expired"]:
                return words(machine.expired(600.0))
            case ["ended"]:
                return words(machine.ended("noresource"))
            case ["turn"]:
                return words(machine.turn(self.now))
            case ["rested"]:
                return words(machine.rested())
            case [status, "after", seconds]:
                return words(machine.answered(int(status), int(seconds)))
        return words(machine.answered(int(what)))


def words(effects: Effects) -> list[str]:
    return [word(effect) for effect in effects]


def word(effect: object) -> str:
    match effect:
        case Queue():
            return "queue"
        case Notify(state, full):
            return f"{state}{' full' if full else ''}"
        case Expire(seconds):
            return f"expire {seconds:g}"
        case Rest(seconds):
            return f"rest {seconds:g}"
        case Over():
            return "over"
    raise AssertionError(effect)


@pytest.mark.parametrize("what", INPUTS)
@pytest.mark.parametrize("state", State)
def test_every_input_in_every_state(state: State, what: str) -> None:
    life = Life(*PATHS[state])
    assert state is life.machine.state
    life.now = 10.0
    assert ROWS.get((state, what), ([], state)) == (life.give(what), life.machine.state)


@pytest.mark.parametrize(
    "inputs, said",
    [
        (["0", "turn"], ["terminated;reason=timeout full"]),
        (["600", "turn", "200", "changed", "turn"], ["active;expires=600"]),
        (["600", "turn", "200", "600", "turn"], ["active;expires=600 full"]),
        (["600", "turn", "changed", "200", "turn"], ["active;expires=600"]),
        (["600", "turn", "ended", "200", "turn"], ["terminated;reason=noresource"]),
        (["600", "turn", "200", "expired", "turn"], ["terminated;reason=timeout"]),
        (["600", "turn", "200", "0", "ended", "turn"], ["terminated;reason=timeout full"]),
        (["600", "turn", "503 after 5", "ended", "rested", "turn"], ["terminated;reason=noresource full"]),
        (["600", "turn", "503 after 5", "changed", "rested", "turn"], ["active;expires=600 full"]),
    ],
)
def test_what_a_notify_says(inputs: list[str], said: list[str]) -> None:
    life = Life(*inputs[:-1])
    assert said == life.give(inputs[-1])


@pytest.mark.parametrize("answer", ["200", "481", "408", "503 after 5"])
def test_any_answer_to_the_last_notify_ends_it(answer: str) -> None:
    life = Life("600", "turn", "200", "ended", "turn")
    assert (["over"], State.OVER) == (life.give(answer), life.machine.state)


def test_it_is_queued_once_however_much_changes() -> None:
    life = Life()
    assert [["queue", "expire 600"], [], [], []] == [life.give(each) for each in ("600", "changed", "ended", "changed")]


def test_a_subscription_refreshed_in_time_does_not_expire() -> None:
    life = Life("600", "turn", "200")
    life.now = 300.0
    life.give("600")
    assert [] == words(life.machine.expired(600.0))
    assert State.QUEUED is life.machine.state
