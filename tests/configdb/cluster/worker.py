"""One node's configuration process under test: writes, reads and watches, and says each thing on its standard output.

    python -m tests.configdb.cluster.worker DATA NATS_PORT NODE LIFE

Three kinds of writes: unique elements of a set; a register that is compared and set; a list that grows by reading and
writing it whole. What is begun is said before it is done, so that one who is killed leaves nothing unsaid. Orders come on
standard input: `work N` with a seed, `rest`, `show`.
"""

from __future__ import annotations

import contextlib
import json
import random
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from configdb import nats_server
from configdb.bus_nats import NatsBus
from configdb.client import ConfigClient, Peers
from configdb.errors import Refused, Unknown
from configdb.keys import Key
from configdb.log import Change, Entry
from configdb.log_jetstream import JetStreamLog
from configdb.model import Prompt
from configdb.nats_link import NatsLink
from configdb.nats_rights import OPERATOR
from configdb.replica import fingerprint
from configdb.snapshot import Directory

LIST_CHARS_MAX = 1800
PAUSE_S = 0.05


class Worker:
    """One life."""

    def __init__(self, data: Path, port: int, node: int, life: int) -> None:
        self.node, self.life = node, life
        link = NatsLink([f"nats://127.0.0.1:{port}"], OPERATOR, nats_server.password(data))
        self._link, bus = link, NatsBus(link)
        self.log = JetStreamLog(link, "main", 3)
        skew_s = random.Random(f"{node} {life}").choice((0, 3600, -3600))
        self.client = ConfigClient(
            data, "web", self.log, peers=Peers(bus, "main", f"node-{node}"), clock=lambda: time.time() + skew_s
        )
        self._folder, self._whole = data / "config", data / "whole"
        self._lock = threading.Lock()
        self._writing = threading.Lock()  # who is asked to show what there is has nothing under way
        self.seed: str | None = None

    def say(self, what: str, **more: Any) -> None:
        """One line."""
        with self._lock:
            print(json.dumps({"what": what, "t": time.monotonic(), **more}), flush=True)

    def live(self) -> None:
        """Until the standard input ends."""
        self.client.start(self._told)
        whole = self._whole.read_text() if self._whole.exists() else ""  # empty when the disk was full
        rebuilt = self._set_aside() > int(whole or "0")
        if rebuilt:  # now, or in a life that ended before it had read all of the log again
            self.say("rebuilt")
        for part in (self._work, self._look):
            threading.Thread(target=part, args=(rebuilt,), daemon=True).start()
        for line in sys.stdin:
            match line.split():
                case ["work", seed]:
                    self.seed = seed
                case ["rest"]:
                    self.seed = None
                case ["show"]:
                    with self._writing:
                        self._show()

    def _set_aside(self) -> int:
        """How many damaged databases there were so far."""
        return len(list(self._folder.glob("web.broken-*")))

    def _told(self, directory: Directory, entry: Entry) -> None:
        self.say("told", sequence=entry.sequence, id=entry.message_id)

    def _show(self) -> None:
        state, status = self.client.state, self.client.status
        entries = [
            [entry.sequence, entry.reason, entry.message_id, [f"{change.kind}/{change.id}" for change in entry.changes]]
            for tenant in sorted(state.tenants)
            for entry in self.client.history(tenant, limit=10_000)
        ]
        lists = {
            f"{tenant}/{found.key.id}": found.value.text
            for tenant in state.tenants
            for found in self.client.list(tenant, "prompt")
            if isinstance(found.value, Prompt)
        }
        self.say(
            "show",
            sequence=state.sequence,
            chain=state.chain.hex(),
            fingerprint=fingerprint(state),
            current=status.behind == 0 and status.state.value == "following",
            entries=sorted(entries),
            lists=lists,
        )

    def _look(self, rebuilt: bool) -> None:
        """Who leads, whether this replica is current, and what a reader would see."""
        current = False
        while True:
            if not current and self.client.wait_current(0.5):
                current = True
                with contextlib.suppress(
                    OSError
                ):  # a full disk: the next life takes itself for one that reads all again
                    self._whole.write_text(str(self._set_aside()))
                self.say("current")
            if current or not rebuilt:
                begin, state = time.monotonic(), self.client.state
                self.say("read", begin=begin, sequence=state.sequence)
            self.say("status", state=self.client.status.state.value)
            time.sleep(0.1)
            if self._link.connected and random.random() < 0.2:
                try:
                    cluster = self._link.ask(self.log.info(), 1.0).cluster
                    whole = cluster is not None and all(one.current for one in cluster.replicas or ())
                    self.say("leader", leader=cluster.leader if cluster else None, whole=whole)
                except Exception as error:  # whoever leads, it did not tell us
                    self.say("leader", leader=None, whole=False, why=type(error).__name__)

    def _work(self, rebuilt: bool) -> None:
        dice = random.Random(f"{self.node} {self.life}")
        while True:
            with self._writing:
                if self.seed is not None:
                    self._one(dice, f"s{self.seed}")
            time.sleep(PAUSE_S * dice.random())

    def _one(self, dice: random.Random, tenant: str) -> None:
        changes, expect = dice.choice((self._element, self._register, self._append))(tenant)
        if self.client.get(tenant, "tenant", tenant) is None:
            changes = [Change("tenant", tenant, {"id": tenant, "name": tenant}), *changes]
        id = uuid.uuid4().hex
        keys = {f"{key.kind}/{key.id}": version for key, version in expect.items()}
        about = {"id": id, "tenant": tenant, "expect": keys, "appended": _appended(changes)}
        self.say("begin", **about)
        try:
            receipt = self.client.transact(tenant, changes, "worker", id, expect, timeout_s=3)
        except Refused as refused:
            self.say("end", id=id, result="refused", code=refused.code)
            return
        except Unknown:
            self.say("end", id=id, result="unknown")
            return
        self.say("end", id=id, result="ok", sequence=receipt.sequence)
        if dice.random() < 0.3:
            reach = self.client.reach(receipt.sequence, 2)
            self.say("receipt", sequence=receipt.sequence, nodes=reach.nodes, of=reach.of, took_s=reach.took_s)

    def _element(self, tenant: str) -> tuple[list[Change], dict[Key, int]]:
        id = f"c{uuid.uuid4().hex[:12]}"
        return [Change("contacts", id, {"id": id, "name": id})], {}

    def _register(self, tenant: str) -> tuple[list[Change], dict[Key, int]]:
        found = self.client.get(tenant, "prompt", "register")
        key, version = Key(tenant, "prompt", "register"), 0 if found is None else found.version
        value = {"id": "register", "name": "r", "media": "m", "text": uuid.uuid4().hex}
        return [Change("prompt", "register", value)], {key: version}

    def _append(self, tenant: str) -> tuple[list[Change], dict[Key, int]]:
        lists = [one for one in self.client.list(tenant, "prompt") if one.key.id.startswith("list")]
        number = max(len(lists) - 1, 0)
        found = self.client.get(tenant, "prompt", f"list{number:04d}")
        text = found.value.text if found is not None and isinstance(found.value, Prompt) else ""
        if len(text) > LIST_CHARS_MAX:
            number, found, text = number + 1, None, ""
        id = f"list{number:04d}"
        value = {"id": id, "name": "l", "media": "m", "text": f"{text}{uuid.uuid4().hex[:12]},"}
        return [Change("prompt", id, value)], {Key(tenant, "prompt", id): 0 if found is None else found.version}


def _appended(changes: list[Change]) -> str | None:
    """The element that a change adds to a list."""
    document = changes[-1].document or {}
    return str(document["text"]).rstrip(",").rpartition(",")[2] if changes[-1].id.startswith("list") else None


if __name__ == "__main__":
    folder, nats_port, node_number, life_number = sys.argv[1:]
    Worker(Path(folder), int(nats_port), int(node_number), int(life_number)).live()
