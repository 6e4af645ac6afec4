"""How long the floor of the queues takes to decide, with 10,000 agents in one queue and 1,000 callers waiting.

python -m tests.bench.queues [AGENTS WAITING]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from configdb.model import Queue, Tenant
from configdb.snapshot import TenantView
from softswitch.queues.floor import Floor

TENANT, ROUNDS = "t", 500
SKILLS = ("russian", "billing", "sales", "vip")


def floor_of(strategy: str, agents: int) -> Floor:
    """A queue with so many agents, every second of whom has one of four skills."""
    document = {
        "id": "q",
        "name": "Q",
        "strategy": strategy,
        "waiting_max": 10_000,
        "empty": "wait",
        "wrap_up_s": 0,
        "no_answer": {"kind": "number", "id": "+12025550100"},
        "agents": [{"user": f"u{n}", "skills": [SKILLS[n % 8 // 2]] if n % 2 else []} for n in range(agents)],
    }
    view = TenantView(Tenant(id=TENANT, name="T"), 1, queues={"q": Queue.model_validate(document)})
    floor = Floor(lambda: 0.5)
    floor.do(0.0, lambda f: f.configured({TENANT: view}))
    return floor


def timed(what: Callable[[int], object]) -> str:
    """Median and worst time of an input, microseconds."""
    took = []
    for number in range(ROUNDS):
        began = time.perf_counter()
        what(number)
        took.append((time.perf_counter() - began) * 1e6)
    took.sort()
    return f"{took[ROUNDS // 2]:7.0f} {took[int(ROUNDS * 0.99)]:7.0f} {took[-1]:7.0f}"


def measure(strategy: str, agents: int, waiting: int) -> None:
    """All agents free, a caller comes; nobody free and many wait, an agent becomes free; one gives up; a screen looks."""
    floor = floor_of(strategy, agents)
    for n in range(agents):
        floor.do(1.0 + n, lambda f, n=n: f.staff.login(TENANT, f"u{n}"))
    now = 1e6

    def join(call: str, skills: frozenset[str]) -> None:
        floor.do(now, lambda f: f.callers.join(call, TENANT, "q", ("+1", None), 0, skills))

    print(f"{strategy:13} a caller, all agents free   {timed(lambda n: join(f'a{n}', frozenset()))}")
    print(f"{strategy:13} the same, with a skill      {timed(lambda n: join(f's{n}', frozenset((SKILLS[n % 4],))))}")
    for n in range(agents):
        floor.do(now, lambda f, n=n: f.staff.pause(TENANT, f"u{n}", "all of them"))
    for n in range(waiting):
        join(f"w{n}", frozenset((SKILLS[n % 4],)) if n % 3 == 0 else frozenset())
    print(
        f"{strategy:13} an agent, {waiting:,} waiting       "
        f"{timed(lambda n: floor.do(now, lambda f: f.staff.pause(TENANT, f'u{agents - 1 - n}', None)))}"
    )
    gives_up = timed(lambda n: floor.do(now, lambda f: f.callers.leave(f"w{n}", "abandoned")))
    print(f"{strategy:13} one gives up                {gives_up}")
    print(f"{strategy:13} the figures                 {timed(lambda n: floor.documents(now, TENANT))}")


def main() -> None:
    """Every strategy."""
    agents, waiting = (int(text) for text in sys.argv[1:3]) if len(sys.argv) > 2 else (10_000, 1_000)
    print(f"{agents:,} agents, {waiting:,} waiting; us: median, p99, worst of {ROUNDS}")
    for strategy in ("longest_idle", "round_robin", "least_calls", "random", "sequential"):
        measure(strategy, agents, waiting)


if __name__ == "__main__":
    main()
