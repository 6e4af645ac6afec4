"""What each process of a node may say and hear on its NATS server: a user each, with the subjects that it needs and no others.

Only switches speak between nodes about calls (`cluster`), only the services write the log of events, only they answer for files.
The operator's tools (backup, restore, moving a tenant) come as `OPERATOR`, who may everything; about the servers themselves
`SYSTEM` speaks, in an account of its own. Who asks hears the answers to its own questions alone: each user has its own inbox.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from configdb.subjects import prefix

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

    def written(self, password: str, shard: str) -> str:
        """As a line of the settings of a server of that shard."""
        publish = _ALL + _of(shard, self.publish)
        subscribe = ("configpush.>", "replica.>", f"{inbox(self.user)}.>", *_of(shard, self.subscribe))
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


def _of(shard: str, subjects: tuple[str, ...]) -> tuple[str, ...]:
    """As the nodes of a shard name them; streams have the shard in their own name."""
    own = ("$JS.", "configsnapshot.", "eventlog.", "eventpush.")
    return tuple(one if one.startswith(own) else prefix(shard) + one for one in subjects)


def authorization(password: Callable[[str], str], shard: str) -> str:
    """The users of a server of that shard; `password(user)`."""
    everything = f'{{ user: "{OPERATOR}", password: "{password(OPERATOR)}" }}'
    users = [everything, *(rights.written(password(rights.user), shard) for rights in RIGHTS)]
    system = f'accounts {{ "$SYS": {{ users: [ {{ user: "{SYSTEM}", password: "{password(SYSTEM)}" }} ] }} }}'
    return "authorization {{ users: [\n  {}\n] }}\n{}".format("\n  ".join(users), system)
