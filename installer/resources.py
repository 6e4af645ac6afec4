"""What a machine is to have, as values: accounts, folders, files, and commands that make what has changed take effect. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Account:
    """A system user with its group, without password and shell."""

    name: str
    home: str

    @property
    def id(self) -> str:
        """What it is called in plans."""
        return f"account {self.name}"


@dataclass(frozen=True, slots=True)
class Folder:
    """A directory. `owner`: an account, "root" else."""

    path: str
    mode: int = 0o755
    owner: str = "root"

    @property
    def id(self) -> str:
        """What it is called in plans."""
        return f"folder {self.path}"


@dataclass(frozen=True, slots=True)
class File:
    """A file with just this text."""

    path: str
    text: str = field(repr=False)
    mode: int = 0o644
    owner: str = "root"

    @property
    def id(self) -> str:
        """What it is called in plans."""
        return f"file {self.path}"


@dataclass(frozen=True, slots=True)
class Effect:
    """A command that makes files count, run when one of `after` (ids of resources) has changed, on a machine that runs.

    `undo` is run when a later step fails, once the files are what they were. `programs`: what is run by way of another one.
    """

    name: str
    command: tuple[str, ...]
    after: tuple[str, ...]
    undo: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()

    @property
    def needs(self) -> frozenset[str]:
        """The programs without which it is no use to begin."""
        return frozenset((self.command[0], *self.programs))

    @property
    def id(self) -> str:
        """What it is called in plans."""
        return f"run {self.name}"


Resource = Account | Folder | File
