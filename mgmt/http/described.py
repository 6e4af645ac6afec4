"""What a view takes and gives, said beside it in JSON Schema (2020-12): what `openapi` publishes and tests hold it to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, is_dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter

from history.documents import Document
from mgmt.limits import cursor_chars_max, page_items_default, page_items_max

Schema = Mapping[str, Any]
View = TypeVar("View", bound=Callable[..., Any])

ANY: Schema = {}
OBJECT: Schema = {"type": "object"}
TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
TIME: Schema = {"type": "string", "format": "date-time"}
SEQUENCE: Schema = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}
ONE: Schema = {"enum": ["1"]}
"""A query argument that is there or not."""
PAGING: Mapping[str, Schema] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": page_items_max, "default": page_items_default},
    "cursor": {"type": "string", "minLength": 1, "maxLength": cursor_chars_max},
}


@dataclass(frozen=True, slots=True)
class Described:
    """`answer` is the JSON of a success, None for an empty one; `content` is another media type that it has.

    refusal: the JSON of an error that is no problem of RFC 9457, where another standard says what errors are.
    """

    query: Mapping[str, Schema] = field(default_factory=dict)
    body: Schema | None = None
    answer: Schema | None = None
    statuses: tuple[int, ...] = (200,)
    content: str = "application/json"
    refusal: Schema | None = None


UNDESCRIBED = Described(answer=ANY, statuses=())
"""Any success with any answer."""


def described(
    query: Mapping[str, Schema] | None = None,
    body: Schema | None = None,
    answer: Schema | None = None,
    statuses: tuple[int, ...] = (200,),
    content: str = "application/json",
    refusal: Schema | None = None,
) -> Callable[[View], View]:
    """A decorator below the route's."""

    def keep(view: View) -> View:
        said = Described(query or {}, body, answer, statuses, content, refusal)
        view.described = said  # type: ignore[attr-defined]  # read below
        return view

    return keep


def of_view(view: Callable[..., Any]) -> Described:
    """What is said beside a view."""
    found: Described = getattr(view, "described", UNDESCRIBED)
    return found


def takes(body_bytes: int) -> Callable[[View], View]:
    """A decorator below the route's: how large a body the view takes, where that is more than usual."""

    def keep(view: View) -> View:
        view.takes_bytes = body_bytes  # type: ignore[attr-defined]  # read below
        return view

    return keep


def taken_bytes(view: Callable[..., Any]) -> int | None:
    """What `takes` said; None: as much as usual."""
    found: int | None = getattr(view, "takes_bytes", None)
    return found


def text(chars_max: int, chars_min: int = 1) -> Schema:
    """A text of so many characters."""
    return {"type": "string", "minLength": chars_min, "maxLength": chars_max}


def one_of(*values: str) -> Schema:
    """One of these words."""
    return {"enum": list(values)}


def fields(required: Mapping[str, Schema], **others: Schema) -> Schema:
    """An object with these members and no others. `from` and the like: in `required` or as `from_`."""
    optional = {name.rstrip("_"): schema for name, schema in others.items()}
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
        "additionalProperties": False,
    }


def page_of(item: Schema, **more: Schema) -> Schema:
    """A page of a list."""
    members = {"data": {"type": "array", "items": item}, "next_cursor": {"type": ["string", "null"]}, **more}
    return {"type": "object", "properties": members, "required": list(members)}


def shown(kind: type[Document] | type[BaseModel]) -> Schema:
    """A value as the API shows it: numbers named `at` or `..._at` are times (`mgmt.http.wire.outward`)."""
    schema = TypeAdapter(kind).json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    if is_dataclass(kind):
        properties = {name.rstrip("_"): _outward(name, each) for name, each in schema["properties"].items()}
        schema = {"type": "object", "title": schema["title"], "properties": properties, "required": list(properties)}
    return schema


def _outward(name: str, schema: Mapping[str, Any]) -> Schema:
    if not (name == "at" or name.endswith("_at")):
        return {key: value for key, value in schema.items() if key not in ("default", "title")}
    nullable = any(each.get("type") == "null" for each in schema.get("anyOf", ()))
    return {"anyOf": [TIME, {"type": "null"}]} if nullable else TIME
