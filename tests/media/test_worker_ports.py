"""How many pairs of ports a worker has in use: what an operator sees of its room."""

from __future__ import annotations

from tests.media.workshop import Workshop


def test_pairs_in_use_come_and_go_with_the_legs(fast_workshop: Workshop) -> None:
    desk = fast_workshop.desk

    def used() -> tuple[int, bool]:
        ports = desk.ask(lambda c: c.status())["ports"]
        return ports["used"], ports["pairs"] >= 2

    assert (0, True) == used()
    for leg in ("a", "b"):
        desk.ask(lambda c, leg=leg: c.open(leg))
    assert (2, True) == used()
    desk.ask(lambda c: c.close("a"))
    assert (1, True) == used()
