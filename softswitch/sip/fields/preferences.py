"""What the caller would like: Accept-Contact, Reject-Contact, Request-Disposition (RFC 3841 9; features RFC 3840 9)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.item import print_known, take_flag
from softswitch.sip.parameters import Parameters, parse_parameters, print_parameters

_ANY = re.compile(r"\s*+\*\s*+")


@dataclass(frozen=True, slots=True)
class ContactPredicate:
    """`*;audio;require;explicit`: features that a contact shall (Accept) or shall not (Reject) have, as written."""

    features: Parameters = field(default_factory=dict)
    require: bool = False
    explicit: bool = False

    def __str__(self) -> str:
        flags = print_known(("require", self.require), ("explicit", self.explicit))
        return f"*{print_parameters(self.features)}{flags}"


def parse_contact_predicate(text: str) -> ContactPredicate:
    """One value of Accept-Contact or Reject-Contact (there `require` and `explicit` mean nothing)."""
    found = _ANY.match(text)
    if found is None:
        raise BadMessage(400, "Bad Caller Preference")
    features = parse_parameters(text[found.end() :])
    require, explicit = take_flag(features, "require"), take_flag(features, "explicit")
    return ContactPredicate(features, require, explicit)
