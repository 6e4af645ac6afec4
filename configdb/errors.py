"""What a write can end in besides success: refused (theirs), unknown (the network's), broken (ours).

Refused  nothing was written and nothing will be: carries the HTTP status, a stable code, words, and the wrong places
Unknown  the answer of the log was lost: the write may be in the log; ask `ConfigClient.outcome(message_id)` later
Broken   this replica cannot read or write its disk or its log's form; said in the log of the process
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong place of a document or a transaction: JSON pointer (RFC 6901), what is wrong there, a stable code."""

    pointer: str
    text: str
    code: str = "invalid"

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: {self.text}"


class Refused(Exception):
    """The write was not made. `status` is the HTTP answer to give: 409, 412, 413, 422, 423 or 503."""

    def __init__(self, code: str, message: str, problems: tuple[Problem, ...] = (), status: int = 422) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.problems = problems
        self.status = status

    @property
    def pointers(self) -> tuple[str, ...]:
        """The wrong places only."""
        return tuple(problem.pointer for problem in self.problems)


class Unknown(Exception):
    """The write may or may not take effect. Repeating it with the same `message_id` is safe: it happens at most once."""

    def __init__(self, message_id: str) -> None:
        super().__init__(f"the log did not answer in time: the outcome of {message_id} is not known yet")
        self.message_id = message_id


class Broken(Exception):
    """Our side: a store that cannot be opened, an entry in a form we do not know."""
