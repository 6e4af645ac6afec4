"""XML of event packages: written with everything escaped, read without document types, entities and deep trees.

Whatever a display name holds can be written; what a phone publishes is parsed by expat with its dangerous half refused.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from xml.parsers import expat

from softswitch.events.limits import XML_BYTES_MAX, XML_DEPTH_MAX, XML_ELEMENTS_MAX

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class BadMarkup(ValueError):
    """Theirs: not XML that we take."""


def clean(text: str) -> str:
    """The text without what XML 1.0 cannot hold (2.2): control characters, halves of characters."""
    return _FORBIDDEN.sub("", text)


def element(parent: Element | None, tag: str, text: str = "", **attributes: str) -> Element:
    """A new element; `tag` may have a prefix that the root declares. Underscores in attribute names become hyphens."""
    cleaned = {key.replace("_", "-"): clean(value) for key, value in attributes.items()}
    made = Element(tag, cleaned) if parent is None else ElementTree.SubElement(parent, tag, cleaned)
    if text:
        made.text = clean(text)
    return made


def written(root: Element) -> bytes:
    """The document in UTF-8 with its declaration."""
    body: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=False)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body


def read(body: bytes) -> Element:
    """The root of a document in UTF-8, names as `{namespace}name`. Raises BadMarkup; linear in the size of the body."""
    if len(body) > XML_BYTES_MAX:
        raise BadMarkup("too long")
    builder, reader = ElementTree.TreeBuilder(), expat.ParserCreate("utf-8", "}")
    depth = count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > XML_DEPTH_MAX or count > XML_ELEMENTS_MAX:
            raise BadMarkup("too many elements")
        builder.start(_name(name), {_name(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_name(name))

    def refused(*_: object) -> int:
        raise BadMarkup("a document type or entity")

    reader.StartElementHandler, reader.EndElementHandler, reader.CharacterDataHandler = start, end, builder.data
    reader.StartDoctypeDeclHandler = reader.EntityDeclHandler = reader.ExternalEntityRefHandler = refused
    reader.UnparsedEntityDeclHandler = refused
    try:
        reader.Parse(body, True)
    except (expat.ExpatError, ValueError) as error:
        raise BadMarkup(str(error)) from error
    return builder.close()


def _name(name: str) -> str:
    return f"{{{name}" if "}" in name else name
