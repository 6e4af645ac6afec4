"""Riverside Dental: the demo tenant, as configuration documents. Three people, two numbers, one flow, hours, mailboxes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

TENANT = "riverside"
MAIN_NUMBER = "+12025550123"
CALLER_PORTS = tuple(range(5070, 5080))  # where calls of the demo carrier come from
ANN_NUMBER = "+12025550124"
CALLER_NUMBER = "+12025550100"
TRUNK = "demo-carrier"
REALM = "softswitch"

Document = dict[str, Any]

PEOPLE = (
    ("ann", "Ann Baker", "101", "owner"),
    ("ben", "Ben Carter", "102", "user"),
    ("carla", "Carla Diaz", "103", "user"),
)
DEVICES = (("ann-desk", "ann"), ("ann-mobile", "ann"), ("ben-desk", "ben"), ("carla-desk", "carla"))
HOLIDAYS = (
    ("2026-11-26", "Thanksgiving"),
    ("2026-12-25", "Christmas Day"),
    ("2027-01-01", "New Year's Day"),
    ("2027-01-18", "Martin Luther King Jr. Day"),
    ("2027-05-31", "Memorial Day"),
    ("2027-07-05", "Independence Day (observed)"),
    ("2027-09-06", "Labor Day"),
    ("2027-11-25", "Thanksgiving"),
    ("2027-12-24", "Christmas Day (observed)"),
)

PROMPTS = {
    "welcome": "Thank you for calling Riverside Dental.",
    "menu": "For the front desk, press 1. For Ann Baker, press 2. To leave a message, press 3. "
    "To hear these choices again, press star.",
    "closed": "Thank you for calling Riverside Dental. We are closed at the moment. "
    "We are open Monday to Friday, from 8 A M to 6 P M. To leave a message, press 3, or stay on the line.",
    "front-desk-greeting": "You have reached the front desk of Riverside Dental. "
    "Please leave your name, your number and a short message after the tone.",
    "ann-greeting": "This is Ann Baker at Riverside Dental. I cannot take your call right now. "
    "Please leave a message after the tone.",
}


def prompt_texts() -> dict[str, str]:
    """What the demo tenant's prompts say, by id."""
    return dict(PROMPTS)


def media_name(prompt: str) -> str:
    """Where a prompt of the demo tenant is kept in the media store."""
    return f"{TENANT}/prompt/00000000/{prompt.replace('-', '_')}.wav"


def flow() -> Document:
    """The main menu."""
    closed = {
        "kind": "menu",
        "label": "We are closed",
        "prompts": ["prompt:closed"],
        "keys": {"3": "message"},
        "timeout_s": 3,
        "tries": 1,
        "on_timeout": "message",
        "on_invalid": "message",
    }
    desk = {"kind": "dial", "target": {"kind": "group", "id": "front-desk"}, "ring_s": 15, "label": "Front desk"}
    menu = {
        "kind": "menu",
        "label": "Main menu",
        "prompts": ["prompt:menu"],
        "keys": {"1": "front-desk", "2": "ann", "3": "message"},
        "timeout_s": 6,
        "tries": 3,
        "on_timeout": "front-desk",
        "on_invalid": "front-desk",
    }
    return {
        "start": "hours",
        "nodes": {
            "hours": {"kind": "hours", "schedule": "office", "open": "welcome", "closed": "closed", "label": "Open?"},
            "welcome": {"kind": "play", "prompts": ["prompt:welcome"], "next": "menu", "label": "Welcome"},
            "menu": menu,
            "front-desk": {**desk, "on_no_answer": "message", "on_busy": "message"},
            "ann": {"kind": "dial", "target": {"kind": "user", "id": "ann"}, "label": "Ann Baker"},
            "closed": closed,
            "message": {"kind": "mailbox", "mailbox": "front-desk", "next": "bye", "label": "Leave a message"},
            "bye": {"kind": "hangup", "prompts": ["sound:goodbye"], "label": "Goodbye"},
        },
    }


def documents(ha1: Callable[[str, str], tuple[str, str]]) -> dict[tuple[str, str], Document]:
    """All objects of the tenant by (kind, id). `ha1(username, realm)` gives a device's two sealed HA1 values."""
    weekday = [{"start": "08:00", "end": "18:00"}]
    found: dict[tuple[str, str], Document] = {
        ("tenant", TENANT): {
            "name": "Riverside Dental",
            "timezone": "America/New_York",
            "trunk": TRUNK,
            "caller_id": MAIN_NUMBER,
        },
        ("number", MAIN_NUMBER): {"label": "Main line", "target": {"kind": "flow", "id": "main"}},
        ("number", ANN_NUMBER): {"label": "Ann's line", "target": {"kind": "user", "id": "ann"}},
        ("group", "front-desk"): {
            "name": "Front desk",
            "extension": "200",
            "members": ["ben", "carla"],
            "ring_s": 15,
            "no_answer": {"kind": "mailbox", "id": "front-desk"},
        },
        ("schedule", "office"): {
            "name": "Office hours",
            "weekly": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), weekday),
            "holidays": [{"date": date, "name": name} for date, name in HOLIDAYS],
        },
        ("mailbox", "front-desk"): {"name": "Front desk", "greeting": "front-desk-greeting"},
        ("flow", "main"): {"name": "Main line", "document": flow()},
    }
    for user, name, extension, role in PEOPLE:
        email = f"{user}@riverside.example"
        about = {"name": name, "extension": extension, "role": role, "email": email, "mailbox": user, "ring_s": 15}
        found["user", user] = about
        greeting = "ann-greeting" if user == "ann" else None
        found["mailbox", user] = {"name": name, "user": user, "greeting": greeting}
    for device, user in DEVICES:
        md5, sha256 = ha1(device, REALM)
        found["device", device] = {"user": user, "username": device, "ha1_md5": md5, "ha1_sha256": sha256}
    for prompt, text in PROMPTS.items():
        found["prompt", prompt] = {"name": prompt.replace("-", " "), "media": media_name(prompt), "text": text}
    return {key: {"id": key[1], **document} for key, document in found.items()}


def trunk(source_ports: tuple[int, ...], gateway_port: int) -> Document:
    """The demonstration carrier: a program on this machine that calls from known ports."""
    return {
        "id": TRUNK,
        "name": "Demo carrier",
        "sources": ["127.0.0.1"],
        "source_ports": list(source_ports),
        "gateways": [{"host": "127.0.0.1", "port": gateway_port}],
    }
