"""`config replicate`: the tenants of another node, here as there, one way, over and over; secrets by the key that both share."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from softswitch.cli import bundles
from softswitch.cli.context import Context
from softswitch.cli.output import CliError, Output
from tests.mgmt.conftest import OPERATOR_TOKEN, World, made_world


class Quiet(WSGIRequestHandler):
    """Says nothing of each request."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def served(world: World) -> Iterator[str]:
    """The node over HTTP: its address."""
    with make_server("127.0.0.1", 0, world.app, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class Here(Context):
    """The command line at a node that is not over HTTP."""

    world: World

    @property
    def api(self) -> Any:
        def request(method: str, path: str, body: bytes, match: str | None, **query: Any) -> Any:
            answer = self.world.script().open(path, method=method, data=body, query_string=query)
            if answer.status_code != 200:
                raise CliError(answer.json["detail"])
            return answer.json

        return SimpleNamespace(request=request)


@pytest.fixture
def far(tmp_path: Path, password_hash: str) -> Iterator[World]:
    (tmp_path / "far").mkdir()
    yield from made_world(tmp_path / "far", password_hash)


def one_key(*worlds: World) -> None:
    """Both nodes have the key of bundles."""
    for world in worlds:
        path = world.context.settings.data_dir / "secrets" / "bundle.key"
        path.parent.mkdir(exist_ok=True)
        path.write_text("ab" * 32)


def replicate(near: World, source: str, token: Path, *only: str) -> None:
    """The command, once."""
    here = Here(Path(), None, Output(False))
    object.__setattr__(here, "world", near)
    bundles.replicate(SimpleNamespace(obj=here), source, token, list(only) or None, 0.0)  # type: ignore[arg-type]  # what is used of it


def test_what_was_changed_there_comes_here_and_what_was_changed_here_is_undone(
    world: World, far: World, tmp_path: Path
) -> None:
    one_key(world, far)
    token = tmp_path / "token"
    token.write_text(f"{OPERATOR_TOKEN}\n")
    there, here = far.script(), world.script()
    ann = there.get("/api/v1/config/user/ann").json["document"]
    there.put("/api/v1/config/user/ann", json={**ann, "extension": "177"}, headers={"If-Match": "*"})
    here.put("/api/v1/config/contacts/c", json={"id": "c", "name": "C"})
    with served(far) as source:
        for _ in range(2):
            replicate(world, source, token)
        assert "177" == world.context.config.directory.tenants["riverside"].users["ann"].extension
        assert 404 == here.get("/api/v1/config/contacts/c").status_code
        bundle = "/api/v1/config-bundle/riverside?secrets=1"
        assert there.get(bundle).data == here.get(bundle).data
        before = world.context.config.state.sequence
        replicate(world, source, token, "riverside")
        assert before == world.context.config.state.sequence  # nothing to do is nothing done


def test_a_node_that_is_not_there_a_wrong_token_and_another_key_are_said(
    world: World, far: World, tmp_path: Path
) -> None:
    one_key(far)
    token = tmp_path / "token"
    with pytest.raises(CliError, match="cannot read"):
        replicate(world, "http://127.0.0.1:9", token)
    token.write_text("wrong")
    with pytest.raises(CliError, match="no address"):
        replicate(world, "ftp://other", token)
    with served(far) as source:
        with pytest.raises(CliError):
            replicate(world, source, token)
        token.write_text(OPERATOR_TOKEN)
        with pytest.raises(CliError):
            replicate(world, source, token, "riverside")
    assert "100" == world.context.config.directory.tenants["riverside"].users["ann"].extension
