"""caller: ways by who calls: the first case that the caller fits, else `otherwise`."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from configdb.model import Id, Value, fits
from configdb.office import ContactList
from configdb.personal import CallerPattern
from ivr.nodes.base import Family, Node, NodeId
from ivr.talk import Talk

ANONYMOUS = "anonymous"


class Case(Value):
    """Who fits: numbers or beginnings of them, people of a contact list, or a kind of caller."""

    name: str = Field(min_length=1, max_length=80)
    numbers: tuple[CallerPattern, ...] = Field(default=(), max_length=500)
    contacts: Id | None = Field(default=None, json_schema_extra={"x-form": "contacts"})
    who: Literal["anonymous", "colleague"] | None = None
    to: NodeId

    def takes(self, talk: Talk) -> bool:
        """Whether the caller fits."""
        caller = talk.caller
        if self.who == "anonymous" and caller.number == ANONYMOUS:
            return True
        if self.who == "colleague" and caller.user is not None:
            return True
        return fits(caller.number, self.numbers) or self._is_known(talk)

    def _is_known(self, talk: Talk) -> bool:
        found = talk.view.objects.get("contacts", {}).get(self.contacts or "")
        people = found.contacts.values() if isinstance(found, ContactList) else ()
        return any(talk.caller.number in person.numbers for person in people)


class CallerMatch(Node):
    """The cases in order."""

    title: ClassVar[str] = "By caller"
    family: ClassVar[Family] = "decide"
    needs_nobody: ClassVar[bool] = True

    kind: Literal["caller"] = "caller"
    cases: tuple[Case, ...] = Field(min_length=1, max_length=50)
    otherwise: NodeId

    @property
    def quiet_s(self) -> float | None:
        return 0.0

    def enter(self, talk: Talk) -> None:
        number = talk.caller.number
        case = next((case for case in self.cases if case.takes(talk)), None)
        if case is None:
            talk.take("caller.otherwise", f"{number} fits no case")
            talk.go(self.otherwise)
        else:
            talk.take("caller.case", f"{number} is {case.name}", case=case.name)
            talk.go(case.to)

    def edges(self) -> dict[str, str]:
        return {case.name: case.to for case in self.cases} | {"otherwise": self.otherwise}

    def references(self) -> tuple[tuple[str, str], ...]:
        return tuple(("contacts", case.contacts) for case in self.cases if case.contacts is not None)
