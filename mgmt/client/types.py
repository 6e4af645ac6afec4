"""JSON Schema (2020-12, as OpenAPI 3.1 has it) as Python types: objects with members are TypedDicts, by name."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_COMPONENT = "#/components/schemas/"


def camel(text: str) -> str:
    """`api_key` -> `ApiKey`."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", text) if part)


def argument(text: str) -> str:
    """A name as Python takes it: `from` -> `from_`, `X-Reason` -> `x_reason`."""
    name = re.sub(r"\W+", "_", text)
    return f"{name}_" if keyword.iskeyword(name) else name


class Types:
    """Names types; what they are made of is in `text`. Two that are the same have one name."""

    def __init__(self, components: Mapping[str, Schema]) -> None:
        self._components = components
        self._made: dict[str, tuple[str, ...]] = {}

    def of(self, schema: Schema | bool, name: str) -> str:
        """The type; `name` is for an object that has none."""
        if isinstance(schema, bool) or not schema:
            return "Any"
        if "$ref" in schema:
            return self._component(str(schema["$ref"]).removeprefix(_COMPONENT))
        if "const" in schema:
            return f"Literal[{schema['const']!r}]"
        if "enum" in schema:
            return f"Literal[{', '.join(repr(each) for each in schema['enum'])}]"
        for union in ("anyOf", "oneOf"):
            if union in schema:
                return self._union(self.of(each, f"{name}{n or ''}") for n, each in enumerate(schema[union]))
        kind = schema.get("type")
        if isinstance(kind, list):
            return self._union(self.of({**schema, "type": each}, name) for each in kind)
        if kind == "array":
            return f"list[{self.of(schema.get('items', {}), f'{name}Item')}]"
        if kind == "object":
            return self._object(schema, camel(str(schema.get("title", name))) if schema.get("title") else name)
        return _PLAIN.get(str(kind), "Any")

    def text(self) -> list[str]:
        """The definitions, in the order of their names."""
        return [line for name in sorted(self._made) for line in (*self._made[name], "")]

    def _component(self, name: str) -> str:
        known = camel(name)
        if known not in self._made and name in self._components:
            self._made[known] = ()  # it may be in itself
            schema = self._components[name]
            if schema.get("type") == "object" and schema.get("properties"):
                self._made[known] = self._members(schema, known)
            else:
                self._made[known] = (f"{known}: TypeAlias = {self.of(schema, f'{known}Value')!r}",)
        return known if known in self._made else "Any"

    def _object(self, schema: Schema, name: str) -> str:
        if not schema.get("properties"):
            more = schema.get("additionalProperties", True)
            return f"dict[str, {'Any' if isinstance(more, bool) else self.of(more, f'{name}Value')}]"
        base, number = name, 2
        while True:
            lines = self._members(schema, name)
            if self._made.setdefault(name, lines) == lines:
                return name
            name, number = f"{base}{number}", number + 1

    def _members(self, schema: Schema, name: str) -> tuple[str, ...]:
        required = set(schema.get("required", ()))
        lines = []
        for key, each in schema["properties"].items():
            kind = self.of(each, f"{name}{camel(key)}")
            lines.append(f"        {key!r}: {kind if key in required else f'NotRequired[{kind}]'!s},")
        quoted = [re.sub(r": (.*),$", lambda found: f": {found[1]!r},", line) for line in lines]
        return (f"{name} = TypedDict(", f"    {name!r},", "    {", *quoted, "    },", ")")

    def _union(self, kinds: Any) -> str:
        found = list(dict.fromkeys(kinds))
        return "Any" if "Any" in found else " | ".join(found)
