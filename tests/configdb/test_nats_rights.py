"""Each process of a node may say and hear on NATS what it needs; what is another's is refused by a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from nats.aio.msg import Msg

from configdb import nats_server
from configdb.event_log_jetstream import JetStreamEventLog
from configdb.log_jetstream import JetStreamLog
from configdb.nats_link import NatsLink
from configdb.nats_rights import OPERATOR, RIGHTS, SERVICES, SWITCH, WEB
from configdb.questions import NatsQuestions
from tests.configdb.conftest import Server, entry, eventually
from tests.configdb.test_log import Reader
from tests.ports import free_port

SAYS = [
    ("cluster.node", {SWITCH}),
    ("cluster.control.node-1", {SWITCH}),
    ("events.acme.call", {SWITCH, SERVICES}),
    ("events.acme.activity", {SWITCH, WEB, SERVICES}),
    ("eventlog.acme", {SERVICES}),
    ("push.acme.dead", {SWITCH, SERVICES}),
    ("push.acme.wake", {SWITCH, WEB}),
    ("webhooks.again", {WEB}),
    ("config.main.acme", {SWITCH, WEB, SERVICES}),
    ("configsnapshot.main.manifest", {WEB, SERVICES}),
    ("configpush.main.acme", set()),
    ("eventpush.acme", set()),
    ("media.ask", {SWITCH, WEB, SERVICES}),
    ("anything.else", set()),
    (f"_INBOX.{SWITCH}.x", set()),
    ("$JS.API.STREAM.DELETE.eventlog", {WEB}),
    ("$JS.API.STREAM.SNAPSHOT.eventlog", set()),
]
HEARS = [
    ("cluster.>", {SWITCH}),
    ("cluster.sip.node-1", {SWITCH}),
    ("events.*.activity", {SWITCH, WEB}),
    ("events.*.call", {WEB}),
    ("push.*.wake", {SERVICES}),
    ("media.ask", {SERVICES}),
    ("eventlog.*", set()),
    ("config.>", set()),
    ("_INBOX.>", set()),
    (">", set()),
]
USERS = [rights.user for rights in RIGHTS]


@dataclass
class Ear:
    """Everything that is said on a subject."""

    heard: list[str] = field(default_factory=list)

    async def hear(self, message: Msg) -> None:
        self.heard.append(message.subject)


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], NatsLink]]:
    """Links by user to one server, kept for the tests of this file."""
    server = Server(tmp_path_factory.mktemp("rights"), free_port())
    server.start()
    known: dict[str, NatsLink] = {}

    def link(user: str) -> NatsLink:
        if user not in known:
            url = [f"nats://127.0.0.1:{server.port}"]
            known[user] = NatsLink(url, user, nats_server.password(server.folder, user))
            server.links.append(known[user])
            known[user].require(5)
        return known[user]

    yield link
    server.close()


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize(("subject", "may"), SAYS, ids=[subject for subject, _ in SAYS])
def test_a_process_says_what_is_its_own_to_say(
    users: Callable[[str], NatsLink], user: str, subject: str, may: set[str]
) -> None:
    ear, first, last = Ear(), f"replica.of-{user}.ask", f"replica.of-{user}.report"
    ends = [users(OPERATOR).subscribe(one, ear.hear) for one in (subject, first, last)]
    eventually(lambda: _heard(users(OPERATOR), first, ear))
    users(user).post(subject, b"{}")
    eventually(lambda: _heard(users(user), last, ear))  # in order: what was said before this has come, or never will
    assert (user in may) is (subject in ear.heard)
    for end in ends:
        end()


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize(("pattern", "may"), HEARS, ids=[pattern for pattern, _ in HEARS])
def test_a_process_hears_what_it_needs(
    users: Callable[[str], NatsLink], user: str, pattern: str, may: set[str]
) -> None:
    ear, known, first, last = Ear(), Ear(), f"replica.to-{user}.ask", f"replica.to-{user}.report"
    subject = pattern.replace("*", "acme").replace(">", "x")
    ends = [
        users(user).subscribe(pattern, ear.hear),
        *(users(user).subscribe(one, known.hear) for one in (first, last)),
    ]
    eventually(lambda: _heard(users(OPERATOR), first, known))
    users(OPERATOR).post(subject, b"{}")
    eventually(lambda: _heard(users(OPERATOR), last, known))
    assert (user in may) is (subject in ear.heard)
    for end in ends:
        end()


@pytest.mark.parametrize("user", USERS)
def test_every_process_writes_and_follows_the_configuration(users: Callable[[str], NatsLink], user: str) -> None:
    log = JetStreamLog(users(user), shard=f"of-{user}")
    reader = Reader(log)
    assert 1 == log.append(entry(), 0, 5)
    eventually(lambda: len(reader.entries) == 1)
    assert log.snapshot() is None
    log.close()


def test_the_web_process_prunes_the_log_and_makes_it_anew(users: Callable[[str], NatsLink]) -> None:
    log = JetStreamLog(users(WEB), shard="pruned")
    log.append(entry(), 0, 5)
    log.keep_snapshot(1, b"everything")
    log.forget(1)
    assert (1, b"everything") == log.snapshot()
    log.close()


def test_services_write_the_log_of_events_and_pages_read_it(users: Callable[[str], NatsLink]) -> None:
    written, read = JetStreamEventLog(users(SERVICES)), JetStreamEventLog(users(WEB))
    sequence = written.append("acme", {"id": "e1", "type": "call.ended"})
    eventually(lambda: [kept.sequence for kept in read.read("acme", 0, 10)] == [sequence])
    written.purge("acme")
    eventually(lambda: read.read("acme", 0, 10) == [])


@pytest.mark.parametrize("user", USERS)
def test_services_answer_every_process_for_files(users: Callable[[str], NatsLink], user: str) -> None:
    end = NatsQuestions(users(SERVICES)).serve("media.ask", lambda question: b"here")
    eventually(lambda: NatsQuestions(users(user), 0.3).ask("media.ask", b"?", 1) == [b"here"])
    end()


def _heard(speaker: NatsLink, said: str, ear: Ear) -> bool:
    """Say it once more, and see."""
    speaker.post(said, b"{}")
    return said in ear.heard
