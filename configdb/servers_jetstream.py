"""Which servers JetStream counts: one that is gone for good has to be forgotten, or it is a vote that is never given.

Of three servers whose node was replaced three times, JetStream counts six, and four of them would have to agree. And the copy of
the log that was on a server that is gone is made on another one only when it is forgotten.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import nats.errors

from configdb.limits import answer_wait_s_max, quorum_silence_s_max
from configdb.nats_link import Away, NatsLink, link_of
from configdb.nats_rights import SYSTEM
from configdb.node import NodeSettings

T = TypeVar("T")
NOT_A_MEMBER = 10044
AGAIN_S = 0.5


class NotAnswered(Exception):
    """No server speaks for all of them: most have to be there to agree."""


def forget(data_dir: Path, settings: NodeSettings, name: str, wait_s: float) -> bool:
    """Have a server counted no more; its copies of the log go to others, now or when there are some. False: it was not.

    Raises `NotAnswered`.
    """

    def asked(link: NatsLink) -> bool:
        error = _answer(link, "$JS.API.SERVER.REMOVE", {"peer": name}).get("error")
        if error is not None and error["err_code"] != NOT_A_MEMBER:
            raise ValueError(error["description"])
        return error is None

    with _link(data_dir, settings) as link:
        return _until(lambda: asked(link), wait_s)


def counted(data_dir: Path, settings: NodeSettings, wait_s: float) -> dict[str, bool]:
    """The servers by name, and whether each is there; one that is alone is counted by nobody. Raises `NotAnswered`."""

    def asked(link: NatsLink) -> dict[str, bool]:
        found = _answer(link, "$SYS.REQ.SERVER.PING.JSZ", {"leader_only": True})["data"].get("meta_cluster")
        if found is None:
            return {}
        return {str(found["leader"]): True, **{str(one["name"]): _is_there(one) for one in found.get("replicas", ())}}

    with _link(data_dir, settings) as link:
        return _until(lambda: asked(link), wait_s)


def _is_there(server: Mapping[str, Any]) -> bool:
    """Whether the leader heard a server lately (0: never since it leads): what has no good-bye is called offline much later."""
    return not server.get("offline", False) and 0 < server.get("active", 0) < quorum_silence_s_max * 1e9


@contextmanager
def _link(data_dir: Path, settings: NodeSettings) -> Iterator[NatsLink]:
    link = link_of(data_dir, settings, SYSTEM)
    try:
        yield link
    finally:
        link.close()


def _answer(link: NatsLink, subject: str, question: dict[str, Any]) -> dict[str, Any]:
    link.require()
    asked = link.client.request(subject, json.dumps(question).encode(), answer_wait_s_max)
    return dict(json.loads(link.ask(asked, answer_wait_s_max + 1).data))


def _until(ask: Callable[[], T], wait_s: float) -> T:
    """What is answered, by who leads after an election too."""
    deadline = time.monotonic() + wait_s
    while True:
        try:
            return ask()
        except (Away, TimeoutError, nats.errors.Error, OSError, ValueError, KeyError) as error:
            if time.monotonic() > deadline:
                raise NotAnswered(str(error) or type(error).__name__) from error
        time.sleep(AGAIN_S)
