"""Who took part in requests: contacts of the address book, people of the company, and the recording of what they said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from configdb.model import User
from history.activity import Activity
from history.contact import Contact, at_number
from history.documents import Leg
from mgmt.access.scope import Scope
from mgmt.context import Context

Document = dict[str, Any]
OWNER, RECEIVER = "CallOwner", "TransferReceiver"
"""Roles of who talked: the first, and those to whom the call was handed on."""


class People:
    """What is known beside some requests. The legs of their calls are asked for at once, a number once."""

    def __init__(self, context: Context, scope: Scope, requests: Sequence[Activity]) -> None:
        self._history, self._scope = context.history, scope
        calls = list(dict.fromkeys(one.call for one in requests if one.call))
        self._legs = context.history.legs_of(scope.tenant, calls)
        self._contacts: dict[str, Contact | None] = {}
        self._recordings: dict[str, str | None] = {}

    def contact(self, request: Activity) -> Document | None:
        """Who of the address book has the client's number: who is known longest."""
        number = request.phone or ""
        if number not in self._contacts:
            found = at_number(self._history.shelves, self._scope.tenant, number) if number else []
            self._contacts[number] = found[0] if found else None
        known = self._contacts[number]
        return contact(known) if known is not None else None

    def users(self, request: Activity) -> list[Document]:
        """People of the company who called, were rung or have the request, who talked first."""
        found: dict[str, Document] = {}
        owner = self.owner(request)
        for leg in sorted(self.legs(request), key=lambda one: one.answered_at or float("inf")):
            user = self.user_of(leg)
            if user is not None and user.id not in found:
                connected = leg.answered_at is not None
                handed_on = connected and request.origin == "inbound"
                role = OWNER if user is owner else RECEIVER if handed_on else None
                found[user.id] = {**user_short(user), "agentRole": role, "isConnected": connected}
        kept = self._scope.view.users.get(request.assigned_to or "")
        if kept is not None and kept.id not in found:
            found[kept.id] = {**user_short(kept), "agentRole": None, "isConnected": False}
        return list(found.values())

    def owner(self, request: Activity) -> User | None:
        """Whose call it is: who of the company called, else who answered first."""
        legs = sorted(self.legs(request), key=lambda one: (one.role != "caller", one.answered_at or float("inf")))
        talked = (self.user_of(leg) for leg in legs if leg.answered_at is not None)
        return next((user for user in talked if user is not None), None)

    def called(self, request: Activity) -> list[Document]:
        """Everybody who was rung."""
        return [self._party(leg) for leg in self.legs(request) if leg.role == "callee"]

    def caller(self, request: Activity) -> Document:
        """Who called: with an extension when it is one of us."""
        user = next((self.user_of(leg) for leg in self.legs(request) if leg.role != "callee"), None)
        short = user_short(user) if user is not None else {"name": request.from_name, "extension": None}
        return {"name": short["name"], "phone": request.from_, "extension": short["extension"]}

    def legs(self, request: Activity) -> tuple[Leg, ...]:
        """Of its call, oldest first."""
        return self._legs.get(request.call, ()) if request.call else ()

    def recording(self, request: Activity) -> str | None:
        """The media id of what was recorded: a voicemail's own, or of the call."""
        if request.media is not None or not request.call:
            return request.media
        if request.call not in self._recordings:
            call = self._history.call(self._scope.tenant, request.call)
            self._recordings[request.call] = call.recording if call is not None else None
        return self._recordings[request.call]

    def user_of(self, leg: Leg) -> User | None:
        """Whose leg it is; None: somebody's outside, who may call themselves as one of us is called."""
        if leg.role == "caller" and leg.device is None:
            return None
        view = self._scope.view
        device = view.devices.get(leg.device or "")
        return view.users.get((device.user if device is not None else None) or leg.party)

    def _party(self, leg: Leg) -> Document:
        user, connected = self.user_of(leg), leg.answered_at is not None
        if user is not None:
            return {"name": user.name, "phone": user.extension, "extension": user.extension, "isConnected": connected}
        return {"name": None, "phone": leg.party, "extension": None, "isConnected": connected}


def user_short(user: User) -> Document:
    """A person, as they stand in requests."""
    return {"id": user.id, "name": user.name, "extension": user.extension, "email": user.email}


def contact(one: Contact) -> Document:
    """A contact of the address book."""
    first, _, last = one.name.partition(" ")
    return {
        "id": one.id,
        "firstName": first,
        "lastName": last,
        "company": one.company,
        "phoneNumber": one.phones[0] if one.phones else None,
        "phones": [{"number": number} for number in one.phones],
        "email": one.emails[0] if one.emails else None,
        "emails": [{"address": address} for address in one.emails],
    }
