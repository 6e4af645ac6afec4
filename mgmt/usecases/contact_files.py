"""Contacts as files, both ways: CSV (RFC 4180) and vCard (RFC 6350), row by row, with what could not be read and why.

The same file again changes nothing: who has a number of the row is that contact, and gets what is new of it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from typing import Any

from history.contact import Contact, at_number
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import Problem
from mgmt.limits import contact_import_rows_max, contact_skipped_shown_max, export_page_items
from mgmt.usecases import vcard
from mgmt.usecases.contacts import checked, joined, keep, require_room
from mgmt.usecases.numbers import cell

Document = dict[str, Any]
Row = dict[str, Any]
COLUMNS = ("name", "company", "phones", "emails", "notes")
_columns = {
    "name": ("name", "fullname", "displayname", "имя", "фио"),
    "given": ("givenname", "firstname"),
    "family": ("familyname", "lastname", "surname"),
    "company": ("company", "organization", "organisation", "organizationname", "компания", "организация"),
    "notes": ("notes", "note", "comment", "заметки", "примечание"),
    "phones": ("phone", "phones", "tel", "telephone", "mobile", "mobilephone", "businessphone", "homephone", "телефон"),
    "emails": ("email", "emails", "mail", "emailaddress", "почта"),
}
_words = {word: field for field, words in _columns.items() for word in words}
_split = re.compile(r"[;\n|]|:::")


def take(context: Context, scope: Scope, data: bytes, kind: str) -> Document:
    """`{created, changed, same, skipped: [{row, why}]}`. Raises Problem 400, 409, 413, 415."""
    if kind not in ("text/csv", "text/vcard"):
        raise Problem(415, "unsupported_media_type", "Send the file as text/csv or text/vcard.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise Problem(400, "not_utf8", "The file must be UTF-8.") from wrong
    rows = list(_csv_rows(text) if kind == "text/csv" else _cards(text))
    if len(rows) > contact_import_rows_max:
        raise Problem(413, "too_many_rows", f"A file may have {contact_import_rows_max} contacts. Split it.")
    require_room(context, scope, len(rows))
    counts, skipped = {"created": 0, "changed": 0, "same": 0}, []
    for number, row in enumerate(rows, 1):
        try:
            counts[_taken(context, scope, row)] += 1
        except Problem as wrong:
            skipped.append({"row": number, "why": wrong.detail})
    return {**counts, "skipped": skipped[:contact_skipped_shown_max], "skipped_total": len(skipped)}


def _taken(context: Context, scope: Scope, row: Row) -> str:
    fields = checked(scope, row)
    now = context.clock()
    said = json.dumps([fields[name] for name in COLUMNS]).encode()
    made = Contact(f"i{hashlib.sha256(said).hexdigest()[:24]}", scope.tenant, changed_at=now, created_at=now, **fields)
    known = [one for phone in made.phones for one in at_number(context.history.shelves, scope.tenant, phone)]
    before = known[0] if known else context.history.contact(scope.tenant, made.id)
    if before is None:
        keep(context, made, None)
        return "created"
    after = joined(context, before, made)
    if after == before:
        return "same"
    keep(context, after, before)
    return "changed"


def _csv_rows(text: str) -> Iterator[Row]:
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        names = [_words.get(re.sub(r"[\W\d_]+|value$", "", name.lower())) for name in next(reader, [])]
        if not {"name", "given", "family", "company"} & set(names):
            raise Problem(400, "no_columns", "The first row must name the columns: name, company, phone, email, notes.")
        for line in reader:
            if any(line):
                yield _row([(name, value) for name, value in zip(names, line, strict=False) if name is not None])
    except csv.Error as wrong:
        raise Problem(400, "not_csv", f"The file is no CSV: {wrong}.") from wrong


def _row(values: list[tuple[str, str]]) -> Row:
    """A row of named texts as a contact's fields; a cell that our own export made a text is what it was before."""
    found: Row = {name: [] if name in ("phones", "emails") else "" for name in COLUMNS}
    parts = {"given": "", "family": ""}
    for name, text in values:
        text = text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@", "\t", "\r") else text
        if name in ("phones", "emails"):
            found[name] += [part.strip() for part in _split.split(text) if part.strip()]
        elif name in parts:
            parts[name] = text.strip()
        else:
            found[name] = found[name] or text.strip()
    found["name"] = found["name"] or " ".join(filter(None, parts.values())) or found["company"]
    return found


def _cards(text: str) -> Iterator[Row]:
    lines = re.split(r"\r?\n", re.sub(r"\r?\n[ \t]", "", text))
    values: list[tuple[str, str]] | None = None
    for line in lines:
        head, colon, value = line.partition(":")
        name = head.partition(";")[0].rpartition(".")[2].upper()
        if name == "BEGIN" and value.strip().upper() == "VCARD":
            values = []
        elif name == "END" and values is not None:
            yield _row(values)
            values = None
        elif values is not None and colon and len(values) < 200:
            values += _property(name, value)
    if values is not None:
        raise Problem(400, "not_vcard", "The file ends within a card.")


def _property(name: str, value: str) -> list[tuple[str, str]]:
    match name:
        case "FN":
            return [("name", _plain(value))]
        case "N":
            family, given, *_ = [*re.split(r"(?<!\\);", value), "", ""]
            return [("given", _plain(given)), ("family", _plain(family))]
        case "ORG":
            return [("company", _plain(re.split(r"(?<!\\);", value)[0]))]
        case "TEL":
            return [("phones", value.removeprefix("tel:").partition(";")[0])]
        case "EMAIL":
            return [("emails", _plain(value))]
        case "NOTE":
            return [("notes", _plain(value))]
    return []


def _plain(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value).strip()


def written(context: Context, scope: Scope, form: str) -> Iterator[bytes]:
    """All contacts as a "csv" or "vcf" file, a page in memory at a time; no cell is a formula for a spreadsheet."""
    cursor, first = None, form == "csv"
    while True:
        found = context.history.contacts(scope.tenant, "", cursor, export_page_items)
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        if first:
            writer.writerow(COLUMNS)
        for contact in found.rows:
            if form == "csv":
                writer.writerow([cell(_joined(getattr(contact, name))) for name in COLUMNS])
            else:
                out.write(card(contact))
        yield out.getvalue().encode()
        cursor, first = found.next_cursor, False
        if cursor is None:
            return


def _joined(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "; ".join(value)


def card(contact: Contact) -> str:
    """One vCard 4.0."""
    family, _, given = contact.name.rpartition(" ")[::-1]
    lines = [f"FN:{vcard.escaped(contact.name)}", f"N:{vcard.escaped(family)};{vcard.escaped(given)};;;"]
    lines += [f"ORG:{vcard.escaped(contact.company)}"] if contact.company else []
    lines += [f"TEL;VALUE=uri:tel:{phone}" for phone in contact.phones]
    lines += [f"EMAIL:{vcard.escaped(email)}" for email in contact.emails]
    lines += [f"NOTE:{vcard.escaped(contact.notes)}"] if contact.notes else []
    return vcard.written(lines)
