"""The address book: search, numbers in one form, merge, files both ways, limits, and nothing of another company."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from history.contact import Contact, at_number
from mgmt.limits import contact_import_rows_max, contact_values_max
from mgmt.usecases import contact_files
from mgmt.usecases.contact_files import card
from tests.mgmt.conftest import World

EVE: dict[str, Any] = {
    "name": "Eve Stone",
    "phones": ["(202) 555-0147"],
    "emails": ["Eve@Mail.example"],
    "notes": "VIP",
}


@pytest.fixture
def client(world: World) -> FlaskClient:
    return world.client()


def made(client: FlaskClient, **fields: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/contacts", json={**EVE, **fields})
    assert 201 == answer.status_code, answer.get_json()
    return dict(answer.get_json())


def names(client: FlaskClient, query: str = "") -> list[str]:
    return [one["name"] for one in client.get(f"/api/v1/contacts{query}").get_json()["data"]]


def sent(client: FlaskClient, data: str | bytes, kind: str = "text/csv") -> dict[str, Any]:
    return dict(client.post("/api/v1/contacts/import", data=data, content_type=kind).get_json())


def test_a_contact_is_found_by_words_and_by_its_number_however_it_is_written(client: FlaskClient) -> None:
    eve = made(client)
    assert (["+12025550147"], ["eve@mail.example"]) == (eve["phones"], eve["emails"])
    made(client, name="Zed", phones=[], emails=[], notes="")
    for query in ("?text=sto", "?text=0147", "?text=vip", "?number=2025550147", "?number=%2B12025550147"):
        assert ["Eve Stone"] == names(client, query), query
    assert [] == names(client, "?number=%2B12025550148")
    assert ["Zed", "Eve Stone"] == names(client) or ["Eve Stone", "Zed"] == names(client)


def test_a_changed_number_is_found_and_the_old_one_is_not(world: World, client: FlaskClient) -> None:
    id = made(client)["id"]
    assert 200 == client.patch(f"/api/v1/contacts/{id}", json={"phones": ["+12025550148"]}).status_code
    assert ([], ["Eve Stone"]) == (names(client, "?number=%2B12025550147"), names(client, "?number=%2B12025550148"))
    assert 204 == client.delete(f"/api/v1/contacts/{id}").status_code
    assert [] == at_number(world.context.history.shelves, "riverside", "+12025550148")


def test_who_was_faster_wins(client: FlaskClient) -> None:
    eve = made(client)
    path, first = f"/api/v1/contacts/{eve['id']}", {"If-Match": f'"{eve["revision"]}"'}
    assert [200, 412] == [client.patch(path, json={"notes": text}, headers=first).status_code for text in "ab"]


def test_merging_keeps_everything_of_both(client: FlaskClient) -> None:
    kept, gone = made(client), made(client, name="E. Stone", phones=["+12025550148"], company="Acme", notes="likes tea")
    merged = client.post(f"/api/v1/contacts/{kept['id']}/merge", json={"other": gone["id"]}).get_json()
    expected = ("Eve Stone", "Acme", ["+12025550147", "+12025550148"], ["eve@mail.example"], "VIP\nlikes tea")
    assert expected == tuple(merged[name] for name in ("name", "company", "phones", "emails", "notes"))
    assert 404 == client.get(f"/api/v1/contacts/{gone['id']}").status_code
    assert ["Eve Stone"] == names(client, "?number=%2B12025550148")
    assert 409 == client.post(f"/api/v1/contacts/{kept['id']}/merge", json={"other": kept["id"]}).status_code


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": None},
        {"name": 7},
        {"name": "x" * 121},
        {"phones": ["none"]},
        {"phones": "+12025550147"},
        {"phones": ["+12025550147"] * (contact_values_max + 1)},
        {"emails": ["nobody"]},
        {"emails": [{}]},
        {"notes": "a\x00b"},
        {"more": 1},
    ],
)
def test_what_is_no_contact_is_refused(client: FlaskClient, change: dict[str, Any]) -> None:
    assert 422 == client.post("/api/v1/contacts", json={**EVE, **change}).status_code
    assert [] == names(client)


def test_nobody_sees_contacts_of_another_company(world: World, client: FlaskClient) -> None:
    id, other = made(client)["id"], world.client("lakeside")
    assert [] == names(other) == names(other, "?number=%2B12025550147")
    answers = (
        other.get(f"/api/v1/contacts/{id}"),
        other.patch(f"/api/v1/contacts/{id}", json={"name": "x"}),
        other.delete(f"/api/v1/contacts/{id}"),
    )
    assert {404} == {one.status_code for one in answers}
    assert ["Eve Stone"] == names(client)


def test_a_table_is_read_twice_and_changes_nothing_the_second_time(client: FlaskClient) -> None:
    made(client, emails=[])
    table = (
        "\ufeffFirst Name;Last Name;Company;Phone 1 - Value;E-mail;Notes\r\n"
        'Eve;Stone;Acme;"+1 202-555-0147";eve@work.example;\r\n'
        "Ben;Hill;;202 555 0150;;\r\n"
        ";;Shop Ltd;+12025550151;;\r\n"
        "Bad;Number;;12;;\r\n"
    )
    first, second = sent(client, table.encode()), sent(client, table.encode())
    assert (2, 1, 0, [4]) == (
        first["created"],
        first["changed"],
        first["same"],
        [one["row"] for one in first["skipped"]],
    )
    assert (0, 0, 3, 1) == (second["created"], second["changed"], second["same"], second["skipped_total"])
    assert {"Eve Stone", "Ben Hill", "Shop Ltd"} == set(names(client))


def test_cards_are_read_folded_and_escaped(client: FlaskClient) -> None:
    cards = (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Stone;Eve;;;\r\nFN:Eve \r\n Stone\r\nORG:Acme\\, Ltd;Sales\r\n"
        "item1.TEL;TYPE=CELL:+1 202 555 0147\r\nTEL;VALUE=uri:tel:+12025550148;ext=1\r\nEMAIL:eve@mail.example\r\n"
        "NOTE:one\\ntwo\\;three\r\nPHOTO;ENCODING=b:AAAA\r\nEND:VCARD\r\n"
    )
    assert 1 == sent(client, cards, "text/vcard")["created"]
    (eve,) = client.get("/api/v1/contacts").get_json()["data"]
    expected = ("Eve Stone", "Acme, Ltd", ["+12025550147", "+12025550148"], "one\ntwo;three")
    assert expected == tuple(eve[name] for name in ("name", "company", "phones", "notes"))


@pytest.mark.parametrize("form, kind", [("csv", "text/csv"), ("vcf", "text/vcard")])
def test_what_goes_out_comes_in_again_as_it_was(world: World, client: FlaskClient, form: str, kind: str) -> None:
    made(client, name='=cmd|" /C calc"!A0', company="Acme; Ltd, \\o/", notes="line\nline " + "ü" * 100)
    made(client, name="@SUM(1+1)", phones=["+12025550150", "+12025550151"], emails=[])
    file = client.get(f"/api/v1/export/contacts.{form}")
    assert (200, kind) == (file.status_code, file.mimetype)
    other = world.client("lakeside")
    assert 2 == sent(other, file.get_data(), kind)["created"]
    kept = [
        sorted(
            (one["name"], one["company"], tuple(one["phones"]), tuple(one["emails"]), one["notes"])
            for one in each.get("/api/v1/contacts").get_json()["data"]
        )
        for each in (client, other)
    ]
    assert kept[0] == kept[1]


def test_no_cell_of_a_table_is_a_formula(client: FlaskClient) -> None:
    made(client, name='=HYPERLINK("http://evil")', company="+1-1", notes="@x")
    rows = list(csv.reader(io.StringIO(client.get("/api/v1/export/contacts.csv").get_data(as_text=True))))
    assert [['\'=HYPERLINK("http://evil")', "'+1-1", "+12025550147", "eve@mail.example", "'@x"]] == rows[1:]


@pytest.mark.parametrize(
    "data, kind, status",
    [
        (b"\xff\xfe", "text/csv", 400),
        (b"", "text/csv", 400),
        (b"a,b\n1,2\n", "text/csv", 400),
        (b'name\n"open', "text/csv", 400),
        (b"BEGIN:VCARD\nFN:x\n", "text/vcard", 400),
        (b"name\n" + b"x\n" * (contact_import_rows_max + 1), "text/csv", 413),
        (b"name\nx\n", "application/json", 415),
    ],
)
def test_a_file_that_is_none_is_refused_whole(client: FlaskClient, data: bytes, kind: str, status: int) -> None:
    answer = client.post("/api/v1/contacts/import", data=data, content_type=kind)
    assert (status, []) == (answer.status_code, names(client))


def test_a_full_book_takes_no_more(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mgmt.usecases.contacts.contacts_max", 2)
    made(client)
    made(client, name="Zed")
    assert 409 == client.post("/api/v1/contacts", json=EVE).status_code
    assert 409 == client.post("/api/v1/contacts/import", data=b"name\nx\n", content_type="text/csv").status_code


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(some.text(max_size=200), some.text(max_size=100), some.lists(some.text(max_size=60), max_size=3))
def test_a_card_is_read_as_it_was_written(name: str, company: str, notes: list[str]) -> None:
    plain = [text.replace("\r\n", "\n").replace("\r", "\n").strip() for text in (name, company, "\n".join(notes))]
    contact = Contact("c", "t", plain[0] or "x", 1.0, 1.0, company=plain[1], notes=plain[2])
    lines = card(contact).split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    (row,) = contact_files._cards(card(contact))
    assert (contact.company, contact.notes) == (row["company"], row["notes"])
