"""Are all replicas of a shard the same? Each is asked for its hashes, and one that differs is read again from the log.

    fingerprint  what the process has in memory: sequence, chain (all entries), fingerprint (all objects and indexes)
    verify       what is on its disk, read with all checksums: the same three, and whether they are those in memory
    resync       its database is set aside and read again from the log; calls go on with what is in memory meanwhile

Replicas at one sequence must have equal hashes. Who differs is wrong when most others agree among themselves.
"""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass

from configdb.bus import Document
from configdb.errors import Broken
from configdb.materializer import Materializer
from configdb.replica import fingerprint
from configdb.reports import Reports
from configdb.store import DiskError, Store

ROUNDS_MAX = 5  # questions until all answers are of one sequence: writes go on meanwhile


@dataclass(frozen=True, slots=True)
class Finding:
    """One replica: `verdict` is ok, different (from most), damaged (its disk), behind or silent.

    watchers: how many in its process are told of changes, `told`: up to which version all of them were (None: not known).
    """

    node: str
    process: str
    sequence: int
    chain: str
    fingerprint: str
    verdict: str
    text: str = ""
    watchers: int | None = None
    told: int | None = None


class Examined:
    """Answers the doctor's questions in one process."""

    def __init__(self, replica: Materializer, store: Store) -> None:
        self._replica, self._store = replica, store

    def answer(self, question: Document) -> Document | None:
        """The answer to a question, None when it is not for us or is not known."""
        match question.get("op"):
            case "fingerprint":
                state = self._replica.state
                watchers, told = self._replica.watching
                said = {"sequence": state.sequence, "chain": state.chain.hex(), "fingerprint": fingerprint(state)}
                return said | {"watchers": watchers, "told": told}
            case "verify":
                return self._verified()
            case "resync" if question.get("whom") == question.get("here"):
                self._replica.read_again("the operator wants it so")
                return {"resync": True}
        return None

    def _verified(self) -> Document:
        for _ in range(ROUNDS_MAX):
            state = self._replica.state
            try:
                stored = self._store.verified()
            except (Broken, DiskError) as error:
                return {"sequence": state.sequence, "chain": state.chain.hex(), "fingerprint": "", "damage": str(error)}
            if stored.sequence == state.sequence:
                break
        found = {"sequence": stored.sequence, "chain": stored.chain.hex(), "fingerprint": fingerprint(stored)}
        if stored.sequence == state.sequence and found["fingerprint"] != fingerprint(state):
            found["damage"] = "what is on the disk is not what is in memory"
        return found


def examine(reports: Reports, timeout_s: float, deep: bool = False) -> list[Finding]:
    """All replicas, compared at one sequence if they come to rest."""
    answers: list[Document] = []
    live = reports.all()
    for _ in range(ROUNDS_MAX):
        question = {"op": "verify" if deep else "fingerprint"}
        answers = reports.ask(question, uuid.uuid4().hex, len(live), timeout_s)
        if len(answers) >= len(live) and len({answer.get("sequence") for answer in answers}) == 1:
            break
        live = reports.all()
    found = findings(answers)
    known = {(one.node, one.process) for one in found}
    silent = [one for one in live if (one.node, one.process) not in known]
    return found + [
        Finding(one.node, one.process, one.sequence, one.chain, "", "silent", "did not answer") for one in silent
    ]


def findings(answers: list[Document]) -> list[Finding]:
    """Who is right, from what all said."""
    last = max((int(answer.get("sequence", 0)) for answer in answers), default=0)
    counted = Counter(_hashes(answer) for answer in answers if answer.get("sequence") == last and not _damage(answer))
    ranked = counted.most_common(2)
    decided = len(ranked) == 1 or (len(ranked) > 1 and ranked[0][1] > ranked[1][1])
    right = ranked[0][0] if decided else None
    return sorted((_finding(answer, last, right) for answer in answers), key=lambda one: (one.node, one.process))


def _finding(answer: Document, last: int, right: tuple[str, str] | None) -> Finding:
    sequence, hashes = int(answer.get("sequence", 0)), _hashes(answer)
    if _damage(answer):
        verdict, text = "damaged", _damage(answer)
    elif sequence < last:
        verdict, text = "behind", f"{last - sequence} entries behind"
    elif hashes == right:
        verdict, text = "ok", ""
    else:
        verdict, text = "different", "has other hashes than most" if right else "replicas differ, none has a majority"
    whose, watching = (
        (str(answer.get("node")), str(answer.get("process"))),
        (answer.get("watchers"), answer.get("told")),
    )
    return Finding(*whose, sequence, *hashes, verdict, text, *watching)


def _hashes(answer: Document) -> tuple[str, str]:
    return str(answer.get("chain", "")), str(answer.get("fingerprint", ""))


def _damage(answer: Document) -> str:
    return str(answer.get("damage", ""))


def repair(reports: Reports, sick: Finding, timeout_s: float) -> bool:
    """Have one replica read again from the log; whether it said that it will."""
    question = {"op": "resync", "whom": f"{sick.node}/{sick.process}"}
    return bool(reports.ask(question, uuid.uuid4().hex, 1, timeout_s))
