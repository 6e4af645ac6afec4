"""The APS 2 package for hosters' panels: APP-META.xml, types and icon in one archive, the same bytes each time it is built."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from typing import Any
from xml.etree import ElementTree

NAMESPACE = "http://aps-standard.org/ns/2"
TYPE = "http://softswitch.example/aps"
RELEASE = "1"
COUNTED = ("USERS", "NUMBERS", "MINUTES", "COUNTRY")
CORE = "http://aps-standard.org/types/core"
LIMIT = {
    "type": "object",
    "required": False,
    "properties": {"limit": {"type": "integer"}, "usage": {"type": "integer"}},
}
DATED = (2026, 1, 1, 0, 0, 0)


def built(name: str, version: str, endpoint: str) -> bytes:
    """The package, of an application that answers at `endpoint` (https://NODE/aps)."""
    files = {"APP-META.xml": app_meta(name, version, endpoint), "images/icon.png": icon()}
    files |= {f"schemas/{id}.schema": json.dumps(found, indent=1).encode() for id, found in schemas().items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in sorted(files.items()):
            entry = zipfile.ZipInfo(path, DATED)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, data)
    return out.getvalue()


def app_meta(name: str, version: str, endpoint: str) -> bytes:
    """What the panel shows, and where each type is served."""
    root = ElementTree.Element("application", {"xmlns": NAMESPACE, "version": "2.0"})

    def put(parent: ElementTree.Element, tag: str, text: str = "", **attributes: str) -> ElementTree.Element:
        found = ElementTree.SubElement(parent, tag, attributes)
        found.text = text or None
        return found

    put(root, "id", TYPE)
    put(root, "name", name)
    put(root, "version", version)
    put(root, "release", RELEASE)
    presentation = put(root, "presentation")
    put(presentation, "summary", "Telephones for a company: numbers, call flows, voicemail, one inbox.")
    put(presentation, "icon", path="images/icon.png")
    put(put(presentation, "categories"), "category", "Collaboration/Telephony")
    for id in schemas():
        service = put(root, "service", id=id)
        put(service, "code", engine="other", path=f"{endpoint.rstrip('/')}/{id}")
        put(service, "schema", path=f"schemas/{id}.schema")
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, "utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + text + b"\n"


def schemas() -> dict[str, dict[str, Any]]:
    """The types: the application, a customer's company, one of its people."""
    return {
        "app": _type(
            "app", f"{CORE}/application/1.0", {}, {"tenants": ("tenant", True)}, {"upgrade": ("POST", "/upgrade")}
        ),
        "tenant": _type(
            "tenant",
            f"{CORE}/subscription/service/1.0",
            {"tenantId": {"type": "string", "readonly": True}, **dict.fromkeys(COUNTED, LIMIT)},
            {"app": ("app", False), "users": ("user", True)},
            {
                "enable": ("PUT", "/enable"),
                "disable": ("PUT", "/disable"),
                "adminlogin": ("GET", "/adminlogin"),
                "users": ("GET", "/users"),
                "onUsersChange": ("POST", "/onUsersChange"),
                "reprovision": ("POST", "/reprovision"),
            },
        ),
        "user": _type(
            "user",
            f"{CORE}/user/service/1.0",
            {"userId": {"type": "string", "readonly": True}},
            {"tenant": ("tenant", False)},
            {"userlogin": ("GET", "/userlogin")},
        ),
    }


def _type(
    id: str,
    implements: str,
    properties: dict[str, Any],
    relations: dict[str, tuple[str, bool]],
    operations: dict[str, tuple[str, str]],
) -> dict[str, Any]:
    return {
        "apsVersion": "2.0",
        "id": f"{TYPE}/{id}/1.0",
        "name": id,
        "implements": [implements],
        "properties": properties,
        "relations": {
            name: {"type": f"{TYPE}/{of}/1.0", "required": False, "collection": many}
            for name, (of, many) in relations.items()
        },
        "operations": {
            name: {"verb": verb, "path": path, "response": {"type": "object"}}
            for name, (verb, path) in operations.items()
        },
    }


def icon(size: int = 64) -> bytes:
    """A plain icon (PNG, ISO/IEC 15948): a handset is the panel's own drawing, ours is a colour."""
    row = b"\x00" + bytes((0x1F, 0x6F, 0xEB)) * size
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(row * size, 9)), (b"IEND", b""))
    packed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)
