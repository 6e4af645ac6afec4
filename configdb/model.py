"""The configuration objects of a node: frozen values, one class per kind (PRODUCT.md 2.5).

A document is addressed by `(tenant, kind, id)`; kinds of the node itself (`SYSTEM_KINDS`) live under the tenant `SYSTEM`.
Everything here is a value: no I/O, no clock. Cross-object checks are in `configdb.checks`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, model_validator

from configdb.billing import IN_SERVICE, Billing
from configdb.billing import Account as Account
from configdb.carrier import (
    Address,
    CallerIds,
    Codec,
    Deck,
    Health,
    Limits,
    NumberFormat,
    Outbound,
    Registration,
    Route,
    Tariff,
)
from configdb.carrier import Gateway as Gateway
from configdb.estate import ClusterNode, Currency, Partner, Placement, Plan, Policy, Region, Shard, StoreFront
from configdb.features import FeatureCode
from configdb.mail_address import MailAddress
from configdb.marketing import Sink
from configdb.office import ApiKey, ContactList, Draft, Expectation, HolidaySet, Planned, Webhook
from configdb.office import Holiday as Holiday
from configdb.people import Credentials, Invitation, SingleSignOn
from configdb.personal import Callers, Reachable
from configdb.personal import Room as Room
from configdb.personal import Status as Status
from configdb.personal import Target as Target
from configdb.personal import fits as fits
from configdb.push import PushService
from configdb.recorded import Notice as Notice
from configdb.recorded import Recorded
from configdb.reference import CountryCom, Generation, Reference
from configdb.report_plan import ReportPlan
from configdb.schedule import ClockTime as ClockTime
from configdb.schedule import Day as Day
from configdb.schedule import Forced as Forced
from configdb.schedule import Interval as Interval
from configdb.schedule import Schedule as Schedule
from configdb.texting import Supplier, Texting
from configdb.tracking import Tracking
from configdb.value import E164 as E164
from configdb.value import Id as Id
from configdb.value import Value as Value
from configdb.voicemail import Mailbox as Mailbox
from configdb.voicemail import Prompt as Prompt
from configdb.widgets import Widget

SYSTEM = "_system"

Extension = Annotated[str, Field(pattern=r"^[0-9]{2,6}$")]
Key = Annotated[str, Field(pattern=r"^[0-9*#]$")]
Skill = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,30}$")]

Srtp = Literal["off", "optional", "required"]
Digits = Literal["auto", "info"]
Role = Literal["owner", "manager", "user", "auditor", "reseller"]
MANAGERS: frozenset[Role] = frozenset({"manager", "owner", "reseller"})
"""Roles that run a company."""
OWNERS: frozenset[Role] = frozenset({"owner", "reseller"})
"""Roles that decide who else does."""


Retained = Literal["recording", "voicemail", "detail", "call", "activity", "message", "audit"]


class Tenant(Recorded):
    """One customer. `trunk` carries its calls where no route says otherwise.

    status: of its account; `suspended`: callers leave a message, nobody calls outside; `closed`: no calls but for help.
    minutes_spent: those of its plan are used up in this month, and the plan ends there: it telephones as if suspended.
    address: where its people are, for emergency calls, when neither device nor user says so.  plan: what it may have.
    currency: in which it pays (None: the plan's).  frozen: why it must not be changed now ("" it may), but for this.
    blocked, anonymous: callers from outside whom nobody here wants to hear.  codes: feature codes that are not the usual
    ones, by feature ("" switches it off; `configdb.features`).  park_s: how long a call stays parked.
    ringback: the prompt for answered callers while it rings; None: a tone.  machine_after_s: how long who answers outside
    speaks, the second after included, until it is an answering machine.
    retention_days: how long what is kept, by kind (not named: for ever).  quiet_from, quiet_until: its night, without reminders.
    legal_hold: why nothing may be deleted ("" it may).  parent: whose resellers look after it.  support_until: until then helpers
    may act as its people.  second_factor: whether everybody needs one.  answer_within_min: how soon customers have an answer.
    """

    id: Id
    name: str = Field(min_length=1, max_length=120)
    timezone: str = "America/New_York"
    language: str = "en"
    country: str = Field(default="US", pattern=r"^[A-Z]{2}$")
    status: Account = "active"
    minutes_spent: bool = False
    trunk: Id | None = None
    caller_id: E164 | None = None
    ringback: Id | None = None
    outbound: Outbound = Outbound()
    limits: Limits = Limits()
    address: Id | None = None
    plan: Id | None = None
    currency: Currency | None = None
    frozen: str = Field(default="", max_length=200)
    blocked: Callers = ()
    anonymous: Literal["ring", "refuse"] = "ring"
    codes: dict[Id, FeatureCode] = Field(default_factory=dict)
    park_s: int = Field(default=120, ge=15, le=3600)
    machine_after_s: float = Field(default=3.3, ge=2, le=15)
    retention_days: dict[Retained, Annotated[int, Field(ge=1, le=36_500)]] = Field(default_factory=dict)
    quiet_from: int = Field(default=21, ge=0, le=23)
    quiet_until: int = Field(default=8, ge=0, le=23)
    answer_within_min: int | None = Field(default=None, ge=1, le=20_160)
    legal_hold: str = Field(default="", max_length=200)
    parent: Id | None = None
    support_until: AwareDatetime | None = None
    second_factor: Literal["optional", "required"] = "optional"

    @property
    def in_service(self) -> bool:
        """Whether its account and its minutes let it telephone."""
        return self.status in IN_SERVICE and not self.minutes_spent


class User(Reachable):
    """One person of a tenant, and what they say of calls to them. `disabled`: they neither sign in nor telephone."""

    id: Id
    name: str = Field(min_length=1, max_length=120)
    extension: Extension
    email: str | None = Field(default=None, max_length=254)
    role: Role = "user"
    disabled: bool = False
    password_hash: str | None = None
    mailbox: Id | None = None
    ring_s: int = Field(default=20, ge=5, le=120)
    caller_id: E164 | None = None
    address: Id | None = None
    limits: Limits = Limits()


class Device(Value):
    """One phone of a user. Its HA1 values (RFC 7616 3.4.2; old passwords have two) are sealed: see `configdb.secrets`.

    `mwi_unsolicited`: its message lamp is told without a subscription, for phones that never subscribe. `srtp`: whether its
    media is protected (None: as the node says). `digits`: keys are told to it in its media (telephone events, else tones), or
    by SIP INFO. `hot_desk`: colleagues may log in at it with their PIN; then `user` is who did, `home` whose it is.
    """

    id: Id
    user: Id
    username: str = Field(min_length=3, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")
    realm: str = "softswitch"
    ha1_md5: str
    ha1_sha256: str
    ha1_sha512_256: str | None = None
    mwi_unsolicited: bool = False
    srtp: Srtp | None = None
    digits: Digits = "auto"
    address: Id | None = None
    hot_desk: bool = False
    home: Id | None = None

    @property
    def ha1(self) -> dict[str, str]:
        """The sealed HA1 values by algorithm, those that there are."""
        found = {"MD5": self.ha1_md5, "SHA-256": self.ha1_sha256, "SHA-512-256": self.ha1_sha512_256}
        return {algorithm: sealed for algorithm, sealed in found.items() if sealed is not None}

    def of(self, guest: str | None) -> Device:
        """With a guest logged in, or (None) given back to whose it is."""
        home = self.home or self.user
        return self.model_copy(update={"user": guest or home, "home": home if guest not in (None, home) else None})


class Number(Value):
    """A telephone number of a tenant, by its E.164 form, and where calls to it go.

    recording_notice: as in `Tenant` (None: as that says).
    fax: where a caller goes instead that turns out to be a fax machine (its calling tone is heard, whoever answered).
    texting: how it sends and takes text messages (None: not).  address: where help is sent that is called from it.
    caller_name: what others see who have no name for it (CNAM).  Both are told to the supplier of the number.
    """

    id: E164
    label: str = Field(default="", max_length=120)
    target: Target
    fax: Target | None = None
    texting: Id | None = None
    recording_notice: Notice | None = None
    address: Id | None = None
    caller_name: str = Field(default="", max_length=15, pattern=r"^[A-Za-z0-9][A-Za-z0-9 .,&'-]*$|^$")


class Trunk(Value):
    """A carrier. `sources` are the addresses or networks whose INVITEs are this trunk's; system-wide (tenant SYSTEM).

    `realm` is the only digest realm its password answers to (None: the first one it names, for as long as the switch
    runs). `trusted_identity`: it and we are one trust domain (RFC 3324), so P-Asserted-Identity is believed from it and
    withheld numbers are told to it. `identity_out` is how it wants the caller named. `stir_verify` and `stir_sign`:
    RFC 8224 for calls from it and to it.

    first_answer_s: a gateway that says nothing at all to an INVITE for so long is left for the next.
    srtp: whether its media is protected (None: as the node says).  digits: how keys are told to it, as for a phone.
    reliable_provisional: 100rel on its legs, both ways (RFC 3262).  follow_redirects: its 3xx answers may send a call on.
    refer: whether it may transfer calls (RFC 3515), and then only within the tenant.
    drained: it takes and gives no new calls but emergency calls out; those in progress go on.
    emergency: emergency calls go here first.  esnet: with Resource-Priority esnet.0 (RFC 7135).
    Limits that are None do not apply; `channels_max` is both directions.
    """

    id: Id
    name: str = Field(min_length=1, max_length=120)
    gateways: tuple[Gateway, ...] = ()
    sources: tuple[str, ...] = ()
    source_ports: tuple[int, ...] = ()
    username: str | None = None
    password: str | None = None
    realm: str | None = Field(default=None, min_length=1, max_length=128)
    trusted_identity: bool = False
    identity_out: Literal["pai", "rpid", "from", "account"] = "pai"
    stir_verify: Literal["off", "verify", "require"] = "off"
    stir_sign: bool = False
    channels_max: int = Field(default=100, ge=1, le=100_000)
    channels_in_max: int | None = Field(default=None, ge=0, le=100_000)
    channels_out_max: int | None = Field(default=None, ge=0, le=100_000)
    calls_per_s_in_max: int | None = Field(default=None, ge=0, le=10_000)
    calls_per_s_out_max: int | None = Field(default=None, ge=0, le=10_000)
    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    drained: bool = False
    emergency: bool = False
    esnet: bool = False
    first_answer_s: float = Field(default=4.0, ge=0.5, le=32)
    health: Health = Health()
    registration: Registration | None = None
    numbers_in: NumberFormat = NumberFormat()
    numbers_out: NumberFormat = NumberFormat()
    caller_ids: CallerIds = CallerIds()
    diversion: Literal["both", "diversion", "history_info", "none"] = "both"
    codecs: tuple[Codec, ...] = Field(default=("PCMU", "PCMA"), min_length=1, max_length=6)
    early_media: Literal["pass", "ignore", "ringback"] = "pass"
    reliable_provisional: Literal["off", "supported", "required"] = "supported"
    follow_redirects: bool = False
    refer: Literal["refused", "inside"] = "refused"
    srtp: Srtp | None = None
    limits: Limits = Limits()
    digits: Digits = "auto"


class Stage(Value):
    """One step of a group that rings by rule: who rings together, how long, and at which times (None: always)."""

    members: tuple[Id, ...] = Field(min_length=1, max_length=200)
    ring_s: int = Field(default=20, ge=5, le=120)
    schedule: Id | None = None


class Group(Value):
    """Several people behind one extension; who is busy, does not want to be disturbed or declined the call is left out.

    strategy: all together, one after another, the same but beginning with another one each time, or by the rule `stages`.
    `no_answer` is where a call goes that nobody took; it has to end somewhere real.
    """

    id: Id
    name: str = Field(min_length=1, max_length=120)
    extension: Extension | None = None
    members: tuple[Id, ...] = Field(min_length=1, max_length=200)
    strategy: Literal["simultaneous", "sequential", "round_robin", "rule"] = "simultaneous"
    stages: tuple[Stage, ...] = Field(default=(), max_length=20)
    ring_s: int = Field(default=20, ge=5, le=120)
    no_answer: Target | None = None

    @model_validator(mode="after")
    def _rule_is_complete(self) -> Group:
        if (self.strategy == "rule") != bool(self.stages):
            raise ValueError("a group rings by rule exactly when it has stages")
        return self


class QueueAgent(Value):
    """Somebody who may log in to a queue. Lower penalties are rung first; `skills` are what callers may ask for."""

    user: Id
    penalty: int = Field(default=0, ge=0, le=100)
    skills: tuple[Skill, ...] = Field(default=(), max_length=20)


class Queue(Value):
    """Callers who wait for the next agent. `no_answer` takes who waited `wait_s_max`, found it full, or nobody at work.

    strategy: which of the free agents is rung. wrap_up_s: an agent's rest after each call.
    announce_s: between announcements of position and estimated wait; music (None: the system's) plays meanwhile.
    exits: keys that lead out. callback_key: the caller hangs up, keeps the place and is called; `callback_on_hangup`: so does
    everybody who hangs up. sla_s: how soon calls should be answered. empty: what happens while no agent is logged in.
    recording_notice: as in `Tenant` (None: as the number or the company says).
    """

    id: Id
    name: str = Field(min_length=1, max_length=120)
    extension: Extension | None = None
    agents: tuple[QueueAgent, ...] = Field(default=(), max_length=10_000)
    strategy: Literal["longest_idle", "round_robin", "least_calls", "random", "sequential"] = "longest_idle"
    ring_s: int = Field(default=20, ge=5, le=120)
    wrap_up_s: int = Field(default=10, ge=0, le=3600)
    waiting_max: int = Field(default=100, ge=1, le=10_000)
    wait_s_max: int = Field(default=900, ge=10, le=14_400)
    welcome: Id | None = None
    music: Id | None = None
    announce_position: bool = True
    announce_wait: bool = True
    announce_s: int = Field(default=60, ge=45, le=3600)
    exits: dict[Key, Target] = Field(default_factory=dict, max_length=12)
    callback_key: Key | None = None
    callback_on_hangup: bool = False
    sla_s: int = Field(default=20, ge=1, le=3600)
    empty: Literal["leave", "wait"] = "leave"
    recording_notice: Notice | None = None
    no_answer: Target

    @model_validator(mode="after")
    def _keys_mean_one_thing(self) -> Queue:
        if self.callback_key is not None and self.callback_key in self.exits:
            raise ValueError(f"key {self.callback_key} both leads out and asks for a call back")
        return self


class Flow(Value):
    """A call flow. `document` is the flow language of `ivr.flow`, checked there before it is committed."""

    id: Id
    name: str = Field(min_length=1, max_length=120)
    document: dict[str, Any]


KINDS: dict[str, type[Value]] = {
    "tenant": Tenant,
    "user": User,
    "device": Device,
    "number": Number,
    "trunk": Trunk,
    "deck": Deck,
    "route": Route,
    "address": Address,
    "schedule": Schedule,
    "group": Group,
    "queue": Queue,
    "mailbox": Mailbox,
    "prompt": Prompt,
    "flow": Flow,
    "room": Room,
    "holidays": HolidaySet,
    "contacts": ContactList,
    "texting": Texting,
    "mail_address": MailAddress,
    "report_plan": ReportPlan,
    "api_key": ApiKey,
    "credentials": Credentials,
    "invitation": Invitation,
    "sso": SingleSignOn,
    "webhook": Webhook,
    "planned": Planned,
    "expectation": Expectation,
    "draft": Draft,
    "supplier": Supplier,
    "widget": Widget,
    "tracking": Tracking,
    "push": PushService,
    "plan": Plan,
    "billing": Billing,
    "tariff": Tariff,
    "countrycom": CountryCom,
    "reference": Reference,
    "generation": Generation,
    "partner": Partner,
    "store_front": StoreFront,
    "sink": Sink,
    "policy": Policy,
    "region": Region,
    "node": ClusterNode,
    "shard": Shard,
    "placement": Placement,
}

SYSTEM_KINDS = frozenset(
    {
        *("trunk", "deck", "route", "supplier", "push", "plan", "billing", "tariff", "partner", "store_front"),
        *("sink", "policy", "region", "node", "shard", "placement", "countrycom", "reference", "generation"),
    }
)
"""Kinds that belong to the node, kept under `SYSTEM`; all others belong to a tenant."""

PRIVATE_KINDS = frozenset({"credentials", "invitation"})
"""Kinds that nobody reads or writes as documents: they change by what people do."""
