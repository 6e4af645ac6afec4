"""The check of the machine, in a browser: what the command found, or that it could not look."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509

from installer import self_signed
from mgmt.http.errors import Problem
from mgmt.usecases import preflight, status
from tests.mgmt.conftest import World

FINDING = {"name": "clock", "ok": False, "text": "follows no time server", "fix": "apt install chrony"}


def test_each_check_comes_with_its_fix(world: World) -> None:
    asked: list[Sequence[str]] = []

    def run(command: Sequence[str]) -> str:
        asked.append(command)
        return json.dumps({"findings": [{**FINDING, "more": 1}]})

    assert [FINDING] == preflight.looked(world.context, run)
    assert [str(world.context.settings.data_dir), "--json", "doctor"] == list(asked[0][-3:])


@pytest.mark.parametrize("said", ["", "no JSON", "[]", '{"findings": 7}', '{"findings": [{"name": "x"}]}'])
def test_a_check_that_says_nothing_is_said_to_have_failed(world: World, said: str) -> None:
    with pytest.raises(Problem) as refused:
        preflight.looked(world.context, lambda _: said)
    assert (503, "no_findings") == (refused.value.status, refused.value.code)


def test_one_looks_at_a_time_and_afterwards_the_next_may(world: World) -> None:
    def slow(_: Sequence[str]) -> str:
        with pytest.raises(Problem) as refused:
            preflight.looked(world.context, lambda _: "")
        assert 409 == refused.value.status
        raise subprocess.TimeoutExpired("doctor", 1)

    with pytest.raises(Problem):
        preflight.looked(world.context, slow)
    assert [] == preflight.looked(world.context, lambda _: '{"findings": []}')


def test_the_bundle_is_what_the_command_wrote_and_leaves_nothing_behind(world: World) -> None:
    files: list[Path] = []

    def write(command: Sequence[str]) -> None:
        assert [str(world.context.settings.data_dir), "support"] == list(command[-3:-1])
        files.append(Path(command[-1]))
        files[0].write_bytes(b"packed")

    assert b"packed" == preflight.bundle(world.context, write)
    assert not files[0].parent.exists()


def test_a_bundle_that_cannot_be_made_is_said_so_and_the_next_may_be(world: World) -> None:
    def fail(command: Sequence[str]) -> None:
        raise subprocess.CalledProcessError(1, command)

    for write in (fail, lambda _: None):
        with pytest.raises(Problem) as refused:
            preflight.bundle(world.context, write)
        assert (503, "no_bundle") == (refused.value.status, refused.value.code)


@pytest.mark.parametrize(
    "method, path", [("POST", "status/checks"), ("POST", "status/support"), ("PUT", "log-level"), ("GET", "status")]
)
def test_it_is_for_operators(world: World, method: str, path: str) -> None:
    assert 403 == world.client().open(f"/api/v1/{path}", method=method, json={"level": "debug"}).status_code


def test_the_log_level_is_the_switches_and_must_be_one_that_there_is(world: World) -> None:
    script = world.script()
    assert {"level": "debug"} == script.put("/api/v1/log-level", json={"level": "debug"}).json
    assert {"op": "log", "level": "debug"} == world.switch.asked[-1]
    for body in ({"level": "loud"}, {"level": None}, {}, {"level": "debug", "for": 1}):
        assert 422 == script.put("/api/v1/log-level", json=body).status_code
    assert 1 == sum(one["op"] == "log" for one in world.switch.asked)


def test_the_status_says_how_long_certificates_are_good(world: World, tmp_path: Path) -> None:
    shown = tmp_path / "tls.pem"
    shown.write_text(self_signed.make(["sip.riverside.example"])[0])
    end = x509.load_pem_x509_certificate(shown.read_bytes()).not_valid_after_utc.timestamp()
    files = (("TLS: tls.pem", shown), ("between nodes", tmp_path / "gone.pem"))
    settings = replace(world.context.settings, certificates=files)
    for now, left in ((end - 10.5 * 86_400, 10), (end - 1, 0), (end + 1, -1)):
        context = replace(world.context, settings=settings, clock=lambda now=now: now)
        assert [
            {"name": "TLS: tls.pem", "days_left": left},
            {"name": "between nodes", "days_left": None},
        ] == status.node(context)["certificates"]
