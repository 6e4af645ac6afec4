"""What a phone that watches somebody asks, and what it is told, in short."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from softswitch.events import dialoginfo
from softswitch.sip.message import Request, Response
from tests.softswitch.adapters.front import Handset


def subscribe(phone: Handset, package: str, name: str, *headers: str, expires: int = 600, **options: Any) -> Response:
    uri = f"sip:{name}@pbx"
    return phone.ask(
        "SUBSCRIBE", uri, f"Event: {package}", f"Expires: {expires}", f"Contact: {phone.contact}", *headers, **options
    )


def refresh(phone: Handset, answer: Response, package: str, expires: int) -> Response:
    """The same dialog once more."""
    to = answer.headers.get("To") or ""
    return subscribe(phone, package, "x", expires=expires, to=to, call_id=answer.call_id)


def states(phone: Handset) -> list[str]:
    return [request.headers.get("Subscription-State") or "" for request in phone.got]


def dialogs(request: Request) -> tuple[str | None, str | None, list[str | None]]:
    """Version, state, and the states of the dialogs."""
    root = ElementTree.fromstring(request.body)
    shown = [dialog.findtext(f"{{{dialoginfo.NAMESPACE}}}state") for dialog in root]
    return root.get("version"), root.get("state"), shown
