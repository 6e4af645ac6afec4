"""What each process of a node may say and hear on its NATS server: a user each, with the subjects that it needs and no others.

Only switches speak between nodes about calls (`cluster`), only the services write the log of events, only they answer for files.
The operator's tools (backup, restore, moving a tenant) come as `OPERATOR`, who may everything; about the servers themselves
`SYSTEM` speaks, in an account of its own. Who asks hears the answers to its own questions alone: each user has its own inbox.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

OPERATOR, SWITCH, WEB, SERVICES, SYSTEM = "node", "switch", "web", "services", "system"

_STREAMS = ("INFO", "CREATE", "UPDATE", "MSG.GET")
_ALL = ("config.>", "replica.>", "$JS.API.DIRECT.GET.>", *(f"$JS.API.STREAM.{what}.*" for what in _STREAMS))
"""Configuration: every process reads and writes it, and says how far it is."""

_FILES = ("media.ask", "media.read.*")
_PRUNING = ("configsnapshot.>", "$JS.API.STREAM.PURGE.*")


@dataclass(frozen=True, slots=True)
class Rights:
    """The subjects that a user may publish to and subscribe to. answers: it answers what it is asked, wherever that says."""

    user: str
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    answers: bool = False

    def written(self, password: str) -> str:
        """As a line of the server's settings."""
        publish, subscribe = (
            _ALL + self.publish,
            ("configpush.>", "replica.>", f"{inbox(self.user)}.>", *self.subscribe),
        )
        answering = ", allow_responses: true" if self.answers else ""
        may = f"publish: {{ allow: {json.dumps(publish)} }}, subscribe: {{ allow: {json.dumps(subscribe)} }}{answering}"
        return f'{{ user: "{self.user}", password: "{password}", permissions: {{ {may} }} }}'


RIGHTS = (
    Rights(
        SWITCH,
        publish=("cluster.>", "events.>", "push.*.*", *_FILES),
        subscribe=("cluster.>", "events.*.activity", "push.*.dead", "quality.trunks"),
    ),
    Rights(
        WEB,
        publish=(
            "events.*.activity",
            "events.*.message",
            "push.*.wake",
            "webhooks.again",
            "web.*",
            "$JS.API.STREAM.DELETE.*",
            *_PRUNING,
            *_FILES,
        ),
        subscribe=("events.>", "eventpush.>", "web.*"),
    ),
    Rights(
        SERVICES,
        publish=("events.>", "eventlog.>", "push.*.dead", "quality.trunks", *_PRUNING, *_FILES),
        subscribe=("media.>", "push.*.*", "webhooks.again", "eventpush.>"),
        answers=True,
    ),
)


def inbox(user: str) -> str:
    """What the subjects begin with on which a user hears answers."""
    return f"_INBOX.{user}"


def authorization(password: Callable[[str], str]) -> str:
    """The users of a server; `password(user)`."""
    everything = f'{{ user: "{OPERATOR}", password: "{password(OPERATOR)}" }}'
    users = [everything, *(rights.written(password(rights.user)) for rights in RIGHTS)]
    system = f'accounts {{ "$SYS": {{ users: [ {{ user: "{SYSTEM}", password: "{password(SYSTEM)}" }} ] }} }}'
    return "authorization {{ users: [\n  {}\n] }}\n{}".format("\n  ".join(users), system)
