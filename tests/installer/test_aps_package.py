"""The APS package: what is in it fits together, and is the same each time."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from xml.etree import ElementTree

from flask import Flask
from typer.testing import CliRunner

from installer.aps_package import NAMESPACE, TYPE, built
from installer.main import app
from mgmt.webapps.partners.aps import blueprint

ENDPOINT = "https://pbx.example.org/aps"


def test_a_package_is_the_same_bytes_each_time() -> None:
    assert built("Softswitch", "1.0", ENDPOINT) == built("Softswitch", "1.0", ENDPOINT)


def test_every_service_of_the_package_has_its_type_and_an_address() -> None:
    archive = zipfile.ZipFile(io.BytesIO(built("A & B", "1.0", ENDPOINT)))
    meta = ElementTree.fromstring(archive.read("APP-META.xml"))
    assert (f"{{{NAMESPACE}}}application", "A & B") == (meta.tag, meta.findtext(f"{{{NAMESPACE}}}name"))
    services = {one.attrib["id"]: one for one in meta.iter(f"{{{NAMESPACE}}}service")}
    assert {"app", "tenant", "user"} == set(services)
    for id, service in services.items():
        [schema] = service.iter(f"{{{NAMESPACE}}}schema")
        found = json.loads(archive.read(schema.attrib["path"]))
        assert f"{TYPE}/{id}/1.0" == found["id"]
        [code] = service.iter(f"{{{NAMESPACE}}}code")
        assert f"{ENDPOINT}/{id}" == code.attrib["path"]
        for relation in found["relations"].values():
            assert relation["type"].split("/")[-2] in services
    [icon] = meta.iter(f"{{{NAMESPACE}}}icon")
    assert archive.read(icon.attrib["path"]).startswith(b"\x89PNG")


def test_every_operation_of_a_type_is_a_route_of_the_node() -> None:
    node = Flask("node")
    node.register_blueprint(blueprint)
    routes = {(method, rule.rule) for rule in node.url_map.iter_rules() for method in rule.methods or ()}
    archive = zipfile.ZipFile(io.BytesIO(built("S", "1.0", ENDPOINT)))
    for id in ("app", "tenant", "user"):
        for operation in json.loads(archive.read(f"schemas/{id}.schema"))["operations"].values():
            assert (operation["verb"], f"/{id}/<id>{operation['path']}") in routes


def test_the_installer_writes_it(tmp_path: Path) -> None:
    out = f"{tmp_path}/softswitch.app.zip"
    done = CliRunner().invoke(app, ["aps-package", ENDPOINT, "--out", out])
    assert 0 == done.exit_code, done.output
    assert zipfile.is_zipfile(out)
