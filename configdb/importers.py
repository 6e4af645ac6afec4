"""Users, phones and numbers from other systems' tables (CSV): FreePBX, FusionPBX, or one's own. Pure.

Each reader gives the objects of a tenant, as `/config-import` takes them, and a report: every row and every filled
column that could not be carried over, with the reason. Nothing is guessed: what a dial plan or a menu did is said, not made.

    freepbx    Bulk Handler exports: extensions (extension, name, secret, voicemail_email ...), DIDs (extension, destination)
    fusionpbx  exports of extensions (extension, password, effective_caller_id_name ...) and destinations
    csv        name, extension, email, password, number
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from configdb.limits import import_rows_max

Row = Mapping[str, str]
EXTENSION = re.compile(r"[0-9]{2,6}")
PASSWORD_CHARS_MIN = 16


class NotATable(ValueError):
    """The text is not a table of the system it is said to be from."""


@dataclass(frozen=True, slots=True)
class Left:
    """What was not carried over: line of the table (1 is its head), what it was, and why."""

    line: int
    what: str
    why: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}: {self.why}"


@dataclass(slots=True)
class Imported:
    """The objects found so far, by kind and id, and the report."""

    objects: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)

    def put(self, kind: str, id: str, document: dict[str, Any]) -> None:
        """One object."""
        self.objects.setdefault(kind, {})[id] = {"id": id, **document}

    def has(self, kind: str, id: str) -> bool:
        """Whether it was found."""
        return id in self.objects.get(kind, {})

    def leave(self, line: int, what: str, why: str) -> None:
        """One thing that stays behind."""
        self.left.append(Left(line, what, why))


Reader = Callable[[Imported, int, Row], None]


def read(system: str, tables: Iterable[str], country_code: str = "1") -> Imported:
    """All tables of a system, users before numbers. `country_code` completes numbers without one. Raises `NotATable`."""
    found, numbers = Imported(), list[tuple[Reader, int, Row]]()
    for text in tables:
        rows = list(_rows(text))
        head = set(rows[0][1]) if rows else set()
        reader, is_users = _reader(system, head, country_code)
        if is_users:
            for line, row in rows:
                reader(found, line, row)
        else:
            numbers += [(reader, line, row) for line, row in rows]
    for reader, line, row in numbers:
        reader(found, line, row)
    return found


def _rows(text: str) -> Iterable[tuple[int, Row]]:
    table = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    try:
        for index, row in enumerate(table, 2):
            if index > import_rows_max:
                raise NotATable(f"the table has more than {import_rows_max} rows")
            yield index, {(name or "").strip().lower(): (value or "").strip() for name, value in row.items() if name}
    except csv.Error as error:
        raise NotATable(f"the table cannot be read: {error}") from error


def _reader(system: str, head: set[str], country_code: str) -> tuple[Reader, bool]:
    """The reader of a table by its columns, and whether it is of users."""
    match system:
        case "csv" if {"name", "extension"} <= head:
            return lambda found, line, row: _plain(found, line, row, country_code), True
        case "freepbx" if {"extension", "destination"} <= head:
            return lambda found, line, row: _freepbx_did(found, line, row, country_code), False
        case "freepbx" if {"extension", "name"} <= head:
            return _freepbx_user, True
        case "fusionpbx" if {"destination_number"} <= head:
            return lambda found, line, row: _fusionpbx_destination(found, line, row, country_code), False
        case "fusionpbx" if {"extension", "password"} <= head:
            return _fusionpbx_user, True
    raise NotATable(f"these are not the columns of a table of {system}: {', '.join(sorted(head)[:8])}")


def _user(found: Imported, line: int, extension: str, name: str, email: str, ring_s: str = "") -> str | None:
    """A user with their mailbox; their id, None when the row cannot be one."""
    if not EXTENSION.fullmatch(extension):
        found.leave(line, f"extension {extension or '(none)'}", "an extension has 2 to 6 digits")
        return None
    id = f"u{extension}"
    if found.has("user", id):
        found.leave(line, f"extension {extension}", "is there twice")
        return None
    seconds = min(max(int(ring_s), 5), 120) if ring_s.isdigit() and int(ring_s) else 20
    found.put("mailbox", id, {"name": name or extension, "user": id})
    person: dict[str, Any] = {"name": name or extension, "extension": extension, "mailbox": id, "ring_s": seconds}
    found.put("user", id, person | ({"email": email} if "@" in email else {}))
    return id


def _device(found: Imported, line: int, user: str, username: str, password: str) -> None:
    """A phone; a password that is too weak is not kept, a new one is made when it is brought in."""
    document = {"user": user, "username": username}
    if len(password) >= PASSWORD_CHARS_MIN:
        document["password"] = password
    elif password:
        found.leave(
            line, f"password of {username}", f"has fewer than {PASSWORD_CHARS_MIN} characters: a new one is made"
        )
    found.put("device", user, document)


def _number(found: Imported, line: int, text: str, code: str, user: str | None, label: str, goes_to: str) -> None:
    digits = re.sub(r"[^0-9+]", "", text)
    e164 = digits if digits.startswith("+") else f"+{digits}" if len(digits) > 10 else f"+{code}{digits}"
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", e164):
        found.leave(line, f"number {text or '(any)'}", "is no telephone number")
    elif user is None or not found.has("user", user):
        found.leave(line, f"number {e164}", f"goes to {goes_to or 'nothing'}, which is not carried over")
    else:
        found.put("number", e164, {"label": label[:120], "target": {"kind": "user", "id": user}})


def _plain(found: Imported, line: int, row: Row, country_code: str) -> None:
    user = _user(found, line, row["extension"], row["name"], row.get("email", ""))
    if user is None:
        return
    _device(found, line, user, f"{user}-phone", row.get("password", ""))
    if number := row.get("number"):
        _number(found, line, number, country_code, user, row["name"], user)
    _unknown(found, line, row, {"name", "extension", "email", "password", "number"})


def _freepbx_user(found: Imported, line: int, row: Row) -> None:
    email = row.get("voicemail_email") or row.get("email", "")
    user = _user(found, line, row["extension"], row["name"], email, row.get("ringtimer", ""))
    if user is None:
        return
    tech = row.get("tech", "pjsip").lower()
    if tech in ("sip", "pjsip", ""):
        _device(found, line, user, f"ext-{row['extension']}", row.get("secret") or row.get("password", ""))
    else:
        found.leave(line, f"phone of {row['extension']}", f"{tech} is not SIP")
    for column in ("noanswer_dest", "busy_dest", "chanunavail_dest", "findmefollow_grplist", "outboundcid"):
        if value := row.get(column):
            found.leave(line, f"{column} of {row['extension']}", f"{value!r} is not carried over")
    if row.get("emergency_cid"):
        found.leave(line, f"emergency_cid of {row['extension']}", "give the user an address instead (kind address)")


def _freepbx_did(found: Imported, line: int, row: Row, country_code: str) -> None:
    destination = row["destination"]
    match = re.match(r"from-did-direct,([0-9]+),|ext-local,([0-9]+),", destination)
    user = f"u{match.group(1) or match.group(2)}" if match else None
    _number(found, line, row["extension"], country_code, user, row.get("description", ""), destination)
    if row.get("cidnum"):
        found.leave(line, f"caller {row['cidnum']} of {row['extension']}", "routes by caller are not carried over")


def _fusionpbx_user(found: Imported, line: int, row: Row) -> None:
    name = row.get("effective_caller_id_name") or " ".join(
        part for part in (row.get("directory_first_name"), row.get("directory_last_name")) if part
    )
    if row.get("enabled", "true").lower() in ("false", "0"):
        found.leave(line, f"extension {row['extension']}", "is disabled")
        return
    email = row.get("voicemail_mail_to", "")
    user = _user(found, line, row["extension"], name or row.get("description", ""), email, row.get("call_timeout", ""))
    if user is None:
        return
    _device(found, line, user, f"ext-{row['extension']}", row["password"])
    for column in (
        "forward_all_destination",
        "forward_busy_destination",
        "forward_no_answer_destination",
        "follow_me_uuid",
    ):
        if value := row.get(column):
            found.leave(line, f"{column} of {row['extension']}", f"{value!r} is not carried over")


def _fusionpbx_destination(found: Imported, line: int, row: Row, country_code: str) -> None:
    if row.get("destination_type", "inbound") != "inbound":
        found.leave(line, f"destination {row['destination_number']}", "is not inbound")
        return
    data = row.get("destination_data") or row.get("destination_actions", "")
    match = re.search(r"\b([0-9]{2,6})\s+XML\b", data)
    user = f"u{match.group(1)}" if match else None
    code = row.get("destination_prefix") or country_code
    _number(found, line, row["destination_number"], code, user, row.get("destination_description", ""), data)


def _unknown(found: Imported, line: int, row: Row, known: set[str]) -> None:
    for column in sorted(set(row) - known):
        if row[column]:
            found.leave(line, f"column {column}", f"{row[column]!r} is not carried over")
