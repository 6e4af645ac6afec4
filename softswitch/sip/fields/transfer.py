"""Refer-To (RFC 3515 2.1), Referred-By (RFC 3892 3), Refer-Sub (RFC 4488 4): who is to be called, and who wants it."""

from __future__ import annotations

from dataclasses import dataclass

from softswitch.sip.address import NameAddr, parse_address
from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.dialogs import Replaces, parse_replaces
from softswitch.sip.fields.item import parse_item
from softswitch.sip.grammar import unquote_string
from softswitch.sip.parameters import print_parameters


@dataclass(frozen=True, slots=True)
class ReferTo:
    """The target of a transfer. Its URI may carry a method and headers for the request that it asks for."""

    address: NameAddr

    @property
    def method(self) -> str:
        """The method to be used, INVITE when it is not said."""
        return (self.address.uri.params.get("method") or "INVITE").upper()

    @property
    def replaces(self) -> Replaces | None:
        """The dialog that the new call replaces (attended transfer), None in a blind one. Raises BadMessage."""
        found = [value for name, value in self.address.uri.headers if name.lower() == "replaces"]
        if len(found) > 1:
            raise BadMessage(400, "More Than One Replaces")
        return parse_replaces(found[0]) if found else None

    def __str__(self) -> str:
        return str(self.address)


@dataclass(frozen=True, slots=True)
class ReferredBy:
    """Who asked for the transfer; `cid` names the body part that proves it."""

    address: NameAddr

    @property
    def cid(self) -> str | None:
        """The Content-ID of the token without quotes, None without one."""
        value = self.address.params.get("cid")
        return None if value is None else unquote_string(value)

    def __str__(self) -> str:
        return str(self.address)


@dataclass(frozen=True, slots=True)
class ReferSub:
    """Whether the sender of a REFER wants, or its receiver made, a subscription."""

    wanted: bool
    params: str = ""

    def __str__(self) -> str:
        return f"{'true' if self.wanted else 'false'}{self.params}"


def parse_refer_to(text: str) -> ReferTo:
    """The Refer-To of a REFER; schemes other than ours are read, and refused when `.address.uri` is asked for."""
    return ReferTo(parse_address(text))


def parse_referred_by(text: str) -> ReferredBy:
    """The Referred-By of a REFER, or of the request that it led to."""
    return ReferredBy(parse_address(text))


def parse_refer_sub(text: str) -> ReferSub:
    """The Refer-Sub of a REFER or its answer."""
    item = parse_item(text)
    wanted = {"true": True, "false": False}.get(item.value.lower())
    if wanted is None:
        raise BadMessage(400, "Bad Refer-Sub")
    return ReferSub(wanted, print_parameters(item.params))
