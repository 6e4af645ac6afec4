"""CountryCom DB Sync against a publisher: whole generations and deltas, and everything that is not believed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from configdb.reference import World
from mgmt.countrycom import sync
from mgmt.countrycom.manifest import NotRight, body_of
from mgmt.countrycom.publish import published
from mgmt.countrycom.sync import Stale
from mgmt.countrycom.tables import checked
from mgmt.outbox.web import Answer, Ask, Unsent
from mgmt.services.runner import Errand
from tests.mgmt.conftest import NOW
from tests.mgmt.conftest import World as Scene
from tests.mgmt.services.desk import parts_of

JsonOf = Callable[..., Any]
KEY = Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\x01")
SETTINGS = {
    "id": "countrycom",
    "url": "https://countrycom.example/us",
    "public_key": KEY.public_key().public_bytes_raw().hex(),
}
COUNTRIES = (
    "CA\tCanada\tКанада\t1\tCAD\ten|fr\t911\tAmerica/Toronto",
    "GB\tUnited Kingdom\tВеликобритания\t44\tGBP\ten\t999|112\tEurope/London",
    "RU\tRussia\tРоссия\t7\tRUB\tru\t112|101\tEurope/Moscow|Asia/Omsk",
    "US\tUnited States\tСША\t1\tUSD\ten|es\t911\tAmerica/New_York",
)
PREFIXES = (
    "1\tUS\tfixed\t\t\t0",
    "1416\tCA\tfixed\tToronto\tAmerica/Toronto\t0",
    "44\tGB\tunknown\t\tEurope/London\t0",
    "447\tGB\tmobile\t\tEurope/London\t0",
    "44909\tGB\tpremium\t\tEurope/London\t1",
    "7\tRU\tunknown\t\t\t0",
    *(f"1{area}\tUS\tfixed\t\tAmerica/New_York\t0" for area in range(201, 241)),
)
RATES = (
    "retail\t44\t0.02\t0\t60/60\tUSD\t2026-01-01T00:00:00+00:00\t",
    "retail\t44\t0.03\t0\t60/60\tUSD\t2027-06-01T00:00:00+00:00\t",
    "retail\t447\t0.11\t0.01\t1/1\tUSD\t2026-01-01T00:00:00+00:00\t2027-01-20T00:00:00+00:00",
)
ROWS = {"countries": COUNTRIES, "prefixes": tuple(sorted(PREFIXES)), "rates": RATES}


class Desk:
    """A region, and its publisher: files by name."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.files, self.asked = scene, dict[str, bytes](), list[str]()
        put = scene.script(None).put("/api/v1/config/countrycom/countrycom", json=SETTINGS)
        assert 201 == put.status_code, put.json
        scene.outside.answer = self._serve
        self.parts = parts_of(scene)

    def _serve(self, ask: Ask) -> Answer:
        name = ask.url.rpartition("/")[2]
        self.asked.append(name)
        return Answer(200, {}, self.files[name]) if name in self.files else Answer(404, {}, b"")

    def publish(self, rows: dict[str, tuple[str, ...]], generation: int, base: tuple[int, Any] | None = None) -> None:
        made_at = datetime.fromtimestamp(self.scene.clock.now, UTC)
        self.files = published(rows, generation, made_at, KEY, base)

    @property
    def world(self) -> World:
        return self.scene.context.config.directory.world

    @property
    def system(self) -> Any:
        return self.scene.context.config.directory.system


def with_rows(part: str, *rows: str) -> dict[str, tuple[str, ...]]:
    return {**ROWS, part: tuple(sorted((*ROWS[part], *rows)))}


@pytest.fixture
def desk(world: Scene) -> Desk:
    return Desk(world)


def test_the_first_generation_is_taken_and_counts(desk: Desk) -> None:
    desk.publish(ROWS, 1)
    dry = replace(desk.parts, errand=Errand(dry=True))
    report = sync.run(dry)
    assert ("countries: 4 come, 0 go (100.0 %)" in report.text, World({})) == (True, desk.world)
    assert 1 == sync.run(desk.parts).done
    assert ROWS == desk.world.tables
    assert 0 == sync.run(desk.parts).done


