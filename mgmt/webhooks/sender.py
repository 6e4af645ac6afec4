"""One request of a webhook and what came of it, whatever happens; where it may lead is `mgmt.outbox.web`'s."""

from __future__ import annotations

import time
from collections.abc import Callable

from mgmt.limits import webhook_answer_s_max, webhook_shown_chars_max
from mgmt.outbox import web
from mgmt.outbox.web import Ask, NotAllowed, Unanswered, Unsent
from mgmt.webhooks.answers import Answer, after_s


class Sender:
    """Any thread may send."""

    def __init__(self, ask: Callable[[Ask], web.Answer]) -> None:
        self._ask = ask

    def send(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """POST and the answer, within `webhook_answer_s_max`; never raises for what the far end does."""
        began = time.monotonic()
        try:
            found = self._ask(Ask("POST", url, headers, body, answer_s_max=webhook_answer_s_max))
        except (NotAllowed, Unsent, Unanswered) as error:
            return Answer(0, _ms(began), str(error)[:webhook_shown_chars_max])
        text = found.body[: 4 * webhook_shown_chars_max].decode("utf-8", "replace")[:webhook_shown_chars_max]
        return Answer(found.status, _ms(began), "", text, after_s(found.headers.get("retry-after")))


def _ms(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
