"""The kinds of configuration as programs of before know them: their JSON schemas, recorded once for a schema version.

python -m tests.configdb.kinds     writes `kinds_N.json` anew: for a schema version that no node in the field has written yet
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from configdb.model import KINDS
from configdb.schema import SCHEMA_VERSION

RECORDED = Path(__file__).parent / f"kinds_{SCHEMA_VERSION}.json"
WORDS = frozenset({"title", "description", "$defs", "discriminator"})
"""Members of a schema that say nothing of what is valid."""
LEAST = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
MOST = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})


def kinds() -> dict[str, Any]:
    """As they are today, each schema whole, without words."""
    found = {kind: model.model_json_schema() for kind, model in KINDS.items()}
    return {kind: _whole(schema, schema.get("$defs", {})) for kind, schema in found.items()}


def _whole(schema: Any, defined: dict[str, Any], named: bool = False) -> Any:
    if isinstance(schema, list):
        return [_whole(one, defined) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        schema = {**defined[schema["$ref"].rpartition("/")[2]], **{k: v for k, v in schema.items() if k != "$ref"}}
    kept = {name: one for name, one in schema.items() if named or name not in WORDS}
    return {name: _whole(one, defined, name == "properties" and not named) for name, one in kept.items()}


def narrower(before: Any, now: Any, at: str) -> Iterator[str]:
    """Where a document that was valid may be none any more, or means something else now."""
    for name, was in before.items():
        here, place = now.get(name), f"{at}/{name}"
        if name == "properties":
            for field, one in was.items():
                if field not in here:
                    yield f"{place}/{field} is gone"
                else:
                    yield from narrower(one, here[field], f"{place}/{field}")
        elif name in ("items", "additionalProperties", "propertyNames") and isinstance(was, dict):
            if here is not True:
                yield from narrower(was, here or {}, place)
        elif name in ("anyOf", "prefixItems"):
            for one in was:
                if all(any(narrower(one, other, place)) for other in here or [now]):
                    yield f"{place}: none is as {one}"
        elif name in ("enum", "const"):
            choices = now.get("enum", [now.get("const")])
            yield from (f"{place}: {one} is gone" for one in (was if name == "enum" else [was]) if one not in choices)
        elif name in LEAST | MOST:
            if here is not None and (here > was if name in LEAST else here < was):
                yield f"{place}: {was} is {here}"
        elif name == "required":
            yield from (f"{place}: {one} is not any more" for one in was if one not in (here or []))
        elif (
            name == "default" and isinstance(was, dict) and isinstance(here, dict)
        ):  # a field may come, with its own default
            yield from (f"{place}/{one}: {was[one]} is {here.get(one)}" for one in was if was[one] != here.get(one))
        elif here != was:
            yield f"{place}: {was} is {here}"
    yield from (
        f"{at}: {one} is required now" for one in now.get("required", ()) if one not in before.get("required", ())
    )


if __name__ == "__main__":
    lines = (f"{json.dumps(kind)}: {json.dumps(schema, sort_keys=True)}" for kind, schema in sorted(kinds().items()))
    RECORDED.write_text("{\n" + ",\n".join(lines) + "\n}\n")
