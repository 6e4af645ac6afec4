"""`BillingProvider` at Recurly (API v2021-02-25) by its official client, which asks as everything that goes out does.

A company's account has the company's id as its code. What may be asked twice goes with an Idempotency-Key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPMessage
from typing import Any, Literal

import recurly as official
from recurly import errors

from configdb.billing import Billing
from configdb.estate import Plan
from mgmt.billing.provider import Invoice, Payer, ProviderAway, ProviderRefuses, Standing, Use
from mgmt.limits import invoice_bytes_max, invoices_shown_max, subscriptions_looked_max
from mgmt.outbox.web import Answer, Ask, NotAllowed, Unanswered, Unsent

LIVE = ("active", "canceled", "future", "paused")
STATES: Mapping[str, Literal["open", "paid", "past_due", "void"]] = {
    "paid": "paid",
    "closed": "paid",
    "past_due": "past_due",
    "voided": "void",
    "failed": "void",
}
Web = Callable[[Ask], Answer]


class _Wire:
    """What `http.client` is to the official client: one request, one answer, by our own way out."""

    def __init__(self, url: str, web: Web) -> None:
        self._url, self._web = url, web
        self._answer = Answer(0, {}, b"")

    def request(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> None:
        """Raises what `Web` raises."""
        data = body.encode() if body is not None else None
        self._answer = self._web(Ask(method, self._url + path, headers, data, invoice_bytes_max))

    def getresponse(self) -> _Wire:
        """The answer is there."""
        return self

    @property
    def status(self) -> int:
        """Of the answer."""
        return self._answer.status

    @property
    def headers(self) -> HTTPMessage:
        """Of the answer; the client wants a request id."""
        message = HTTPMessage()
        for name, value in {"x-request-id": "", **self._answer.headers}.items():
            message[name] = value
        return message

    def read(self) -> bytes:
        """The body."""
        return self._answer.body


class _Client(official.Client):  # type: ignore[misc]  # it has no types
    """The official client over our wire."""

    def __init__(self, key: str, wire: _Wire) -> None:
        super().__init__(key)
        self._BaseClient__conn = wire


@dataclass(frozen=True, slots=True)
class Recurly:
    """`key` is the API key in the clear."""

    settings: Billing
    key: str
    web: Web
    clock: Callable[[], float]

    def subscribe(self, tenant: str, key: str, plan: Plan, payer: Payer) -> None:
        """A purchase: account, card and subscription in one. Who has one already buys no second, with whatever card."""
        if any(one.state in LIVE for one in self._subscriptions(tenant)):
            return
        account: dict[str, Any] = {"code": tenant, "email": payer.email, "company": payer.company}
        if payer.token:
            account["billing_info"] = {"token_id": payer.token}
        wanted = {"currency": plan.currency, "account": account, "subscriptions": [{"plan_code": plan.id}]}
        card = hashlib.sha256(payer.token.encode()).hexdigest()[:8]
        with _asked():
            self._client().create_purchase(wanted, headers=_once(f"buy-{tenant}-{key}-{card}"))

    def refund(self, tenant: str, key: str) -> bool:
        """Its subscriptions end at once, with the money of this term back."""
        return self._ended(tenant, "full")

    def end(self, tenant: str) -> None:
        """Its subscriptions end at once."""
        self._ended(tenant, "none")

    def _ended(self, tenant: str, refund: str) -> bool:
        found = [one for one in self._subscriptions(tenant) if one.state in LIVE]
        for one in found:
            with _asked():
                self._client().terminate_subscription(one.id, params={"refund": refund})
        return bool(found)

    def use(self, tenant: str, used: Use) -> None:
        """Minutes of a call, on the subscription that it has."""
        found = next((one for one in self._subscriptions(tenant) if one.state in LIVE), None)
        if found is None:
            raise ProviderRefuses(f"{tenant} has no subscription that minutes could be reported to")
        at = datetime.fromtimestamp(used.at, UTC)
        body = {"amount": used.minutes, "merchant_tag": used.id, "recording_timestamp": at, "usage_timestamp": at}
        with _asked():
            add_on = f"code-{self.settings.minutes_add_on}"
            self._client().create_usage(found.id, add_on, body, headers=_once(f"use-{used.id}"))

    def standing(self, tenant: str) -> Standing | None:
        """By its account, its subscriptions and its invoices that are late."""
        with _asked():  # what it says has to be whole, too
            account = self._account(tenant)
            return self._standing(tenant, account) if account is not None else None

    def _standing(self, tenant: str, account: Any) -> Standing:
        seen = [account.updated_at.timestamp()]
        if account.state != "active":
            return Standing("closed", seen[0])
        subscriptions = self._subscriptions(tenant)
        late = self._invoices(tenant, "past_due") if account.has_past_due_invoice else []
        seen += [one.updated_at.timestamp() for one in (*subscriptions, *late)]
        due = [one.due_at.timestamp() for one in late if one.due_at is not None]
        return Standing(self._state(subscriptions), max(seen), min(due, default=None))

    def _state(self, subscriptions: list[Any]) -> Literal["trial", "active", "ended"]:
        live = [one for one in subscriptions if one.state in LIVE and one.state != "paused"]
        if not live:
            return "ended"
        tried = [one.trial_ends_at is not None and one.trial_ends_at.timestamp() > self.clock() for one in live]
        return "trial" if all(tried) else "active"

    def invoices(self, tenant: str) -> list[Invoice]:
        """As Recurly has them."""
        with _asked():
            return [_invoice(one) for one in self._invoices(tenant, None)]

    def pdf(self, tenant: str, invoice: str) -> bytes | None:
        """Only one of the company's own."""
        if invoice not in [one.id for one in self.invoices(tenant)]:
            return None
        with _asked():
            return bytes(self._client().get_invoice_pdf(invoice).data)

    def owner_of(self, kind: str, id: str) -> str | None:
        """The company that an object belongs to; None: nobody knows it, or it has no company."""
        client = self._client()
        getters = {
            "subscription": client.get_subscription,
            "invoice": client.get_invoice,
            "account": client.get_account,
        }
        if kind not in getters:
            return None
        try:
            with _asked():
                found = getters[kind](id)
        except _NotThere:
            return None
        account = found if kind == "account" else found.account
        return str(account.code) if account is not None else None

    # -- asking ----------------------------------------------------------------------------------------------------

    def _client(self) -> Any:
        return _Client(self.key, _Wire(self.settings.url, self.web))

    def _account(self, tenant: str) -> Any:
        try:
            with _asked():
                return self._client().get_account(f"code-{tenant}")
        except _NotThere:
            return None

    def _subscriptions(self, tenant: str) -> list[Any]:
        return self._some(lambda: self._client().list_account_subscriptions(f"code-{tenant}"), subscriptions_looked_max)

    def _invoices(self, tenant: str, state: str | None) -> list[Any]:
        params = {"params": {"state": state}} if state is not None else {}
        return self._some(lambda: self._client().list_account_invoices(f"code-{tenant}", **params), invoices_shown_max)

    @staticmethod
    def _some(pager: Callable[[], Any], count_max: int) -> list[Any]:
        found: list[Any] = []
        try:
            with _asked():
                for one in pager().items():
                    found.append(one)
                    if len(found) >= count_max:
                        break
        except _NotThere:
            return []
        return found


