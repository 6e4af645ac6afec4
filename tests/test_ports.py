"""Ports for programs of the tests: nobody gets what another one has, whether it is bound yet or not."""

from __future__ import annotations

import subprocess
import sys
from itertools import chain

from tests.ports import free_ports, media_port

OTHER = "import sys; from tests.ports import free_ports; print(*free_ports(500), flush=True); sys.stdin.read()"


def test_a_port_that_was_given_and_is_not_bound_yet_is_not_given_again() -> None:
    given = [*free_ports(300), *chain.from_iterable(free_ports(10) for _ in range(30))]
    given += [port + more for port in (media_port() for _ in range(30)) for more in range(4)]
    assert 720 == len(set(given))


def test_two_processes_of_the_tests_have_no_port_in_common() -> None:
    with subprocess.Popen([sys.executable, "-c", OTHER], stdin=-1, stdout=-1, text=True) as other:
        assert other.stdout is not None
        theirs = {int(port) for port in other.stdout.readline().split()}
        assert 500 == len(theirs)
        assert not theirs & set(free_ports(200))
