"""Documents to values and back: validation with a JSON pointer (RFC 6901) to each wrong place, versions, upgrades.

The log keeps documents with the schema version they were written in; reading upgrades them step by step, so the rest of
the program knows the newest form only. It keeps them without what is as usual, so a new field with a default is no new schema:
programs of before read every document that does not use it. `UNREADABLE` says how they see one that does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from configdb.errors import Broken, Problem, Refused
from configdb.limits import document_depth_max
from configdb.model import KINDS, Value

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Upgrade:
    """How a document of `kind` written in version `version` becomes one of the next version."""

    kind: str
    version: int
    step: Callable[[Document], Document]


SCHEMA_VERSION = 1
UPGRADES: tuple[Upgrade, ...] = ()
UNREADABLE = frozenset({"unknown_kind", "invalid_document"})
"""Codes of a document that this program cannot read. In the log it was read by who wrote it, so that is a newer program."""


def upgraded(
    kind: str,
    document: Document,
    version: int,
    upgrades: tuple[Upgrade, ...] = UPGRADES,
    newest: int = SCHEMA_VERSION,
) -> Document:
    """The document in the newest form. Raises `Broken` when it is newer than this program."""
    if version > newest:
        raise Broken(f"a {kind} has schema version {version}, this program knows up to {newest}")
    for now in range(version, newest):
        for upgrade in upgrades:
            if (upgrade.kind, upgrade.version) == (kind, now):
                document = upgrade.step(document)
    return document


def to_document(value: Value) -> Document:
    """The JSON form of a value, every field named."""
    return value.model_dump(mode="json")


def to_lean(value: Value) -> Document:
    """The JSON form of a value without what is as usual, which reading adds again."""
    return _unusual(type(value), value.model_dump(mode="json", exclude_defaults=True))


def to_value(kind: str, id: str, document: Mapping[str, Any]) -> Value:
    """The value of a document. Raises `Refused` 422 with pointers `/kind/id/...`."""
    model = KINDS.get(kind)
    if model is None:
        known = ", ".join(KINDS)
        raise Refused("unknown_kind", f"There is no kind {kind!r} of configuration: {known}.")
    here = pointer(kind, id)
    if _too_deep(document):
        problem = Problem(here, f"is nested deeper than {document_depth_max}", "too_deep")
        raise Refused("invalid_document", f"This {kind} is nested too deeply.", (problem,))
    try:
        value = model.model_validate(_unusual(model, document))
    except ValidationError as error:
        problems = tuple(_problem(here, detail) for detail in error.errors(include_url=False, include_input=False))
        raise Refused("invalid_document", f"This is not a valid {kind}: {problems[0]}.", problems) from error
    object.__setattr__(value, "__pydantic_fields_set__", _given(model))
    if getattr(value, "id", id) != id:
        problem = Problem(f"{here}/id", f"is not {id!r}, the id it is kept under", "wrong_id")
        raise Refused("invalid_document", f"The {kind} has another id than the one it is kept under.", (problem,))
    return value


def _unusual(model: type[Value], document: Mapping[str, Any]) -> dict[str, Any]:
    """What a document says other than the defaults, which all values of a model share then: half of their memory."""
    usual = _defaults(model)
    return {name: said for name, said in document.items() if name not in usual or not _alike(said, usual[name])}


def _alike(said: object, usual: object) -> bool:
    return type(said) is type(usual) and said == usual


@cache
def _defaults(model: type[Value]) -> dict[str, Any]:
    """The defaults of a model's fields, as documents have them."""
    fields = {name: field for name, field in model.model_fields.items() if not field.is_required()}
    return {name: to_jsonable_python(field.get_default(call_default_factory=True)) for name, field in fields.items()}


@cache
def _given(model: type[Value]) -> set[str]:
    """The fields of a model, one set for all its values: documents name every field, and 500,000 such sets are 500 MB."""
    return set(model.model_fields)


def pointer(*parts: object) -> str:
    """A JSON pointer of parts (RFC 6901 3)."""
    joined = "/".join(map(str, parts))
    if "~" not in joined and joined.count("/") == len(parts) - 1:  # as good as always: nothing to escape
        return f"/{joined}"
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _problem(here: str, detail: Mapping[str, Any]) -> Problem:
    return Problem(here + pointer(*detail["loc"]), str(detail["msg"]), str(detail["type"]))


def _too_deep(document: object) -> bool:
    level: list[object] = [document]
    for _ in range(document_depth_max):
        below: list[object] = []
        for item in level:
            if isinstance(item, Mapping):
                below += item.values()
            elif isinstance(item, list | tuple):
                below += item
        level = below
        if not level:
            return False
    return True
