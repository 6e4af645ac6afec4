"""A process hears the tenants somebody looks at, the event log while there is anybody, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from mgmt.limits import live_watch_s
from mgmt.stream.ears import Ears
from mgmt.stream.feed import Feed


class Heard:
    """A subscription, the log and the clock."""

    def __init__(self) -> None:
        self.patterns: set[str] = set()
        self.following = 0
        self.lost = 0
        self.now = 1000.0
        self.ears = Ears(self, self.follow, lambda: self.now)

    def hear(self, pattern: str) -> None:
        assert pattern not in self.patterns
        self.patterns.add(pattern)

    def unhear(self, pattern: str) -> None:
        self.patterns.remove(pattern)

    def close(self) -> None:
        self.patterns.clear()

    def follow(self) -> Callable[[], None]:
        self.following += 1

        def end() -> None:
            self.following -= 1

        return end


def test_what_nobody_looks_at_is_not_heard() -> None:
    heard = Heard()
    assert (set(), 0) == (heard.patterns, heard.following)
    heard.ears.keep([])
    assert (set(), 0) == (heard.patterns, heard.following)


def test_a_tenant_is_heard_from_the_first_look_to_some_time_after_the_last() -> None:
    heard = Heard()
    for tenant in ("acme", "acme", "other"):
        heard.ears.hear(tenant)
    assert ({"events.acme.*", "events.other.*"}, 1) == (heard.patterns, heard.following)
    heard.now += live_watch_s
    heard.ears.keep(["acme", "third"])
    assert ({"events.acme.*", "events.other.*", "events.third.*"}, 1) == (heard.patterns, heard.following)
    heard.now += 1
    heard.ears.keep(["acme"])
    assert ({"events.acme.*", "events.third.*"}, 1) == (heard.patterns, heard.following)
    heard.now += live_watch_s + 1
    heard.ears.keep([])
    assert (set(), 0) == (heard.patterns, heard.following)
    heard.ears.hear("acme")
    assert ({"events.acme.*"}, 1) == (heard.patterns, heard.following)


def test_who_begins_to_listen_is_heard_at_once() -> None:
    heard = Heard()
    Feed(heard.ears.hear).attach("acme", None)  # type: ignore[arg-type]  # nothing is told to it here
    assert {"events.acme.*"} == heard.patterns