def test_a_delta_is_enough_when_its_base_is_here(desk: Desk) -> None:
    desk.publish(ROWS, 1)
    sync.run(desk.parts)
    after = with_rows("prefixes", "1242\tUS\tfixed\t\tAmerica/New_York\t0")
    desk.publish(after, 2, (1, ROWS))
    desk.asked.clear()
    sync.run(desk.parts)
    assert after == desk.world.tables
    assert {"manifest.json", "manifest.sig", *(f"{part}.1-2.delta" for part in ROWS)} == set(desk.asked)
    desk.publish(ROWS, 9, (8, after))
    sync.run(desk.parts)
    assert ROWS == desk.world.tables


def test_three_generations_stay(desk: Desk) -> None:
    for generation in range(1, 6):
        desk.publish(with_rows("prefixes", f"125{generation}\tUS\tfixed\t\t\t0"), generation)
        sync.run(desk.parts)
    assert (5, 4, 3) == desk.system["generation"]["current"].kept
    assert {3, 4, 5} == {one.generation for one in desk.system["reference"].values()}


def test_a_load_that_broke_off_is_done_again_and_nothing_of_it_is_left_behind(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.publish(ROWS, 1)
    sync.run(desk.parts)
    monkeypatch.setattr("mgmt.countrycom.tables.ROWS_MAX", 10)
    desk.publish(with_rows("prefixes", "1242\tUS\tfixed\t\t\t0"), 2)
    transact, left = desk.parts.config.transact, [3]

    def dying(*arguments: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            raise SystemExit
        return transact(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(desk.parts.config, "transact", dying)
        with pytest.raises(SystemExit):
            sync.run(desk.parts)
    assert ROWS == desk.world.tables
    monkeypatch.setattr("mgmt.countrycom.tables.ROWS_MAX", 1000)
    sync.run(desk.parts)
    assert with_rows("prefixes", "1242\tUS\tfixed\t\t\t0") == desk.world.tables
    assert 6 == len(desk.system["reference"])


def resigned(files: dict[str, bytes], /, **fields: Any) -> None:
    """The manifest with other fields, signed by its publisher."""
    body = json.dumps({**json.loads(files["manifest.json"]), **fields}).encode()
    files |= {"manifest.json": body, "manifest.sig": KEY.sign(body).hex().encode()}


def changed(name: str, make: Callable[[bytes], bytes]) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        files[name] = make(files[name])

    return change


HOSTILE: dict[str, Callable[[dict[str, bytes]], None]] = {
    "a file is missing": lambda files: files.__delitem__("prefixes.tsv"),
    "there is no signature": lambda files: files.__delitem__("manifest.sig"),
    "the signature is another one": changed("manifest.sig", lambda body: b"00" * 64),
    "the signature is no hex": changed("manifest.sig", lambda body: b"\xff zz"),
    "the manifest was changed": changed(
        "manifest.json", lambda body: body.replace(b'"generation": 2', b'"generation": 3')
    ),
    "a table is cut off": changed("prefixes.tsv", lambda body: body[:-20]),
    "a table is longer": changed("prefixes.tsv", lambda body: body + b"9\tUS\tfixed\t\t\t0\n"),
    "rows have changed places": changed("prefixes.tsv", lambda body: b"".join(reversed(body.splitlines(True)))),
    "a table is no UTF-8": changed("rates.tsv", lambda body: b"\xff" + body),
    "a byte is another": changed("countries.tsv", lambda body: body.replace(b"911", b"912", 1)),
    "the generation is older": lambda files: resigned(files, generation=0),
    "the generation is the same and says something else": lambda files: resigned(files, generation=1),
    "the format is another": lambda files: resigned(files, format="countrycom-2"),
    "there is no time": lambda files: resigned(files, made_at="2027-01-15"),
    "files are missing in the manifest": lambda files: resigned(files, files={}),
    "a delta leads elsewhere": lambda files: resigned(files, delta={"base": 1, "files": {"rates.tsv": "../../secret"}}),
    "the manifest is a list": lambda files: files.update(
        {"manifest.json": b"[]", "manifest.sig": KEY.sign(b"[]").hex().encode()}
    ),
    "the manifest is deep": lambda files: files.update(
        {"manifest.json": b"[" * 50_000, "manifest.sig": KEY.sign(b"[" * 50_000).hex().encode()}
    ),
}


@pytest.mark.parametrize("how", HOSTILE)
def test_what_is_not_signed_whole_and_newer_changes_nothing(desk: Desk, how: str) -> None:
    desk.publish(ROWS, 1)
    sync.run(desk.parts)
    sequence = desk.scene.context.config.directory.sequence
    desk.publish(with_rows("prefixes", "1242\tUS\tfixed\t\t\t0"), 2)
    HOSTILE[how](desk.files)
    with pytest.raises(NotRight):
        sync.run(desk.parts)
    assert (ROWS, sequence) == (desk.world.tables, desk.scene.context.config.directory.sequence)


def test_more_change_than_is_believed_is_refused_and_the_first_generation_is_not_asked(desk: Desk) -> None:
    desk.publish(ROWS, 1)
    sync.run(desk.parts)
    desk.publish({**ROWS, "prefixes": tuple(row for row in ROWS["prefixes"] if not row.startswith("12"))}, 2)
    with pytest.raises(NotRight, match=r"prefixes: 0 come, 40 go \(87.0 %\): more than 20 % is not believed"):
        sync.run(desk.parts)
    assert ROWS == desk.world.tables
    desk.scene.script(None).put("/api/v1/config/countrycom/countrycom", json={**SETTINGS, "change_percent_max": 90})
    assert 1 == sync.run(desk.parts).done


WRONG: dict[str, tuple[str, str]] = {
    "fields": ("prefixes", "1999\tUS"),
    "a letter in a prefix": ("prefixes", "19x\tUS\tfixed\t\t\t0"),
    "a kind": ("prefixes", "1999\tUS\tlunar\t\t\t0"),
    "a risk": ("prefixes", "1999\tUS\tfixed\t\t\tmaybe"),
    "a zone": ("prefixes", "1999\tUS\tfixed\t\tMars/Base\t0"),
    "a country that is not there": ("prefixes", "1999\tXX\tfixed\t\t\t0"),
    "a country with another code": ("prefixes", "3312\tUS\tfixed\t\t\t0"),
    "a prefix twice": ("prefixes", "1\tCA\tfixed\t\t\t0"),
    "too long a row": ("prefixes", f"1999\tUS\tfixed\t{'x' * 400}\t\t0"),
    "what is not printed": ("prefixes", "1999\tUS\tfixed\t\x1b[2J\t\t0"),
    "a country without a prefix": ("countries", "FR\tFrance\tФранция\t33\tEUR\tfr\t112\tEurope/Paris"),
    "a country's emergency number": ("countries", "FR\tFrance\tФранция\t44\tEUR\tfr\thelp\tEurope/Paris"),
    "a country without zones": ("countries", "FR\tFrance\tФранция\t44\tEUR\tfr\t112\t"),
    "a country twice": ("countries", "US\tUSA\tСША\t1\tUSD\ten\t911\tAmerica/New_York"),
    "a price": ("rates", "retail\t33\t-1\t0\t60/60\tUSD\t2026-01-01T00:00:00+00:00\t"),
    "a price too high": ("rates", "retail\t33\t1000.1\t0\t60/60\tUSD\t2026-01-01T00:00:00+00:00\t"),
    "steps": ("rates", "retail\t33\t1\t0\t60/0\tUSD\t2026-01-01T00:00:00+00:00\t"),
    "a day": ("rates", "retail\t33\t1\t0\t60/60\tUSD\tyesterday\t"),
    "an end before the beginning": (
        "rates",
        "retail\t33\t1\t0\t1/1\tUSD\t2026-01-01T00:00:00+00:00\t2025-01-01T00:00:00+00:00",
    ),
}


@pytest.mark.parametrize("how", WRONG)
def test_rows_that_cannot_be_right_are_refused(how: str) -> None:
    part, row = WRONG[how]
    with pytest.raises(NotRight):
        checked(with_rows(part, row))


def test_tables_that_are_right_are_taken() -> None:
    assert ROWS == checked(ROWS).tables


def test_what_is_too_old_fails_with_its_age(desk: Desk) -> None:
    desk.publish(ROWS, 1)
    sync.run(desk.parts)
    desk.scene.clock.now += 47 * 3600
    assert "is the newest" in sync.run(desk.parts).text
    desk.scene.clock.now += 2 * 3600
    with pytest.raises(Stale, match="49 h old"):
        sync.run(desk.parts)

    def away(ask: Ask) -> Answer:
        raise Unsent("cannot be reached")

    desk.scene.outside.answer = away
    with pytest.raises(Stale, match="cannot be reached"):
        sync.run(desk.parts)


def test_people_and_programs_ask_for_countries_prefixes_and_prices(desk: Desk, json_of: JsonOf) -> None:
    ann = desk.scene.client("riverside", user="carla")
    assert (503, "no_reference") == json_of(ann.get("/countrycom/v1/countries"))
    desk.publish(ROWS, 1)
    sync.run(desk.parts)
    names = [one["name"] for one in ann.get("/countrycom/v1/countries").json["data"]]
    assert ["Canada", "Russia", "United Kingdom", "United States"] == names
    found = ann.get("/countrycom/v1/prefixes?e164=%2B14165550100").json
    assert ("1416", "Toronto", ["911"]) == (found["prefix"], found["place"], found["country"]["emergency"])
    price = "/countrycom/v1/rates?deck=retail&e164="
    assert "0.11" == ann.get(f"{price}%2B447700900123").json["per_minute"]
    assert "0.02" == ann.get(f"{price}%2B447700900123&at=2027-02-01T00:00:00Z").json["per_minute"]
    assert "0.03" == ann.get(f"{price}442079460000&at=2027-06-01T00:00:00Z").json["per_minute"]
    assert (404, "not_found") == json_of(ann.get(f"{price}442079460000&at=2025-06-01T00:00:00Z"))
    assert (404, "not_found") == json_of(ann.get("/countrycom/v1/prefixes?e164=%2B99912345678"))
    assert (400, "invalid_e164") == json_of(ann.get("/countrycom/v1/prefixes?e164=x"))
    assert 401 == desk.scene.client(user=None).get("/countrycom/v1/countries").status_code


_digits = st.text("0123", min_size=1, max_size=5)


@given(st.lists(_digits, max_size=40, unique=True), _digits)
def test_the_longest_prefix_is_what_brute_force_finds(prefixes: list[str], number: str) -> None:
    world = World({"prefixes": tuple(sorted(f"{prefix}\tUS\tfixed\t\t\t0" for prefix in prefixes))})
    fitting = [prefix for prefix in prefixes if number.startswith(prefix)]
    found = world.prefix(f"+{number}")
    assert max(fitting, key=len, default=None) == (found.prefix if found is not None else None)


@given(st.integers(0, 2**32))
def test_prices_are_what_brute_force_finds_also_at_the_edges_of_their_days(seed: int) -> None:
    random = Random(seed)
    days = [f"2026-01-{day:02d}T00:00:00+00:00" for day in range(1, 9)]
    lines = set[tuple[str, str, str]]()
    for _ in range(random.randint(0, 25)):
        since = random.choice(days[:-1])
        until = random.choice(["", *(day for day in days if day > since)])
        lines.add(("".join(random.choices("12", k=random.randint(1, 4))), since, until))
    prices = {line: str(number + 1) for number, line in enumerate(sorted(lines))}
    rows = tuple(
        sorted(
            f"d\t{prefix}\t{prices[prefix, since, until]}\t0\t1/1\tUSD\t{since}\t{until}"
            for prefix, since, until in lines
        )
    )
    number = "".join(random.choices("12", k=5))
    edge = datetime.fromisoformat(random.choice(days)).timestamp() + random.choice((-1, 0, 1))
    fitting = [
        (len(prefix), datetime.fromisoformat(since).timestamp(), prices[prefix, since, until])
        for prefix, since, until in lines
        if number.startswith(prefix)
        and datetime.fromisoformat(since).timestamp() <= edge
        and (not until or edge < datetime.fromisoformat(until).timestamp())
    ]
    found = World({"rates": rows}).price("d", number, edge)
    best = max(fitting, default=None)
    assert (best and best[:2]) == (None if found is None else (len(found.prefix), found.since))


def test_a_folder_is_published_by_the_command_and_taken(
    desk: Desk, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mgmt.countrycom.publish import main

    folder, out, key = tmp_path / "tables", tmp_path / "out", tmp_path / "key"
    folder.mkdir()
    key.write_text(bytes(31).hex() + "01")
    for part, rows in ROWS.items():
        (folder / f"{part}.tsv").write_bytes(body_of(rows))
    monkeypatch.setattr("sys.argv", ["publish", str(folder), str(out), "--key", str(key)])
    monkeypatch.setattr("time.time", lambda: NOW)
    assert [0, 0] == [main(), main()]
    desk.files = {path.name: path.read_bytes() for path in out.iterdir()}
    sync.run(desk.parts)
    assert (2, ROWS) == (desk.system["generation"]["current"].generation, desk.world.tables)
    (folder / "rates.tsv").write_text("nonsense\n")
    assert 1 == main()
