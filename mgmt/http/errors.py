"""Problems: every error answer of the HTTP API in the form of RFC 9457, and the one place that makes it a response.

`Problem` is *theirs*: it carries the status and the words for the client. Anything else that is raised is *ours*: it is
logged with its request id and the client only learns that id.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

problem_type = "application/problem+json"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong place of a document: JSON pointer (RFC 6901) and what is wrong there."""

    pointer: str
    detail: str
    code: str = "invalid"


class Problem(Exception):
    """The request cannot be done: `status` is HTTP, `code` is stable and for programs, `detail` is for people.

    way: where they may go on.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        errors: tuple[FieldError, ...] = (),
        headers: tuple[tuple[str, str], ...] = (),
        way: str = "/app/",
    ) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = headers
        self.way = way


def problem_document(problem: Problem, request_id: str) -> dict[str, Any]:
    """The RFC 9457 members of a problem, with our `code`, `errors` and `request_id`."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "errors": [{"pointer": e.pointer, "detail": e.detail, "code": e.code} for e in problem.errors],
        "request_id": request_id,
    }


def not_found(what: str) -> Problem:
    """404 that says the same for what does not exist and for what belongs to somebody else."""
    return Problem(404, "not_found", f"There is no such {what}.")