class _NotThere(ProviderRefuses):
    """There is no such object."""


@contextmanager
def _asked() -> Iterator[None]:
    """Whatever can go wrong is one of ours."""
    try:
        yield
    except errors.NotFoundError as error:
        raise _NotThere("Recurly does not know it") from error
    except (errors.TooManyRequestsError, errors.SimultaneousRequestError) as error:
        raise ProviderAway("Recurly wants us to ask later") from error
    except (errors.UnauthorizedError, errors.ForbiddenError) as error:
        raise ProviderAway("Recurly does not know our API key") from error
    except errors.ClientError as error:
        raise ProviderRefuses(_words(error)) from error
    except official.RecurlyError as error:
        raise ProviderAway("Recurly is out of order", arrived=True) from error
    except (NotAllowed, Unsent) as error:
        raise ProviderAway(str(error)) from error
    except Unanswered as error:
        raise ProviderAway(str(error), arrived=True) from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ProviderAway("Recurly says something that its client does not understand", arrived=True) from error


def _words(error: official.ApiError) -> str:
    """What the client was told, without anything else."""
    said = getattr(getattr(error, "error", None), "message", None)
    return str(said)[:200] if said else "Recurly refuses it"


def _once(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


def _invoice(one: Any) -> Invoice:
    cents = round((one.total or 0.0) * 100)
    state = STATES.get(str(one.state), "open")
    due_at = one.due_at.timestamp() if one.due_at is not None else None
    return Invoice(str(one.id), str(one.number), one.created_at.timestamp(), cents, str(one.currency), state, due_at)
