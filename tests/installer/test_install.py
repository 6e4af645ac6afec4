"""Machines set up from a site file: a root directory, a machine whose commands are recorded, every step failing once."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

import pytest

from installer.apply import JOURNAL, NotApplied, apply, journal, rollback, verify
from installer.facts import gather
from installer.plan import Impossible, Plan, make_plan
from installer.resources import Account, File, Folder
from installer.site import BadSite, Site, Tls, Web, make_site
from installer.steps import all as steps
from installer.steps import firewall, node, web
from installer.steps.units import PATH
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


FILES: dict[str, Any] = {
    **WHOLE,
    "public_address": "198.51.100.8",
    "calls_max": 50,
    "rtp_port_max": 25_999,
    "cluster_networks": ["192.0.2.0/25"],
    "tls": {"mode": "files", "certificate": "/etc/ssl/pbx.pem", "key": "/etc/ssl/pbx.key"},
    "web": {"proxy": "caddy", "domains": ["pbx.example.org"]},
    "balancer": {"nodes": ["192.0.2.1:5060"]},
    "backup": {"folder": "/srv/backups", "at": "04:05"},
}
"""Whatever a step can be made of otherwise."""


class Machine:
    """A machine in memory; `fails_at`: which change to it fails, counted from 1; `late`: when it was made already."""

    def __init__(self, runs: bool = True) -> None:
        self.runs = runs
        self.accounts: set[str] = set()
        self.things: dict[str, tuple[int, str, str | None]] = {"/etc": (0o755, "root", None)}
        self.ran: list[tuple[str, ...]] = []
        self.missing: set[str] = set()
        self.fails_at, self.late = 0, False
        self._done = 0

    @contextmanager
    def _change(self) -> Iterator[None]:
        self._done += 1
        fails = self._done == self.fails_at
        if fails and not self.late:
            raise Failed("the disk is full")
        yield
        if fails:
            raise Failed("the connection is gone")

    def fail(self, step: int, late: bool) -> None:
        """The change that comes so many from now."""
        self.fails_at, self.late = self._done + step, late

    def look(self, path: str) -> tuple[int, str, bool] | None:
        found = self.things.get(path)
        return None if found is None else (found[0], found[1], found[2] is not None)

    def read(self, path: str) -> str:
        return self.things[path][2] or ""

    def write(self, path: str, text: str, mode: int, owner: str) -> None:
        with self._change():
            self.things[path] = (mode, owner, text)

    def make_folder(self, path: str, mode: int, owner: str) -> None:
        with self._change():
            self.things[path] = (mode, owner, None)

    def remove(self, path: str) -> None:
        self.things.pop(path, None)

    def has_account(self, name: str) -> bool:
        return name in self.accounts

    def has_program(self, name: str) -> bool:
        return name not in self.missing

    def add_account(self, name: str, home: str) -> None:
        with self._change():
            self.accounts.add(name)

    def remove_account(self, name: str) -> None:
        self.accounts.remove(name)

    def run(self, command: Sequence[str]) -> str:
        with self._change():
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
    assert ["change file /var/lib/softswitch/node.toml", "run systemctl restart softswitch.service"] == more.lines()
    apply(more, machine, quiet)
    ((*_, said),) = machine.ran
    assert "systemctl restart softswitch.service" in said


def spoiled(machine: Machine) -> None:
    """Somebody has changed the mode of everything."""
    for path, (_, owner, text) in machine.things.items():
        machine.things[path] = (0o777, owner, text)


def found(before: dict[str, Any] | None, is_spoiled: bool = False) -> Machine:
    """A machine that was set up so before."""
    machine = Machine()
    if before is not None:
        apply(planned(make_site(before), machine), machine, quiet)
    if is_spoiled:
        spoiled(machine)
    return machine


WAYS: dict[str, tuple[dict[str, Any] | None, bool, dict[str, Any]]] = {
    "a bare machine": (None, False, WHOLE),
    "a bare machine, otherwise": (None, False, FILES),
    "one that is set up": (WHOLE, False, FILES),
    "one that is set up, back": (FILES, False, WHOLE),
    "one that was spoiled": (WHOLE, True, WHOLE),
}
"""What was there, and what is wanted."""
STEPS = [
    pytest.param(way, step, late, id=f"{way}: {text}{', when it was done' if late else ''}")
    for way, (before, is_spoiled, after) in WAYS.items()
    for step, text in enumerate(planned(make_site(after), found(before, is_spoiled)).lines(), 1)
    for late in (False, True)
]


@pytest.mark.parametrize(("way", "step", "late"), STEPS)
def test_whichever_step_fails_the_machine_is_as_it_was(way: str, step: int, late: bool) -> None:
    before, is_spoiled, after = WAYS[way]
    machine = found(before, is_spoiled)
    was, accounts, ran = dict(machine.things), set(machine.accounts), len(machine.ran)
    plan = planned(make_site(after), machine)
    machine.fail(step, late)
    with pytest.raises(NotApplied, match="everything before it was undone"):
        apply(plan, machine, quiet)
    assert (was, accounts) == (machine.things, machine.accounts)
    effects = plan.effects[: max(step - len(plan.changes), 0)]
    undone = [one.undo for one in reversed(effects) if one.undo]
    commands = [one.command for one in effects][: None if late else -1]
    assert commands + undone == machine.ran[ran:] or not effects
    machine.fails_at = 0
    apply(planned(make_site(after), machine), machine, quiet)
    assert [] == verify(steps.wanted(make_site(after)), steps.effects(make_site(after)), machine)


def test_these_are_all_kinds_of_steps_in_all_ways() -> None:
    plans = [planned(make_site(after), found(before, is_spoiled)) for before, is_spoiled, after in WAYS.values()]
    made = {(type(change.resource), change.text.partition(" ")[0]) for plan in plans for change in plan.changes}
    assert {(File, "make"), (File, "change"), (File, "correct"), (Folder, "make"), (Folder, "correct")} <= made
    assert (Account, "make") in made
    sites = [make_site(site) for site in (WHOLE, FILES)]
    touched = {change.resource.id for plan in plans for change in plan.changes}
    ran = {effect.id for plan in plans for effect in plan.effects}
    for step in steps.STEPS:
        assert {one.id for site in sites for one in step.wanted(site)} <= touched
        assert {one.id for site in sites for one in step.effects(site)} <= ran
    for model, field in ((Tls, "mode"), (Web, "proxy")):
        choices = set(get_args(model.model_fields[field].annotation)) - {"none"}
        assert choices == {getattr(getattr(site, model.__name__.lower()), field) for site in sites}


@pytest.mark.parametrize("step", [1, 2])
def test_a_change_that_fails_leaves_the_machine_as_it_was_installed(step: int) -> None:
    machine = Machine()
    apply(planned(make_site(WHOLE), machine), machine, quiet)
    before = dict(machine.things)
    machine.fail(step, late=False)
    with pytest.raises(NotApplied):
        apply(planned(make_site({**WHOLE, "calls_max": 50}), machine), machine, quiet)
    assert before == machine.things


class Strict(Machine):
    """A machine whose programs look at what they are told, and whose accounts are in use while their service runs."""

    serves = False

    def run(self, command: Sequence[str]) -> str:
        words = " ".join(command)
        if command[:2] == ("nft", "--check") and command[-1] not in self.things:
            raise Failed(f"{command[-1]}: No such file or directory")
        if "softswitch.service" in words:
            self.serves = PATH in self.things
        return super().run(command)

    def remove_account(self, name: str) -> None:
        if self.serves:
            raise Failed(f"userdel: user {name} is currently used by process 1")
        super().remove_account(name)


def test_a_first_apply_is_taken_back_whole_though_its_service_runs() -> None:
    machine, site = Strict(), make_site(WHOLE)
    before = dict(machine.things)
    apply(planned(site, machine), machine, quiet)
    machine.serves = True
    rollback(machine, steps.effects(site), quiet)
    assert (set(), before) == (machine.accounts, {path: one for path, one in machine.things.items() if path in before})
    assert machine.things.keys() - before.keys() <= {JOURNAL.rpartition("/")[0]}


def test_an_account_whose_data_stay_stays() -> None:
    machine, site = Machine(), make_site(WHOLE)
    apply(planned(site, machine), machine, quiet)
    keeps = machine.remove
    machine.remove = lambda path: None if path == site.data else keeps(path)  # type: ignore[method-assign]  # it is not empty
    rollback(machine, steps.effects(site), quiet)
    assert {"softswitch"} == machine.accounts


def test_an_owner_without_a_name_is_given_back(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "passwd").write_text("root:x:0:0::/root:/bin/sh\n")
    target = this_machine(tmp_path)
    target.make_folder("/data", 0o750, str(os.getuid()))
    assert os.getuid() == (tmp_path / "data").stat().st_uid


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
    (tmp_path / "etc" / "passwd").write_text("root:x:0:0::/root:/bin/sh\nsoftswitch:x:990:980::/:/bin/false\n")
    site, target = make_site(WHOLE), this_machine(tmp_path)
    made = planned(site, target)
    assert () == made.effects
    apply(made, target, quiet)
    assert planned(site, target).is_empty
    held = (tmp_path / "var/lib/softswitch/node.toml").stat()
    assert (0o600, 990, 980) == (held.st_mode & 0o777, held.st_uid, held.st_gid), (
        "its group is not the one of that number"
    )
    (tmp_path / "var/lib/softswitch").chmod(0o750)
    os.chown(tmp_path / "var/lib/softswitch", 990, 990)
    assert ["correct owner and mode of folder /var/lib/softswitch"] == planned(site, target).lines()
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


def test_over_ssh_who_is_not_root_works_through_sudo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, script in (
        ("ssh", 'for last; do :; done\nexec sh -c "$last"'),
        ("id", "echo 1000"),
        ("sudo", "printf '%s ' \"$@\""),
    ):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert "-n sh -c cat '/a b' " == over_ssh("admin@pbx", str(tmp_path / "ssh")).read("/a b")


@pytest.mark.parametrize(
    ("missing", "why"),
    [
        ({"nft", "sysctl"}, "nft, sysctl: not installed; first: apt-get install nftables procps"),
        ({"certbot"}, "certbot: not installed; first: apt-get install certbot"),
        ({"/opt/softswitch/bin/softswitch"}, "softswitch: not installed; first: apt-get install ./softswitch.deb"),
    ],
)
def test_what_is_not_installed_is_said_with_the_fix_before_anything_is_changed(missing: set[str], why: str) -> None:
    machine, site = Machine(), make_site(WHOLE)
    machine.missing = missing
    wanted, effects = steps.wanted(site), steps.effects(site)
    with pytest.raises(Impossible, match=why):
        make_plan(wanted, effects, gather(machine, wanted, effects))
    machine.runs = False
    assert () == make_plan(wanted, effects, gather(machine, wanted, effects)).effects


def test_programs_are_found_by_name_and_by_path(tmp_path: Path) -> None:
    target = this_machine(tmp_path)
    assert [True, True, False, False] == [
        target.has_program(name) for name in ("sh", "/bin/sh", "no-such-program", "/opt/no such/program; true")
    ]


@pytest.mark.parametrize(
    ("site", "public"),
    [
        (WHOLE, "https://pbx.example.org"),
        ({**WHOLE, "tls": {}}, "http://pbx.example.org"),
        ({**FILES, "tls": {}}, "https://pbx.example.org"),
        ({**WHOLE, "node": {"public_url": "https://phone.example.org"}}, "https://phone.example.org"),
        ({"public_address": "198.51.100.7"}, None),
    ],
)
def test_the_node_knows_how_people_find_it_behind_the_web_server(site: dict[str, Any], public: str | None) -> None:
    (text,) = (one.text for one in node.wanted(make_site(site)) if isinstance(one, File))
    settings = tomllib.loads(text)
    assert public == settings.get("public_url")
    assert (None if public is None else ["127.0.0.1"]) == settings.get("http_proxies")


@pytest.mark.parametrize("tls", [{}, WHOLE["tls"]])
def test_the_web_server_lets_sounds_through_as_large_as_the_node_takes_them(tls: dict[str, Any]) -> None:
    (text,) = (one.text for one in web.wanted(make_site({**WHOLE, "tls": tls})) if isinstance(one, File))
    assert text.count("server {") == text.count("client_max_body_size 64m;")


def test_an_authority_can_ask_before_it_gives_a_certificate() -> None:
    for proxy in ({}, {"proxy": "nginx"}):
        site = make_site({**WHOLE, "web": {"domains": ["pbx.example.org"], **proxy}})
        (tcp,) = [line for line in firewall.rules(site).splitlines() if "tcp dport" in line and "saddr" not in line]
        assert " 80," in tcp


def test_a_new_machine_joins_before_its_node_begins() -> None:
    machine, site = Machine(), make_site(WHOLE)
    wanted, effects = steps.wanted(site), steps.effects(site, "join1.abc")
    apply(make_plan(wanted, effects, gather(machine, wanted)), machine, quiet)
    joined = ("runuser", "-u", "softswitch", "--", "/opt/softswitch/bin/softswitch", "--data", site.data)
    assert [(*joined, "cluster", "join", "join1.abc")] == [one for one in machine.ran if "join1.abc" in one]
    begins = next(at for at, one in enumerate(machine.ran) if "systemctl restart softswitch.service" in one[-1])
    assert machine.ran.index((*joined, "cluster", "join", "join1.abc")) < begins
    assert make_plan(wanted, effects, gather(machine, wanted)).is_empty


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
