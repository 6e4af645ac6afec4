"""A floor with queues and agents, driven by a script: what is asked of the driver is kept, and what is saved can be restored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from configdb.model import Queue, Tenant, User
from configdb.snapshot import TenantView
from ivr.events import QueueOffer
from softswitch.queues.effects import CallBack, Effect, Save, Tell, Write
from softswitch.queues.floor import Floor

TENANT = "acme"
START = 1_790_000_000.0


def view_of(queues: Mapping[str, dict[str, Any]], users: int = 6) -> TenantView:
    """A tenant with users u1, u2 ... and these queues."""
    people = {f"u{n}": User(id=f"u{n}", name=f"User {n}", extension=f"{100 + n}") for n in range(1, users + 1)}
    made = {
        id: Queue.model_validate({"id": id, "name": id.title(), "no_answer": MAILBOX, **q}) for id, q in queues.items()
    }
    return TenantView(Tenant(id=TENANT, name="Acme", timezone="UTC"), 1, users=people, queues=made)


MAILBOX = {"kind": "mailbox", "id": "box"}


def members(*users: str, **more: dict[str, Any]) -> list[dict[str, Any]]:
    """Agents of a queue; `more` has penalty and skills by user."""
    return [{"user": user, **more.get(user, {})} for user in users]


class Scene:
    """A floor, its clock, and everything it asked for."""

    def __init__(self, dice: Callable[[], float] = lambda: 0.5, **queues: dict[str, Any]) -> None:
        self.now = START
        self.view = view_of(queues)
        self.rows: dict[str, Mapping[str, Any]] = {}
        self.dice = dice
        self.log: list[Effect] = []
        self.begin()

    def begin(self) -> None:
        """A floor that knows what was saved: at first, and after a crash."""
        self.floor = Floor(self.dice)
        self.do(lambda f: (f.configured({TENANT: self.view}), f.restore(dict(self.rows))))

    def do(self, what: Callable[[Floor], object]) -> tuple[Effect, ...]:
        """An input; what is saved is saved at once."""
        effects = self.floor.do(self.now, what)
        for effect in effects:
            if isinstance(effect, Save) and effect.row is None:
                self.rows.pop(effect.key, None)
            elif isinstance(effect, Save) and effect.row is not None:
                self.rows[effect.key] = effect.row
        self.log += effects
        return effects

    def later(self, seconds: float) -> tuple[Effect, ...]:
        """Time passes."""
        end = self.now + seconds
        out: tuple[Effect, ...] = ()
        while (at := self.floor.next_at) is not None and at <= end:
            self.now = max(self.now, at)
            out += self.do(lambda _: None)
        self.now = end
        return out + self.do(lambda _: None)

    def login(self, *users: str) -> None:
        for user in users:
            self.do(lambda f, user=user: f.staff.login(TENANT, user))

    def join(
        self, call: str, queue: str = "sales", priority: int = 0, skills: tuple[str, ...] = ()
    ) -> tuple[Effect, ...]:
        number = f"+1202555{int.from_bytes(call.encode()[-3:]) % 10_000:04d}"
        return self.do(lambda f: f.callers.join(call, TENANT, queue, (number, None), priority, frozenset(skills)))

    def offers(self) -> list[tuple[str, str]]:
        """(call, agent) of all offers so far, those of promised calls too."""
        found = []
        for effect in self.log:
            match effect:
                case Tell(call, QueueOffer(agent)):
                    found.append((call, agent))
                case CallBack(_, _, promise, _, agent):
                    found.append((promise, agent))
        return found

    def replies(self, call: str) -> list[Any]:
        """All that a call was told."""
        return [effect.reply for effect in self.log if isinstance(effect, Tell) and effect.call == call]

    def notes(self) -> list[tuple[str, str]]:
        """(call, state) of all that was written down of promises."""
        written = [effect.record["activity"] for effect in self.log if isinstance(effect, Write)]
        return [(activity["call"], activity["state"]) for activity in written]

    def answers(self, call: str, agent: str) -> None:
        """The agent's phone rang, and they talk with the caller now."""
        self.do(lambda f: f.staff.lines(TENANT, agent, 1))
        self.do(lambda f: f.callers.result(call, agent, "answered"))

    def hangs_up(self, call: str, agent: str) -> None:
        """Their conversation is over."""
        self.do(lambda f: f.staff.lines(TENANT, agent, -1))
        self.do(lambda f: f.callers.gone(call))

    def refuses(self, call: str, agent: str, outcome: str = "no_answer") -> None:
        """The agent was not reached."""
        self.do(lambda f: f.callers.result(call, agent, outcome))

    def state(self, agent: str, queue: str = "sales") -> str:
        """What an agent does."""
        document = self.floor.document(self.now, TENANT, queue)
        assert document is not None
        return str(next(one["state"] for one in document["people"] if one["user"] == agent))

    def figures(self, queue: str = "sales") -> dict[str, Any]:
        """The live figures."""
        document = self.floor.document(self.now, TENANT, queue)
        assert document is not None
        return document
