"""Machines set up from a site file: a root directory, a machine whose commands are recorded, every step failing once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from installer.apply import JOURNAL, NotApplied, apply, journal, rollback, verify
from installer.facts import gather
from installer.plan import Impossible, Plan, make_plan
from installer.resources import File, Folder
from installer.site import BadSite, Site, make_site
from installer.steps import all as steps
from installer.target import Failed, Shell, over_ssh, this_machine

WHOLE: dict[str, Any] = {
    "public_address": "198.51.100.7",
    "sip_tls_port": 5061,
    "cluster_networks": ["192.0.2.0/24", "2001:db8::/64"],
    "tls": {"mode": "acme", "email": "ops@example.org"},
    "web": {"proxy": "nginx", "domains": ["pbx.example.org"]},
    "balancer": {"nodes": ["192.0.2.1:5060", "192.0.2.2:5060"]},
    "backup": {"folder": "/var/backups/softswitch"},
    "node": {"history_url": "mongodb://db/calls", "codecs": ["PCMU"]},
}


class Machine:
    """A machine in memory; `fails_at`: which change to it fails, counted from 1."""

    def __init__(self, runs: bool = True) -> None:
        self.runs = runs
        self.accounts: set[str] = set()
        self.things: dict[str, tuple[int, str, str | None]] = {"/etc": (0o755, "root", None)}
        self.ran: list[tuple[str, ...]] = []
        self.fails_at = 0
        self._done = 0

    def _count(self) -> None:
        self._done += 1
        if self._done == self.fails_at:
            raise Failed("the disk is full")

    def look(self, path: str) -> tuple[int, str, bool] | None:
        found = self.things.get(path)
        return None if found is None else (found[0], found[1], found[2] is not None)

    def read(self, path: str) -> str:
        return self.things[path][2] or ""

    def write(self, path: str, text: str, mode: int, owner: str) -> None:
        self._count()
        self.things[path] = (mode, owner, text)

    def make_folder(self, path: str, mode: int, owner: str) -> None:
        self._count()
        self.things[path] = (mode, owner, None)

    def remove(self, path: str) -> None:
        self.things.pop(path, None)

    def has_account(self, name: str) -> bool:
        return name in self.accounts

    def add_account(self, name: str, home: str) -> None:
        self._count()
        self.accounts.add(name)

    def remove_account(self, name: str) -> None:
        self.accounts.remove(name)

    def run(self, command: Sequence[str]) -> str:
        self._count()
        self.ran.append(tuple(command))
        return ""


def planned(site: Site, target: Any) -> Plan:
    wanted = steps.wanted(site)
    return make_plan(wanted, steps.effects(site), gather(target, wanted))


def quiet(_: str) -> None:
    """Says nothing."""


def test_a_second_apply_changes_nothing() -> None:
    machine, site = Machine(), make_site(WHOLE)
    apply(planned(site, machine), machine, quiet)
    ran = len(machine.ran)
    assert planned(site, machine).is_empty
    apply(planned(site, machine), machine, quiet)
    assert ran == len(machine.ran)
    assert [] == verify(steps.wanted(site), steps.effects(site), machine)


def test_only_what_depends_on_a_change_is_told_of_it() -> None:
    machine = Machine()
    apply(planned(make_site(WHOLE), machine), machine, quiet)
    machine.ran.clear()
    more = planned(make_site({**WHOLE, "calls_max": 50}), machine)
    assert ["change file /var/lib/softswitch/node.toml", "run systemctl restart softswitch"] == more.lines()
    apply(more, machine, quiet)
    assert [("systemctl", "restart", "softswitch.service")] == machine.ran


STEPS_OF_ALL = len(planned(make_site(WHOLE), Machine()).lines())


@pytest.mark.parametrize("step", range(1, STEPS_OF_ALL + 1))
def test_whichever_step_fails_all_before_it_are_undone(step: int) -> None:
    machine = Machine()
    before = dict(machine.things)
    machine.fails_at = step
    with pytest.raises(NotApplied, match="the disk is full"):
        apply(planned(make_site(WHOLE), machine), machine, quiet)
    assert before == machine.things
    assert set() == machine.accounts


@pytest.mark.parametrize("step", [1, 2])
def test_a_change_that_fails_leaves_the_machine_as_it_was_installed(step: int) -> None:
    machine = Machine()
    apply(planned(make_site(WHOLE), machine), machine, quiet)
    before = dict(machine.things)
    machine.fails_at = machine._done + step
    with pytest.raises(NotApplied):
        apply(planned(make_site({**WHOLE, "calls_max": 50}), machine), machine, quiet)
    assert before == machine.things


def test_a_rollback_takes_the_last_apply_back() -> None:
    machine, first = Machine(), make_site(WHOLE)
    apply(planned(first, machine), machine, quiet)
    before = {path: held for path, held in machine.things.items() if path != JOURNAL}
    second = make_site({**WHOLE, "calls_max": 50, "web": {}, "tls": {}})
    apply(planned(second, machine), machine, quiet)
    assert rollback(machine, steps.effects(second), quiet) > 0
    assert before == {path: held for path, held in machine.things.items() if path != JOURNAL}
    assert () == journal(machine)
    assert 0 == rollback(machine, steps.effects(second), quiet)


def test_a_root_directory_is_written_and_nothing_is_run(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "passwd").write_text("root:x:0:0::/root:/bin/sh\nsoftswitch:x:990:990::/:/bin/false\n")
    site, target = make_site(WHOLE), this_machine(tmp_path)
    made = planned(site, target)
    assert () == made.effects
    apply(made, target, quiet)
    assert planned(site, target).is_empty
    assert 0o600 == (tmp_path / "var/lib/softswitch/node.toml").stat().st_mode & 0o777
    assert rollback(target, steps.effects(site), quiet) > 0
    assert ["passwd"] == [path.name for path in tmp_path.rglob("*") if path.is_file()]


def test_over_ssh_every_command_is_one_quoted_line(tmp_path: Path) -> None:
    program = tmp_path / "ssh"
    program.write_text('#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n')
    program.chmod(0o755)
    target = over_ssh("root@pbx", str(program))
    odd = str(tmp_path / "a folder; $(touch hacked)")
    target.make_folder(odd, 0o700, "root")
    target.write(f"{odd}/file", "text with 'quotes' and $HOME\n", 0o640, "root")
    assert "text with 'quotes' and $HOME\n" == target.read(f"{odd}/file")
    assert (0o640, "root", True) == target.look(f"{odd}/file")
    assert "a b\n" == target.run(["echo", "a b"])
    target.remove(f"{odd}/file")
    target.remove(odd)
    assert ["ssh"] == [path.name for path in tmp_path.iterdir()]
    with pytest.raises(Failed):
        target.run(["false"])


@pytest.mark.parametrize("host", ["-oProxyCommand=x", "a b"])
def test_what_is_no_host_is_not_given_to_ssh(host: str) -> None:
    with pytest.raises(Failed, match="no host"):
        over_ssh(host)


def test_a_machine_that_cannot_be_reached_is_said() -> None:
    with pytest.raises(Failed, match="does not work"):
        Shell(("/nonexistent",)).read("/etc/passwd")


def test_what_is_in_the_way_is_not_overwritten() -> None:
    machine = Machine()
    machine.things["/x"] = (0o755, "root", None)
    with pytest.raises(Impossible, match="a folder already"):
        make_plan([File("/x", "text")], (), gather(machine, [File("/x", "text")]))
    machine.things["/x"] = (0o644, "root", "text")
    with pytest.raises(Impossible, match="a file already"):
        make_plan([Folder("/x")], (), gather(machine, [Folder("/x")]))


@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("name tls.email", {"tls": {"mode": "acme"}}),
        ("name tls.certificate", {"tls": {"mode": "files"}}),
        ("needs web.domains", {"web": {"proxy": "nginx"}, "tls": {}}),
        ("sip_port", {"sip_port": 0}),
        ("user", {"user": "root; rm"}),
        ("data", {"data": "/var/lib/x y"}),
        ("no domain names", {"web": {"domains": ["a; include /etc/shadow"]}}),
        ("not host:port", {"balancer": {"nodes": ["192.0.2.1"]}}),
        ("cluster_networks", {"cluster_networks": ["everywhere"]}),
        ("belongs into the site", {"node": {"sip_port": 5070}}),
        ("unknown", {"unknown": 1}),
    ],
)
def test_a_wrong_site_is_refused_before_anything_is_asked(why: str, change: dict[str, Any]) -> None:
    with pytest.raises(BadSite, match=why):
        steps.wanted(make_site({**WHOLE, **change}))
