"""What the configuration log, the history and the switch refuse, as problems of the HTTP API."""

from __future__ import annotations

from configdb.errors import Refused, Unknown
from history.shelves import StoreAway
from mgmt.http.errors import FieldError, Problem
from softswitch.control.messages import ControlError


def of_switch(error: ControlError) -> Problem:
    """A refusal of the switch keeps its code; an absent switch is 503."""
    status = error.status if 400 <= error.status < 600 else 502
    headers = (("Retry-After", "2"),) if status == 503 else ()
    code = "switch_unavailable" if error.code == "switch_away" else error.code
    return Problem(status, code, f"{error.text}", headers=headers)


def of_history(error: StoreAway) -> Problem:
    """The history does not answer now; what happens meanwhile waits in the spool."""
    detail = "The history does not answer at this moment. Nothing is lost; try again."
    return Problem(503, "history_unavailable", detail, headers=(("Retry-After", "5"),))


def of_refused(error: Refused) -> Problem:
    """A refusal of the configuration log keeps its status, code and pointers."""
    errors = tuple(FieldError(problem.pointer, problem.text, problem.code) for problem in error.problems)
    headers = (("Retry-After", "5"),) if error.status == 503 else ()
    return Problem(error.status, error.code, error.message, errors, headers)


def of_unknown(error: Unknown) -> Problem:
    """Neither done nor refused: `/config-outcome/<id>` says which, once the log answers again."""
    detail = f"The log did not answer in time. The change may still take effect; ask /api/v1/config-outcome/{error.message_id}."
    return Problem(504, "outcome_unknown", detail, headers=(("Retry-After", "5"),))
