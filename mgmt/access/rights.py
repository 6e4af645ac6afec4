"""Who may do what: one table of the roles and the parts of the API (ASVS 8.1.1, 8.2.1).

A route belongs to a part (`webapps.registry`); asking is `look`, everything else is `change`. Columns are how somebody acts
in the company that a request is about: with their own role, from a reseller above it (`below`), as an operator of the node.
The table is the outer door; `usecases.rules` says more of single fields of the configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Literal, cast, get_args

from configdb.model import Role

Column = Literal["user", "auditor", "manager", "owner", "reseller", "below", "operator"]
EVERYBODYS = "me"
"""The part that everybody may use, and every key of a program."""

_TABLE = """
part           user    auditor  manager  owner   reseller  below   operator
me             change  change   change   change  change    change  change
sign-in        change  change   change   change  change    change  change
phones         change  look     change   change  change    change  change
calls          change  look     change   change  change    look    change
activities     change  look     change   change  change    -       change
contacts       change  look     change   change  change    -       change
recordings     change  look     change   change  change    -       change
messages       change  look     change   change  change    -       change
configuration  look    look     change   change  change    change  change
events         look    look     look     look    look      -       look
webhooks       -       look     change   change  change    change  change
market         -       look     change   change  change    look    change
billing        -       look     look     change  change    change  change
outbox         -       look     change   change  change    look    change
people         -       look     change   change  change    change  change
audit          -       look     look     look    look      look    look
support        -       look     look     change  change    look    look
tenants        -       -        -        -       change    change  change
visits         -       -        -        -       change    change  change
"""
"""people: those of the company, their roles and invitations.  support: whether the company lets helpers in.  tenants: the
companies of a reseller.  visits: to act as one of the people there, when the company lets helpers in."""


class Access(IntEnum):
    """How far a right goes."""

    NONE = 0
    LOOK = 1
    CHANGE = 2


_ACCESS = {"-": Access.NONE, "look": Access.LOOK, "change": Access.CHANGE}


def _parsed(table: str) -> Mapping[str, Mapping[Column, Access]]:
    head, *rows = (line.split() for line in table.strip().splitlines())
    columns = [cast(Column, name) for name in head[1:]]
    if tuple(columns) != get_args(Column) or any(len(row) != len(head) for row in rows):
        raise ValueError("the table of rights has other columns than there are")
    return MappingProxyType(
        {
            row[0]: MappingProxyType({column: _ACCESS[word] for column, word in zip(columns, row[1:], strict=True)})
            for row in rows
        }
    )


RIGHTS = _parsed(_TABLE)
VISITORS_NEVER = frozenset({"sign-in", "people", "support", "tenants", "visits"})
"""Parts that nobody changes while they act as somebody else."""

safe_methods = frozenset({"GET", "HEAD", "OPTIONS"})


def wanted(method: str) -> Access:
    """The access that a method needs."""
    return Access.LOOK if method in safe_methods else Access.CHANGE


def may(column: Column, part: str, method: str) -> bool:
    """Whether the table has it."""
    return RIGHTS[part][column] >= wanted(method)


def matrix() -> list[dict[str, str]]:
    """The table for people: a row a part, `{part, user, auditor, ...}` of the company's roles; `none`, `look` or `change`."""
    return [
        {"part": part, **{column: access.name.lower() for column, access in row.items() if column in get_args(Role)}}
        for part, row in RIGHTS.items()
    ]
