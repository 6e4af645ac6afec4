"""A REFER in the hands of who carries it out (RFC 3515): answer it, report; each NOTIFY goes out in its turn.

Figure: `sip.referral`. In the dialog of a call, or in one that the REFER itself makes (RFC 4538: a Target-Dialog names the
call); the reports go on when the call is over (RFC 5057 5.1).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from softswitch.sip import referral as machine
from softswitch.sip.fields.events import parse_event
from softswitch.sip.fields.transfer import ReferSub
from softswitch.sip.limits import REFER_S_MAX, REFERS_MAX
from softswitch.sip.message import Request, Response
from softswitch.sip.referral import SIPFRAG, News, State, Wish
from softswitch.transport.clock import Delayed, stop
from softswitch.transport.limits import TRANSFERS_BURST_MAX, TRANSFERS_PER_S_MAX
from softswitch.transport.patience import Patience, put_off
from softswitch.transport.server import ServerHandle

if TYPE_CHECKING:
    from softswitch.sip.dialog import Dialog
    from softswitch.transport.client import OnFailure, OnResponse
    from softswitch.transport.clock import Clock
    from softswitch.transport.session import Pairs, Session

Send = Callable[[Request, "OnResponse", "OnFailure"], object]


class Referral:
    """One REFER. `send` sends a request in `dialog`; `headers` are Contact, Allow and product of ours."""

    def __init__(
        self,
        handle: ServerHandle,
        dialog: Dialog,
        clock: Clock,
        send: Send,
        headers: Callable[[], Pairs],
        first: bool = True,
    ) -> None:
        """Raises BadMessage for a REFER that says not whom to call."""
        self._machine = machine.Referral(handle.request, first, clock.seconds())
        self._handle, self._dialog, self._clock, self._send, self._headers = handle, dialog, clock, send, headers
        self._expiry: Delayed | None = None

    @property
    def request(self) -> Request:
        """The REFER."""
        return self._handle.request

    @property
    def wish(self) -> Wish:
        """What it asks for."""
        return self._machine.wish

    @property
    def number(self) -> int:
        """Its CSeq number."""
        return self._machine.number

    @property
    def over(self) -> bool:
        """Nothing more is told."""
        return self._machine.state is State.OVER

    def accept(self) -> None:
        """202, and the first NOTIFY at once."""
        if self._machine.state is not State.ASKED:
            return
        news = self._machine.accepted(self._clock.seconds())
        quiet = () if self.wish.wants_news else (("Refer-Sub", str(ReferSub(False))),)
        self._handle.reply(202, headers=(*self._headers(), *quiet))
        self._tell(news)

    def refuse(self, status: int, reason: str | None = None) -> None:
        """Refuse it."""
        if self._machine.state is State.ASKED:
            self._machine.refused()
            self._handle.reply(status, reason)

    def report(self, status: int) -> None:
        """How the call goes on."""
        self._tell(self._machine.report(status, self._clock.seconds()))

    def subscribed(self, handle: ServerHandle, expires_s: int) -> None:
        """A SUBSCRIBE to what is told here."""
        if self.over:
            return handle.reply(481)
        news = self._machine.subscribed(expires_s, self._clock.seconds())
        handle.reply(200, headers=(*self._headers(), ("Expires", str(expires_s))))
        return self._tell(news)

    def _tell(self, news: News | None) -> None:
        stop(self._expiry)
        left_s = self._machine.left_s(self._clock.seconds())
        if left_s > 0 and not self.over:
            self._expiry = self._clock.callLater(left_s, self._expired)
        if news is None:
            return
        headers = (*self._headers(), ("Event", str(news.event)), ("Subscription-State", str(news.state)))
        notify = self._dialog.request("NOTIFY", headers, news.body, SIPFRAG)
        self._send(notify, self._answered, self._failed)

    def _answered(self, response: Response) -> None:
        if response.status >= 200:
            self._tell(self._machine.answered(response.status, self._clock.seconds()))

    def _failed(self, status: int, reason: str) -> None:
        self._clock.callLater(0, lambda: self._tell(self._machine.answered(408, self._clock.seconds())))

    def _expired(self) -> None:
        self._tell(self._machine.expired(self._clock.seconds()))


class Referrals:
    """The REFERs of one session, the latest few."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._by_number: dict[int, Referral] = {}
        self._numbered = False
        self._patience = Patience(TRANSFERS_BURST_MAX, TRANSFERS_PER_S_MAX)

    def received(self, handle: ServerHandle) -> None:
        """A REFER or SUBSCRIBE in the dialog. Raises BadMessage."""
        session = self._session
        if not self._patience.spend(session.exchange.clock.seconds()):
            put_off(handle, session.random())
        elif handle.request.method == "REFER":
            self._referred(handle)
        else:
            self._subscribed(handle)

    def _referred(self, handle: ServerHandle) -> None:
        """The owner of the session hears of it."""
        session, dialog = self._session, self._session.dialog
        if not session.confirmed:
            return handle.reply(403, "Not In A Call")  # not yet, or no more
        self._by_number = {number: each for number, each in self._by_number.items() if not each.over}
        if len(self._by_number) >= REFERS_MAX:
            return handle.reply(603)

        def send(request: Request, answered: OnResponse, failed: OnFailure) -> None:
            session.attempt(dialog, request, answered, failed)

        first = not self._numbered
        self._numbered = True
        referral = Referral(handle, dialog, session.exchange.clock, send, session.headers, first)
        self._by_number[referral.number] = referral
        return session.listener.on_refer(session, referral)

    def _subscribed(self, handle: ServerHandle) -> None:
        """To the news of one of the REFERs; anything else is unknown here."""
        request = handle.request
        event = request.read("Event", parse_event)
        if event is None or event.package != "refer":
            return handle.reply(489, headers=[("Allow-Events", "refer")])
        found = self._by_number.get(int(event.id)) if event.id is not None and event.id.isdecimal() else self._only()
        if found is None:
            return handle.reply(481)
        return found.subscribed(handle, REFER_S_MAX if request.expires is None else request.expires)

    def _only(self) -> Referral | None:
        return next(iter(self._by_number.values()), None)
