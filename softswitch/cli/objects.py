"""`tenant|user|device|number|trunk|flow|... list|show|set|delete`: configuration objects, one document each."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from softswitch.cli.context import of
from softswitch.cli.output import CliError

COLUMNS: dict[str, tuple[tuple[str, str], ...]] = {
    "tenant": (("id", "Id"), ("name", "Name"), ("timezone", "Zone"), ("status", "Status")),
    "user": (
        ("id", "Id"),
        ("name", "Name"),
        ("extension", "Extension"),
        ("email", "E-mail"),
        ("role", "Role"),
        ("dnd", "DND"),
    ),
    "device": (("id", "Id"), ("user", "User"), ("username", "SIP user")),
    "number": (("id", "Number"), ("label", "Label"), ("target", "Goes to")),
    "trunk": (("id", "Id"), ("name", "Name"), ("gateways", "Gateways"), ("sources", "Sources")),
    "route": (("id", "Id"), ("prefix", "Prefix"), ("tenants", "Tenants"), ("choice", "Choice"), ("trunks", "Trunks")),
    "deck": (
        ("id", "Id"),
        ("trunk", "Trunk"),
        ("currency", "Currency"),
        ("effective_from", "From"),
        ("effective_to", "To"),
    ),
    "address": (("id", "Id"), ("house", "House"), ("street", "Street"), ("city", "City"), ("country", "Country")),
    "flow": (("id", "Id"), ("name", "Name")),
    "schedule": (("id", "Id"), ("name", "Name")),
    "group": (("id", "Id"), ("name", "Name"), ("members", "Members"), ("strategy", "Strategy")),
    "queue": (("id", "Id"), ("name", "Name"), ("extension", "Extension"), ("strategy", "Strategy")),
    "mailbox": (("id", "Id"), ("name", "Name"), ("user", "User")),
    "prompt": (("id", "Id"), ("name", "Name"), ("text", "Text")),
    "holidays": (("id", "Id"), ("name", "Name"), ("holidays", "Holidays")),
    "contacts": (("id", "Id"), ("name", "Name")),
    "api_key": (("id", "Id"), ("name", "Name"), ("user", "User"), ("role", "Role"), ("expires_at", "Until")),
    "webhook": (("id", "Id"), ("url", "URL"), ("events", "Events"), ("enabled", "On")),
    "planned": (("id", "Id"), ("at", "At"), ("actor", "Who"), ("reason", "Why"), ("problem", "Problem")),
    "plan": (("id", "Id"), ("name", "Name"), ("users_max", "Users"), ("numbers_max", "Numbers")),
    "partner": (("id", "Id"), ("partner", "Partner"), ("account", "Account"), ("tenant", "Tenant")),
    "policy": (("id", "Id"), ("kept_days", "Days kept"), ("pruned_to", "Pruned to")),
    "region": (("id", "Id"), ("name", "Name"), ("country", "Country"), ("apps", "Applications")),
    "node": (("id", "Id"), ("region", "Region"), ("address", "Address"), ("retired", "Retired")),
    "shard": (("id", "Id"), ("region", "Region"), ("address", "Address")),
    "placement": (("id", "Tenant"), ("shard", "Shard")),
}


MANY = {
    "address": "addresses",
    "mailbox": "mailboxes",
    "holidays": "lists of holidays",
    "contacts": "lists of contacts",
    "api_key": "API keys",
    "planned": "planned changes",
    "policy": "policies",
}
"""What several of a kind are called, when that is not the kind and an s."""


def register(app: typer.Typer) -> None:
    """Add one group a kind."""
    for kind in COLUMNS:
        app.add_typer(group(kind), name=kind, help=f"List, show, set and delete {MANY.get(kind, f'{kind}s')}.")


def group(kind: str) -> typer.Typer:
    """The four commands of a kind."""
    commands = typer.Typer(no_args_is_help=True)

    @commands.command("list")
    def list_(context: typer.Context) -> None:
        """All of them."""
        here = of(context)
        rows = [
            {**row["document"], "version": row["version"]} for row in here.api.get(f"/api/v1/config/{kind}")["data"]
        ]
        here.output.table(rows, (*COLUMNS[kind], ("version", "Version")))

    @commands.command()
    def show(context: typer.Context, object_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
        """One, whole, with its version; of a trunk also its channels, registration and gateways now."""
        here = of(context)
        document = here.api.get(f"/api/v1/config/{kind}/{object_id}")
        if kind == "trunk":
            document["now"] = trunk_now(here.api, object_id)
        here.output.document(document)

    @commands.command("set")
    def set_(
        context: typer.Context,
        object_id: Annotated[str, typer.Argument(metavar="ID")],
        fields: Annotated[
            list[str] | None, typer.Argument(metavar="[FIELD=VALUE]...", help="Values are JSON or text.")
        ] = None,
        file: Annotated[Path | None, typer.Option(help="The whole document as JSON; `-` reads standard input.")] = None,
        reason: Annotated[str, typer.Option(help="Why, for the configuration log.")] = "changed on the command line",
    ) -> None:
        """Change fields of one, or write it whole; takes effect on the next call."""
        here = of(context)
        document, version = whole(file) if file else existing(here.api, kind, object_id)
        texts = text_fields(here.api.get(f"/api/v1/config-schema/{kind}")) if fields else frozenset()
        document |= {"id": object_id, **dict(field(text, texts) for text in fields or ())}
        headers = {"If-Match": f'"{version}"'} if version else {}
        answer = here.api.request("PUT", f"/api/v1/config/{kind}/{object_id}", document, headers, reason=reason)
        here.output.document(answer)

    @commands.command()
    def delete(context: typer.Context, object_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
        """Remove one; refused while something points at it."""
        here = of(context)
        here.api.request("DELETE", f"/api/v1/config/{kind}/{object_id}")
        here.output.lines((f"{kind} {object_id} deleted",), {"deleted": object_id})

    return commands


def trunk_now(api: Any, trunk: str) -> dict[str, Any]:
    """How a trunk is; why not, when the switch does not say."""
    try:
        return dict(api.get(f"/api/v1/trunks/{trunk}"))
    except CliError as error:
        return {"unknown": str(error)}


def whole(file: Path) -> tuple[dict[str, Any], int | None]:
    """A document from a file."""
    try:
        document = json.loads(sys.stdin.read() if str(file) == "-" else file.read_text())
    except (OSError, ValueError) as error:
        raise CliError(f"cannot read {file}: {error}") from error
    if not isinstance(document, dict):
        raise CliError(f"{file} holds no JSON object")
    return document, None


def existing(api: Any, kind: str, object_id: str) -> tuple[dict[str, Any], int | None]:
    """The document as it is, empty when it is new."""
    try:
        found = api.get(f"/api/v1/config/{kind}/{object_id}")
    except CliError as error:
        if "404" in str(error) or "no " in str(error).lower():
            return {}, None
        raise
    return dict(found["document"]), found["version"]


def text_fields(schema: dict[str, Any]) -> frozenset[str]:
    """The fields of a kind's JSON Schema that take text and no number."""
    ways = {name: wanted.get("anyOf", (wanted,)) for name, wanted in schema["properties"].items()}
    types = {name: {way.get("type") for way in several} for name, several in ways.items()}
    return frozenset(name for name, several in types.items() if several <= {"string", "null"})


def field(text: str, texts: frozenset[str]) -> tuple[str, Any]:
    """`name=value`; the value is JSON when it reads as JSON, but 101 is text in a field of `texts`."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise CliError(f"{text!r} is not FIELD=VALUE")
    try:
        read = json.loads(value)
    except ValueError:
        return name, value
    return name, value if name in texts and isinstance(read, int | float) else read
