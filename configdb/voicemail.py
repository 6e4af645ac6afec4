"""Voicemail boxes, and the prompts that callers hear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from configdb.value import E164, Id, Value

if TYPE_CHECKING:
    from configdb.model import User

Email = Annotated[str, Field(pattern=r"^[^@\s<>]{1,64}@[^@\s<>]{1,189}$")]


class Mailbox(Value):
    """A voicemail box of a `user`, or shared by its `members`, who listen to it from their own phones and see its lamp.

    greeting: a prompt, heard when nobody answers (None: the system's); `greeting_busy`: when they are busy;
    `greeting_temporary`: instead of all others, while there is one.  spoken_name: a prompt, part of the system's greeting.
    pin: asked of who listens from elsewhere, with `pin_always` from their own phones too; sealed with the node key.
    review: who left a message with # may hear it and record it again.  messages_max: it is full then.
    email: whether and how a new message is told by e-mail, to its owner, its members and to `emails`.
    unheard_text_min, unheard_call_min: a new message that nobody heard so many minutes later is told by a text to
    `unheard_phones`, by a call to its owner or members, which plays it (None: not); at night too with `unheard_at_night`.
    kept_days: a message that was heard goes then (None: the tenant's retention); `deleted_days`: one that was deleted.
    """

    id: Id
    name: str = Field(min_length=1, max_length=120)
    user: Id | None = None
    members: tuple[Id, ...] = Field(default=(), max_length=50)
    greeting: Id | None = None
    greeting_busy: Id | None = None
    greeting_temporary: Id | None = None
    spoken_name: Id | None = None
    pin: str | None = Field(default=None, max_length=500)
    pin_always: bool = False
    message_s_max: int = Field(default=180, ge=5, le=1800)
    messages_max: int = Field(default=100, ge=1, le=1000)
    review: bool = True
    email: Literal["off", "notice", "audio"] = "off"
    emails: tuple[Email, ...] = Field(default=(), max_length=20)
    unheard_text_min: int | None = Field(default=None, ge=1, le=1440)
    unheard_call_min: int | None = Field(default=None, ge=1, le=1440)
    unheard_phones: tuple[E164, ...] = Field(default=(), max_length=10)
    unheard_at_night: bool = False
    kept_days: int | None = Field(default=None, ge=1, le=36_500)
    deleted_days: int = Field(default=7, ge=1, le=36_500)

    def is_of(self, user: User) -> bool:
        """Whether it is that user's, alone or with others."""
        return user.id == self.user or user.mailbox == self.id or user.id in self.members


class Prompt(Value):
    """A sound a caller hears: `media` names it in the media store; `text` is what it says.

    number: dialled after the feature code to record it by telephone.
    """

    id: Id
    name: str = Field(min_length=1, max_length=120)
    media: str = Field(min_length=1, max_length=255)
    text: str = Field(default="", max_length=2000)
    number: str | None = Field(default=None, pattern=r"^[0-9]{1,6}$")
