"""What a machine has of what is wanted, asked once; the plan is made of this and asks nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from installer.resources import Account, Effect, File, Folder, Resource
from installer.target import Target


@dataclass(frozen=True, slots=True)
class Held:
    """A file or folder as it is. `text`: of a file, None for a folder."""

    mode: int
    owner: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """`held`: by path; `accounts`: those of the wanted ones that exist; `runs`: the machine is up (no mere root directory).

    missing: programs of the effects that are not installed.
    """

    held: Mapping[str, Held] = field(default_factory=dict)
    accounts: frozenset[str] = frozenset()
    runs: bool = False
    missing: frozenset[str] = frozenset()


def gather(target: Target, wanted: Iterable[Resource], effects: Iterable[Effect] = ()) -> Facts:
    """Asks the target. Raises `target.Failed`."""
    held: dict[str, Held] = {}
    accounts = set[str]()
    for one in wanted:
        match one:
            case Account(name, _):
                if target.has_account(name):
                    accounts.add(name)
            case Folder(path) | File(path):
                found = target.look(path)
                if found is not None:
                    mode, owner, is_file = found
                    held[path] = Held(mode, owner, target.read(path) if is_file else None)
    needed = sorted({program for effect in effects for program in effect.needs}) if target.runs else []
    missing = frozenset(program for program in needed if not target.has_program(program))
    return Facts(held, frozenset(accounts), target.runs, missing)
