"""What a server may want done with a call. Times are seconds; URLs may be relative to the one that was asked."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from configdb.model import Value

Url = Annotated[str, Field(min_length=1, max_length=2000)]
Language = Literal["en", "ru", "es"]
Sound = Annotated[str, Field(pattern=r"^(?:prompt|sound|tone):[a-z0-9][a-z0-9_-]{0,62}$")]
Party = Annotated[str, Field(pattern=r"^(\+[1-9][0-9]{1,14}|[0-9]{2,6}|[a-z][a-z0-9_-]{0,62})$")]


class Say(Value):
    """Speak text; `language` stays the language of the call."""

    verb: Literal["say"] = "say"
    text: str = Field(min_length=1, max_length=1000)
    language: Language | None = None
    loop: int = Field(default=1, ge=1, le=10)


class Play(Value):
    """Play prompts of the tenant, sounds of the system or tones by their names."""

    verb: Literal["play"] = "play"
    prompts: tuple[Sound, ...] = Field(min_length=1, max_length=20)
    loop: int = Field(default=1, ge=1, le=10)


class Pause(Value):
    """Let time pass."""

    verb: Literal["pause"] = "pause"
    seconds: float = Field(default=1.0, ge=0.1, le=60)


class Gather(Value):
    """Say or play something, and tell `action` which keys were pressed; nothing keyed goes on with the next verb."""

    verb: Literal["gather"] = "gather"
    say: tuple[Say | Play, ...] = Field(default=(), max_length=20)
    max_keys: int | None = Field(default=None, ge=1, le=64)
    finish: str = Field(default="#", pattern=r"^[0-9*#]?$")
    timeout_s: float = Field(default=5.0, ge=0.5, le=60)
    action: Url | None = None


class Dial(Value):
    """Call users, extensions or numbers, all together; `action` is told how it ended, else the next verb follows."""

    verb: Literal["dial"] = "dial"
    to: tuple[Party, ...] = Field(min_length=1, max_length=10)
    ring_s: float = Field(default=30, ge=5, le=120)
    action: Url | None = None


class Record(Value):
    """Record the caller; `action` is told how long it is."""

    verb: Literal["record"] = "record"
    seconds_max: float = Field(default=120, ge=1, le=1800)
    silence_s: float = Field(default=5, ge=1, le=30)
    beep: bool = True
    action: Url | None = None


class Redirect(Value):
    """Ask another URL what to do."""

    verb: Literal["redirect"] = "redirect"
    url: Url


class Enqueue(Value):
    """Put the caller into a queue of the tenant."""

    verb: Literal["enqueue"] = "enqueue"
    queue: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")


class Hangup(Value):
    """End the call."""

    verb: Literal["hangup"] = "hangup"


class Continue(Value):
    """Back to the flow: on at `next` of the node."""

    verb: Literal["continue"] = "continue"


Verb = Annotated[
    Say | Play | Pause | Gather | Dial | Record | Redirect | Enqueue | Hangup | Continue, Field(discriminator="verb")
]


class BadVerbs(Exception):
    """Theirs: the answer is nothing that can be done; the text says why."""
