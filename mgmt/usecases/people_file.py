"""Many people invited by one file, CSV (RFC 4180): looked at first, then row by row, with what is wrong with which."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from typing import Any, get_args

from configdb.errors import Refused, Unknown
from configdb.model import Role
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import Problem
from mgmt.limits import email_chars_max, name_chars_max, people_file_rows_max
from mgmt.pages import Language
from mgmt.usecases import config, people
from mgmt.usecases.consent import require_consent

Document = dict[str, Any]
COLUMNS = {
    "name": ("name", "fullname", "displayname", "имя", "фио"),
    "email": ("email", "mail", "emailaddress", "почта"),
    "role": ("role", "роль"),
    "extension": ("extension", "ext", "внутренний", "номер"),
}
_words = {word: column for column, words in COLUMNS.items() for word in words}
_address = re.compile(r"[^\s@]+@[^\s@]+")


def take(context: Context, scope: Scope, data: bytes, base: str, language: Language, dry: bool) -> Document:
    """`{data: [{row, name, email, role, extension, id, why, link}], invited, wrong}`; dry: nobody is invited yet.

    `why` says what is wrong with a row; `link` is there for who was not sent it by e-mail. Raises Problem 400, 403, 413.
    """
    require_consent(context.clock(), scope)
    done, seen = list[Document](), set[str]()
    for number, row in enumerate(_rows(data), 1):
        told: Document = {"row": number, **row, "id": None, "link": None, "why": None}
        try:
            _require_fine(row, seen)
            if dry:
                _tried(context, scope, row)
            else:
                made = people.invite(context, scope, {k: v for k, v in row.items() if v}, base, language)
                told |= {"id": made["person"]["id"], "extension": made["person"]["extension"]}
                told["link"] = None if made["mailed"] else made["link"]
                scope = replace(scope, view=config.view_now(context, scope))
        except Problem as wrong:
            told["why"] = " ".join([wrong.detail, *(f"{one.pointer}: {one.detail}" for one in wrong.errors)])
        except (Refused, Unknown) as wrong:
            told["why"] = str(wrong)
        done.append(told)
    wrong_rows = sum(one["why"] is not None for one in done)
    return {"data": done, "invited": 0 if dry else len(done) - wrong_rows, "wrong": wrong_rows}


def _rows(data: bytes) -> list[dict[str, str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise Problem(400, "not_utf8", "The file must be UTF-8.") from wrong
    head = text.partition("\n")[0]
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
        names = [_words.get(re.sub(r"[\W\d_]+", "", name.lower())) for name in next(reader, [])]
        if not {"name", "email"} <= set(names):
            raise Problem(400, "no_columns", "The first row must name the columns: name, email, role, extension.")
        found = [dict(zip(names, line, strict=False)) for line in reader if any(line)]
    except csv.Error as wrong:
        raise Problem(400, "not_csv", f"The file is no CSV: {wrong}.") from wrong
    if len(found) > people_file_rows_max:
        raise Problem(413, "too_many_rows", f"A file may have {people_file_rows_max} people. Split it.")
    rows = [{column: row.get(column, "").strip() for column in COLUMNS} for row in found]
    return [{**row, "role": row["role"].lower() or "user"} for row in rows]


def _require_fine(row: dict[str, str], seen: set[str]) -> None:
    """Raises Problem 422 for what the form of one person would not take either."""
    if not 0 < len(row["name"]) <= name_chars_max:
        raise Problem(422, "invalid_field", "The name is missing or too long.")
    if len(row["email"]) > email_chars_max or not _address.fullmatch(row["email"]):
        raise Problem(422, "invalid_field", "This is no e-mail address.")
    if row["role"] not in get_args(Role):
        raise Problem(422, "invalid_field", f"The role must be one of {', '.join(get_args(Role))}.")
    for said in filter(None, (row["email"].casefold(), row["extension"])):
        if said in seen:
            raise Problem(422, "twice", f"{said} is in the file twice.")
        seen.add(said)


def _tried(context: Context, scope: Scope, row: dict[str, str]) -> None:
    """Raises Problem for who could not be invited as things are now."""
    people.require_free(scope, row["email"], "")
    if row["extension"] in scope.view.by_extension:
        raise Problem(409, "extension_taken", f"The extension {row['extension']} is somebody's.")
    id = people.new_id(scope.view, row["email"])
    extension = row["extension"] or people.free_extension(context, scope.view)
    config.prepare(context, scope, "user", id, {**row, "id": id, "extension": extension}, None)
