"""Whether somebody can be reached: application/pidf+xml (RFC 3863) with activities (RFC 4480), written and read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from softswitch.events.limits import NOTE_CHARS_MAX
from softswitch.events.markup import BadMarkup, element, read, written

CONTENT_TYPE = "application/pidf+xml"
PIDF = "urn:ietf:params:xml:ns:pidf"
MODEL = "urn:ietf:params:xml:ns:pidf:data-model"
RPID = "urn:ietf:params:xml:ns:pidf:rpid"
ACTIVITIES = ("appointment", "away", "busy", "holiday", "in-transit", "meal", "meeting", "on-the-phone", "vacation")
"""What is passed on of RFC 4480 3.2."""


@dataclass(frozen=True, slots=True)
class Presence:
    """One tuple: can they be reached, what do they do (RPID), in their own words."""

    open: bool
    activities: tuple[str, ...] = ()
    note: str = ""


def pidf(entity: str, tuples: Iterable[tuple[str, Presence]]) -> bytes:
    """The document of a presentity, a tuple each by id; activities and notes of all are those of the person."""
    tuples = tuple(tuples)
    root = element(None, "presence", xmlns=PIDF, **{"xmlns:dm": MODEL, "xmlns:rpid": RPID}, entity=entity)
    for id, presence in tuples:
        made = element(root, "tuple", id=id)
        element(element(made, "status"), "basic", "open" if presence.open else "closed")
        if presence.open:
            element(made, "contact", entity)
        if presence.note:
            element(made, "note", presence.note)
    activities = sorted({name for _, presence in tuples for name in presence.activities})
    if activities:
        shown = element(element(root, "dm:person", id="person"), "rpid:activities")
        for name in activities:
            element(shown, f"rpid:{name}")
    return written(root)


def read_pidf(body: bytes) -> Presence:
    """What a phone publishes, its tuples taken together. Raises BadMarkup."""
    root = read(body)
    if root.tag != f"{{{PIDF}}}presence":
        raise BadMarkup("not a presence document")
    basics = [(basic.text or "").strip() for basic in root.iter(f"{{{PIDF}}}basic")]
    found = {child.tag.rpartition("}")[2] for parent in root.iter(f"{{{RPID}}}activities") for child in parent}
    return Presence("open" in basics, tuple(name for name in ACTIVITIES if name in found), _note(root))


def _note(root: Element) -> str:
    notes = (note.text or "" for name in (PIDF, MODEL, RPID) for note in root.iter(f"{{{name}}}note"))
    return next((note.strip()[:NOTE_CHARS_MAX] for note in notes if note.strip()), "")
