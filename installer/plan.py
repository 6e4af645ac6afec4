"""What is to be done: wanted against held. Pure: a second plan over what the first has made is empty."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from installer.facts import Facts, Held
from installer.resources import Account, Effect, File, Folder, Resource

PACKAGES = {
    "nft": "nftables",
    "sysctl": "procps",
    "systemctl": "systemd",
    "runuser": "util-linux",
    "softswitch": "./softswitch.deb",
}
"""Debian packages whose names are not those of their programs."""


@dataclass(frozen=True, slots=True)
class Change:
    """One resource that is not as it is wanted. `before`: what is there now, None for nothing."""

    resource: Resource
    before: Held | None

    @property
    def text(self) -> str:
        """For people."""
        if self.before is None:
            return f"make {self.resource.id}"
        if isinstance(self.resource, File) and self.before.text != self.resource.text:
            return f"change {self.resource.id}"
        return f"correct owner and mode of {self.resource.id}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Changes in order, then the effects they need."""

    changes: tuple[Change, ...] = ()
    effects: tuple[Effect, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether everything is as it is wanted."""
        return not self.changes and not self.effects

    def lines(self) -> list[str]:
        """For people."""
        return [*(change.text for change in self.changes), *(effect.id for effect in self.effects)]


class Impossible(Exception):
    """What is wanted cannot be made where it is wanted; the text says what stands in the way, and the fix."""


def make_plan(wanted: Iterable[Resource], effects: Iterable[Effect], facts: Facts) -> Plan:
    """Raises Impossible."""
    changes = tuple(change for one in wanted if (change := _change(one, facts)) is not None)
    touched = {change.resource.id for change in changes}
    due = tuple(one for one in effects if facts.runs and touched & set(one.after))
    if lacking := sorted(set().union(*(one.needs for one in due)) & facts.missing):
        fixes = dict.fromkeys(PACKAGES.get(name.rpartition("/")[2], name) for name in lacking)
        raise Impossible(f"{', '.join(lacking)}: not installed; first: apt-get install {' '.join(fixes)}")
    return Plan(changes, due)


def _change(wanted: Resource, facts: Facts) -> Change | None:
    if isinstance(wanted, Account):
        return None if wanted.name in facts.accounts else Change(wanted, None)
    held = facts.held.get(wanted.path)
    if held is None:
        return Change(wanted, None)
    if isinstance(wanted, Folder) is not (held.text is None):
        kind = "a folder" if held.text is None else "a file"
        raise Impossible(f"{wanted.path} is {kind} already: move it away, then plan again")
    same = (held.mode, held.owner) == (wanted.mode, wanted.owner)
    if isinstance(wanted, File):
        same = same and held.text == wanted.text
    return None if same else Change(wanted, held)
