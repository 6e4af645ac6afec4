"""What every command has at hand: where the node lives, whose objects, how to print."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import typer

from softswitch.cli.api import Api
from softswitch.cli.output import Output


@dataclass(frozen=True, slots=True)
class Context:
    """The global options."""

    data: Path
    tenant: str | None
    output: Output

    @property
    def api(self) -> Api:
        """The node's HTTP API."""
        return Api(self.data, self.tenant)


def of(context: typer.Context) -> Context:
    """The global options of a command."""
    found = context.obj
    if not isinstance(found, Context):
        raise TypeError("the command was started without its options")
    return found
