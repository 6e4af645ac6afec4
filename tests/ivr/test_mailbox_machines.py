"""Every (state, input) pair of the machines of the mailbox: what the table does not name changes nothing and asks for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ivr.mailbox_table import INPUTS, MACHINES, PLAYED


def tables() -> dict[str, dict[tuple[str, str], str]]:
    """By machine the pairs that do something; a line is "STATE input -> STATE: what is asked for"."""
    found: dict[str, dict[tuple[str, str], str]] = {}
    for part in ("\n" + Path(__file__).with_name("mailbox_machines.txt").read_text()).split("\n@@ ")[1:]:
        name, *lines = part.splitlines()
        rows = [line.partition(" -> ") for line in lines if " -> " in line]
        found[name] = {(before.split()[0], key): does for before, _, does in rows for key in before.split()[1:]}
    return found


TABLES = tables()


def pairs() -> Iterator[tuple[str, str, str]]:
    for name, machine in MACHINES.items():
        for state in machine.ways:
            yield from ((name, state, given) for given in (*INPUTS, PLAYED))


@pytest.mark.parametrize(("name", "state", "given"), tuple(pairs()))
def test_an_input_in_a_state_does_what_the_table_says_and_nothing_else(name: str, state: str, given: str) -> None:
    assert TABLES[name].get((state, given), "") == MACHINES[name].does(state, given)


@pytest.mark.parametrize("name", tuple(MACHINES))
def test_the_table_names_only_states_and_inputs_that_there_are_and_every_state_has_a_way_into_it(name: str) -> None:
    machine = MACHINES[name]
    known = {(state, given) for state in machine.ways for given in (*INPUTS, PLAYED)}
    assert set() == set(TABLES[name]) - known
    kind = type(getattr(machine.make(), "state", None))
    if kind is not type(None):
        assert {state.name for state in kind} == set(machine.ways)
