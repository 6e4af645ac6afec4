"""Call flows to begin with, made of what the company has: each may go live as it is, and is a beginning, not an end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from configdb.snapshot import TenantView

Document = dict[str, Any]
WORDS = {
    "en": {
        "welcome": "Thank you for calling {company}.",
        "closed": "Thank you for calling {company}. We are closed at the moment. Please leave a message after the tone.",
        "busy": "Nobody can take your call at the moment. Please leave a message after the tone.",
        "menu": "Thank you for calling {company}. {choices}",
        "choice": "For {name}, press {key}.",
        "message": "To leave a message, press {key}.",
        "news": "Thank you for calling {company}. Nobody is at this number. Please leave a message after the tone.",
    },
    "ru": {
        "welcome": "Здравствуйте, вы позвонили в компанию {company}.",
        "closed": "Здравствуйте, вы позвонили в компанию {company}. Сейчас мы не работаем. Оставьте сообщение после сигнала.",
        "busy": "Сейчас никто не может ответить. Оставьте сообщение после сигнала.",
        "menu": "Здравствуйте, вы позвонили в компанию {company}. {choices}",
        "choice": "{name}: нажмите {key}.",
        "message": "Чтобы оставить сообщение, нажмите {key}.",
        "news": "Здравствуйте, вы позвонили в компанию {company}. Оставьте сообщение после сигнала.",
    },
}
CHOICES_MAX = 8


@dataclass(frozen=True, slots=True)
class Template:
    """`id` is what pages have words for."""

    id: str
    document: Document


def templates(view: TenantView) -> list[Template]:
    """Those that the company has everything for."""
    return list(_Made(view).all())


class _Made:
    def __init__(self, view: TenantView) -> None:
        self._view = view
        words = WORDS.get(view.tenant.language, WORDS["en"])
        self._words = {name: text.replace("{company}", _plain(view.tenant.name)) for name, text in words.items()}
        self._people = [user for _, user in sorted(view.users.items()) if not user.disabled]
        self._groups = [group for _, group in sorted(view.groups.items())]
        self._box = min((_rank(box.user, id), id) for id, box in view.mailboxes.items())[1] if view.mailboxes else None

    def all(self) -> Iterator[Template]:
        """From the plainest on."""
        box = self._box
        if box is not None:
            yield Template("message", self._flow("say", {"say": self._say("news", "message"), **self._end(box)}))
        for kind, found in (("user", self._people), ("group", self._groups)):
            if found and box is not None:
                nodes = {"welcome": self._say("welcome", "ring"), "ring": _dial(kind, found[0].id), **self._busy(box)}
                yield Template("person" if kind == "user" else "group", self._flow("welcome", nodes))
        if self._people and self._view.schedules and box is not None:
            yield Template("hours", self._hours(box, self._whom()))
        if self._people and box is not None:
            yield Template("menu", self._menu(box))
        queue = min(self._view.queues, default=None)
        if queue is not None and box is not None:
            wait = {"kind": "queue", "queue": queue, "on_no_answer": "busy", "on_full": "busy", "next": "bye"}
            nodes = {"welcome": self._say("welcome", "wait"), "wait": wait, **self._busy(box)}
            yield Template("queue", self._flow("welcome", nodes))

    def _hours(self, box: str, whom: tuple[str, str]) -> Document:
        hours = {"kind": "hours", "schedule": min(self._view.schedules), "open": "welcome", "closed": "closed"}
        return self._flow(
            "hours",
            {
                "hours": hours,
                "welcome": self._say("welcome", "ring"),
                "ring": _dial(*whom),
                "closed": self._say("closed", "message"),
                **self._busy(box),
            },
        )

    def _menu(self, box: str) -> Document:
        targets = [("group", one.id, one.name) for one in self._groups] + [
            ("user", one.id, one.name) for one in self._people
        ]
        offered = [(str(key), *target) for key, target in enumerate(targets[:CHOICES_MAX], 1)]
        last = str(len(offered) + 1)
        words = [self._words["choice"].format(name=_plain(name), key=key) for key, _, _, name in offered]
        choices = " ".join([*words, self._words["message"].format(key=last)])
        menu = {
            "kind": "menu",
            "prompts": [f"say:{self._words['menu'].format(choices=choices)}"],
            "keys": {**{key: f"ring-{key}" for key, *_ in offered}, last: "message"},
            "timeout_s": 6,
            "tries": 2,
            "on_timeout": "ring-1",
            "on_invalid": "ring-1",
        }
        rings = {f"ring-{key}": _dial(kind, id) for key, kind, id, _ in offered}
        return self._flow("menu", {"menu": menu, **rings, **self._busy(box)})

    def _whom(self) -> tuple[str, str]:
        return ("group", self._groups[0].id) if self._groups else ("user", self._people[0].id)

    def _say(self, what: str, next: str) -> Document:
        return {"kind": "play", "prompts": [f"say:{self._words[what]}"], "next": next}

    def _busy(self, box: str) -> Document:
        return {"busy": self._say("busy", "message"), **self._end(box)}

    @staticmethod
    def _end(box: str) -> Document:
        return {"message": {"kind": "mailbox", "mailbox": box, "next": "bye"}, "bye": {"kind": "hangup"}}

    @staticmethod
    def _flow(start: str, nodes: Document) -> Document:
        return {"start": start, "nodes": nodes}


def _rank(user: str | None, id: str) -> tuple[bool, str]:
    """A mailbox of nobody in particular is the company's."""
    return user is not None, id


def _dial(kind: str, id: str) -> Document:
    return {
        "kind": "dial",
        "target": {"kind": kind, "id": id},
        "on_no_answer": "busy",
        "on_busy": "busy",
        "next": "bye",
    }


def _plain(text: str) -> str:
    """A name within a sentence, where braces mean something else."""
    return text.replace("{", "(").replace("}", ")")
