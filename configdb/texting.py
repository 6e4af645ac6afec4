"""Text messages: who carries them, and how a company's numbers take and send them."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import Field, field_validator

from configdb.estate import NumberRate
from configdb.value import Id, Value

Words = Annotated[str, Field(max_length=480)]


class Supplier(Value):
    """Who carries text messages; system-wide. `password` (API key, token, shared secret) is sealed with the node key.

    url: of its API (None: the usual one of its kind).  account, user, profile: what it calls ours (an account or its SID; a
    user; an application or messaging profile).  public_key: what Telnyx signs with (base64).  sources: the networks its
    requests come from (none: any).  inbound_url: our address as it calls it, when a proxy stands between.
    sells_numbers: it is asked for numbers too (Vitelity, Telnyx), at numbers_url, and routes them to `route`.
    rates: what its numbers cost us, where it does not say so itself.
    messages_per_s_max: how fast it takes parts of messages.  fallback: who sends what it certainly did not take.
    """

    id: Id
    name: str = Field(min_length=1, max_length=120)
    kind: Literal["vitelity", "telnyx", "bandwidth", "twilio", "generic"]
    url: str | None = Field(default=None, pattern=r"^https?://[!-;=?-~]{4,300}$")
    account: str = Field(default="", max_length=120)
    user: str = Field(default="", max_length=120)
    profile: str = Field(default="", max_length=120)
    password: str | None = Field(default=None, max_length=1000)
    public_key: str = Field(default="", max_length=100)
    sources: tuple[str, ...] = Field(default=(), max_length=100)
    inbound_url: str | None = Field(default=None, pattern=r"^https?://[!-;=?-~]{4,300}$")
    messages_per_s_max: float = Field(default=10.0, gt=0, le=10_000)
    fallback: Id | None = None
    sells_numbers: bool = False
    numbers_url: str | None = Field(default=None, pattern=r"^https?://[!-;=?-~]{4,300}$")
    route: str = Field(default="", max_length=120)
    rates: tuple[NumberRate, ...] = Field(default=(), max_length=500)

    @field_validator("sources")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_network(text, strict=False)) for text in value)


class Texting(Value):
    """How the numbers that name it text. `{company}` in a text is the company's name.

    campaign: the registered one (10DLC) that its numbers send for, with its own rate.  number_per_s_max: parts of messages
    a second from each number.  help, stopped, started: answers to HELP, STOP and START.
    text_back: sent to who called and reached nobody, while `schedule` (None: always) is open; `text_back_closed` while it
    is not ("": nothing).  text_back_h: not again to the same caller within so many hours.
    """

    id: Id
    name: str = Field(min_length=1, max_length=120)
    supplier: Id
    campaign: str = Field(default="", max_length=60)
    campaign_per_s_max: float = Field(default=4.0, gt=0, le=10_000)
    number_per_s_max: float = Field(default=1.0, gt=0, le=1_000)
    help: Words = "{company}: reply STOP to get no more messages. Message and data rates may apply."
    stopped: Words = "{company}: you get no more messages from this number. Reply START to get them again."
    started: Words = "{company}: you get messages from this number again. Reply STOP to end them."
    text_back: Words = ""
    text_back_closed: Words = ""
    schedule: Id | None = None
    text_back_h: int = Field(default=24, ge=1, le=720)
