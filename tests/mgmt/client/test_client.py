"""The client that a node gives away: it is typed to the last, installs, and works against the real app over a real socket."""

from __future__ import annotations

import importlib
import io
import re
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from werkzeug.serving import make_server

from mgmt.client.source import made
from mgmt.client.types import Types
from tests.mgmt.conftest import OPERATOR_TOKEN, World


@pytest.fixture
def served(world: World) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, world.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def package(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The client as it comes from the app, imported."""
    answer = world.app.test_client().get("/api/v1/client/softswitch_client.tar.gz")
    assert 200 == answer.status_code
    with tarfile.open(fileobj=io.BytesIO(answer.data)) as archive:
        archive.extractall(tmp_path, filter="data")
    monkeypatch.syspath_prepend(str(tmp_path / "softswitch-client"))
    yield importlib.import_module("softswitch_client")
    for name in [name for name in sys.modules if name.startswith("softswitch_client")]:
        del sys.modules[name]


def test_every_operation_of_the_description_is_a_method(world: World, package: ModuleType) -> None:
    document = world.app.test_client().get("/api/v1/openapi.json").get_json()
    operations = {one["operationId"] for methods in document["paths"].values() for one in methods.values()}
    assert len(operations) > 150
    assert set() == operations - set(dir(package.Client))


def test_the_client_is_typed_to_the_last(package: ModuleType, tmp_path: Path) -> None:
    use = tmp_path / "use.py"
    use.write_text(
        "from softswitch_client import Client\n"
        "from softswitch_client.models import Call\n"
        "client = Client('http://x', 'sk_x')\n"
        "page = client.calls_past(direction='inbound', limit=5)\n"
        "first: Call = page['data'][0]\n"
        "reveal_type(first['talk_ms'])\n"
        "client.config_put_user('ann', {'id': 'ann', 'name': 'Ann', 'extension': '101'}, if_match='*')\n"
        "client.calls_past(direktion='inbound')\n"
    )
    folder = str(tmp_path / "softswitch-client")
    checked = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--no-incremental",
            "--cache-dir=/dev/null",
            "-p",
            "softswitch_client",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert "Success" in checked.stdout, checked.stdout[-3000:]
    used = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir=/dev/null", str(use)],
        cwd=folder,
        env={"MYPYPATH": folder, "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert re.search(r'Revealed type is "(builtins\.)?int"', used.stdout), used.stdout[-3000:]
    assert 'Unexpected keyword argument "direktion"' in used.stdout
    assert "Found 1 error" in used.stdout


def test_it_reads_pages_changes_and_is_told_what_is_wrong(world: World, served: str, package: ModuleType) -> None:
    client: Any = package.Client(served, OPERATOR_TOKEN, tenant="riverside")
    assert "riverside-only" in [queue["id"] for queue in client.config_listed_queue()["data"]]
    assert ["c1"] == [call["id"] for call in package.every(client.calls_past, limit=1)]
    made = client.activities_create({"title": "call back"})
    assert ["task", "voicemail"] == sorted(one["kind"] for one in package.every(client.activities_feed, limit=1))
    assert "finished" == client.activities_change(made["id"], {"state": "finished"})["state"]
    assert client.numbers_calls_csv(direction="inbound").startswith(b"id,")
    saved = client.config_put_mailbox("new", {"id": "new", "name": "New"}, if_match="*")
    assert ("new", None) == (saved["id"], client.config_delete_mailbox("new", if_match="*"))
    with pytest.raises(package.Problem) as refused:
        client.config_one_user("nobody")
    assert (404, "not_found") == (refused.value.status, refused.value.code)
    again = [client.again("POST", "/api/v1/activities", None, {"title": "once"}, None, "key-1") for _ in range(2)]
    assert again[0]["id"] == again[1]["id"]


def test_what_the_archive_holds_is_the_same_for_the_same_description(world: World) -> None:
    client = world.app.test_client()
    assert (
        client.get("/api/v1/client/softswitch_client.tar.gz").data
        == client.get("/api/v1/client/softswitch_client.tar.gz").data
    )


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({}, "Any"),
        ({"type": "string"}, "str"),
        ({"type": ["integer", "null"]}, "int | None"),
        ({"enum": ["a", 1]}, "Literal['a', 1]"),
        ({"const": "x"}, "Literal['x']"),
        ({"type": "array", "items": {"type": "number"}}, "list[float]"),
        ({"type": "object"}, "dict[str, Any]"),
        ({"type": "object", "additionalProperties": {"type": "boolean"}}, "dict[str, bool]"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "str | None"),
        ({"anyOf": [{"type": "string"}, {}]}, "Any"),
        ({"$ref": "#/components/schemas/api_key"}, "ApiKey"),
        ({"$ref": "#/components/schemas/none"}, "Any"),
        ({"type": "object", "properties": {"from": {"type": "string"}}}, "X"),
    ],
)
def test_a_schema_as_a_type(schema: dict[str, Any], expected: str) -> None:
    components = {"api_key": {"type": "object", "properties": {"parent": {"$ref": "#/components/schemas/api_key"}}}}
    types = Types(components)
    assert expected == types.of(schema, "X")


def test_what_an_operation_says_of_itself_cannot_break_out_of_its_method() -> None:
    operation = {
        "operationId": "a",
        "summary": 'end"""\nimport os',
        "parameters": [{"name": "from", "in": "query", "schema": {"type": "string"}}],
        "responses": {"204": {}},
    }
    document = {
        "info": {"title": "t", "version": "1"},
        "components": {"schemas": {}},
        "paths": {"/a": {"get": operation}},
    }
    compile(made(document)["api.py"], "api.py", "exec")
    assert "self.ask('GET', '/a', query={'from': from_})" in made(document)["api.py"]
