"""The unsigned form of a vCon as a JSON Schema (2020-12), written from the text of draft-ietf-vcon-vcon-core-03.

It is stricter than the draft in one way: what the draft does not define is refused, because we name no extensions (2.5).
"""

from __future__ import annotations

from typing import Any

TEXT: dict[str, Any] = {"type": "string"}
INDEX: dict[str, Any] = {"type": "integer", "minimum": 0}
DATE: dict[str, Any] = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$",
}  # 2.2, RFC 3339
MEDIA_TYPE: dict[str, Any] = {"type": "string", "pattern": r"^[a-zA-Z0-9.+-]+/[a-zA-Z0-9.+-]+$"}
HASH: dict[str, Any] = {"type": "string", "pattern": r"^[a-z0-9]+-[A-Za-z0-9_-]{43,86}$"}  # 2.2, base64url, no padding
UUID: dict[str, Any] = {
    "type": "string",
    "pattern": r"^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
}


def thing(required: tuple[str, ...], **properties: dict[str, Any]) -> dict[str, Any]:
    """An object without anything else in it."""
    return {"type": "object", "required": list(required), "properties": properties, "additionalProperties": False}


def one_or_more(item: dict[str, Any]) -> dict[str, Any]:
    """One, or an array of them."""
    return {"anyOf": [item, {"type": "array", "items": item}]}


def with_content(schema: dict[str, Any]) -> dict[str, Any]:
    """2.3 and 2.4: body and encoding, or url and content_hash, or neither."""
    content = {"body": {}, "encoding": {"enum": ["base64url", "json", "none"]}}
    content |= {"url": {"type": "string", "format": "uri"}, "content_hash": one_or_more(HASH)}
    whole = {**schema, "properties": {**schema["properties"], **content}}
    pairs = {"body": ["encoding"], "encoding": ["body"], "url": ["content_hash"], "content_hash": ["url"]}
    plain = {
        "if": {"required": ["encoding"], "properties": {"encoding": {"enum": ["base64url", "none"]}}},
        "then": {"properties": {"body": TEXT}},
    }
    return {**whole, "dependentRequired": pairs, "not": {"required": ["body", "url"]}, "allOf": [plain]}


PARTY = thing((), **dict.fromkeys(("tel", "sip", "stir", "mailto", "name", "did", "validation", "uuid", "org"), TEXT))
PARTIES = {"anyOf": [INDEX, {"type": "array", "items": {"anyOf": [one_or_more(INDEX), {"type": "null"}]}}]}  # 4.3.4
COMMON = {"start": DATE, "duration": {"type": "number", "minimum": 0}, "parties": PARTIES, "originator": INDEX}
RECORDING = with_content(
    thing(("type", "start", "parties"), type={"const": "recording"}, **COMMON, mediatype=MEDIA_TYPE, filename=TEXT)
)
DISPOSITIONS = ["no-answer", "congestion", "failed", "busy", "hung-up", "voicemail-no-message"]  # 4.3.11
INCOMPLETE = thing(
    ("type", "start", "disposition"), type={"const": "incomplete"}, **COMMON, disposition={"enum": DISPOSITIONS}
)
ANALYSIS = with_content(
    thing(
        ("type", "vendor"),
        **dict.fromkeys(("type", "vendor", "product", "schema", "filename"), TEXT),
        dialog=one_or_more(INDEX),
        mediatype=MEDIA_TYPE,
    )
)
VCON: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **thing(
        ("vcon", "uuid", "created_at", "parties"),
        vcon={"const": "0.4.0"},
        uuid=UUID,
        created_at=DATE,
        updated_at=DATE,
        subject=TEXT,
        parties={"type": "array", "items": PARTY},
        dialog={"type": "array", "items": {"oneOf": [RECORDING, INCOMPLETE]}},
        analysis={"type": "array", "items": ANALYSIS},
        attachments={"type": "array", "maxItems": 0},
    ),
}
