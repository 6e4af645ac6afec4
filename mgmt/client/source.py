"""The operations of an OpenAPI description as the methods of a class, and the types they take and give."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mgmt.client.types import Schema, Types, argument, camel

HEAD = '''"""{title} {version}, made from the description of the API. {what}"""

from __future__ import annotations

'''
_JSON = "application/json"
LINE_CHARS_MAX = 4000


def made(document: Mapping[str, Any]) -> dict[str, str]:
    """`api.py` and `models.py`."""
    types = Types(document["components"]["schemas"])
    methods = [line for operation in _operations(document) for line in _method(types, *operation)]
    about = document["info"]
    head = {"title": about["title"], "version": about["version"]}
    api = [
        HEAD.format(**head, what="One method an operation."),
        "from typing import Any, Literal\n",
        "\n",
        "from softswitch_client.base import Base, quoted\n",
        "from softswitch_client.models import *\n",
        "\n\n",
        "class Client(Base):\n",
        '    """All operations; see `Base` for how it is made."""\n',
        *(f"{line}\n" if line else "\n" for line in methods),
    ]
    models = [
        HEAD.format(**head, what="What operations take and give."),
        "from typing import Any, Literal, NotRequired, TypeAlias, TypedDict\n",
        "\n",
        *(f"{line}\n" if line else "\n" for line in types.text()),
    ]
    return {"api.py": "".join(api), "models.py": "".join(models)}


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def _method(types: Types, path: str, method: str, operation: Mapping[str, Any]) -> list[str]:
    name = argument(operation["operationId"])
    base = camel(operation["operationId"])
    parameters = operation.get("parameters", ())
    inside = [each for each in parameters if each["in"] == "path"]
    query = [each for each in parameters if each["in"] == "query"]
    body = operation.get("requestBody", {}).get("content", {}).get(_JSON, {}).get("schema")
    takes = [f"{argument(each['name'])}: str" for each in inside]
    if body is not None:
        takes.append(f"body: {types.of(body, f'{base}Body')}")
    named = [f"{argument(each['name'])}: {_of_query(types, each, base)} = None" for each in query]
    if method in ("PUT", "PATCH", "DELETE"):
        named.append("if_match: str | None = None")
    words = re.sub(r"[\\\"]", "'", f"{operation.get('summary', '')} {operation.get('description', '')}".strip())
    asked = [repr(method), _path(path)]
    if query:
        members = ", ".join(f"{each['name']!r}: {argument(each['name'])}" for each in query)
        asked.append(f"query={{{members}}}")
    asked += ["body=body"] if body is not None else []
    asked += ["if_match=if_match"] if method in ("PUT", "PATCH", "DELETE") else []
    gives = _answer(types, operation, base)
    call = f"self.ask({', '.join(asked)})"
    return [
        "",
        f"    def {name}({', '.join(['self', *takes, *(['*', *named] if named else [])])}) -> {gives}:",
        f'        """{words}"""',
        f"        {call}" if gives == "None" else f"        found: {gives} = {call}",
        *([] if gives == "None" else ["        return found"]),
    ]


def _of_query(types: Types, parameter: Mapping[str, Any], base: str) -> str:
    kind = types.of(parameter.get("schema", {}), f"{base}{camel(parameter['name'])}")
    return "Any" if kind == "Any" else f"{kind} | None"


def _path(path: str) -> str:
    if "{" not in path:
        return repr(path)
    return "f" + repr(re.sub(r"{([^}]+)}", lambda found: f"{{quoted({argument(found[1])})}}", path))


def _answer(types: Types, operation: Mapping[str, Any], base: str) -> str:
    """The type of a success; of several, all of them."""
    found: list[str] = []
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            content: Mapping[str, Schema] = answer.get("content", {})
            if not content:
                found.append("None" if status == "204" else "Any")
            elif _JSON in content:
                found.append(types.of(content[_JSON].get("schema", {}), f"{base}Answer"))
            else:
                found.append("bytes")
    kinds = list(dict.fromkeys(found))
    return "Any" if "Any" in kinds or not kinds else " | ".join(kinds)
