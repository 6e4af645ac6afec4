"""Background service CountryCom DB Sync: fetch, prove, judge, load beside what is there, let it count (docs/apps/countrycom.md).

A generation is proved (signature, hashes), whole (row counts), right (`tables`) and not too different before anything is written;
it is written in pieces beside the others, which may break off and be done again; one change lets it count. Three of them stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from configdb.log import Change
from configdb.model import SYSTEM
from configdb.reference import PARTS, CountryCom, Generation, Part, World, world_of
from mgmt.countrycom.difference import Difference, differences
from mgmt.countrycom.manifest import Manifest, NotRight, patched, read, whole
from mgmt.countrycom.tables import checked, pieces
from mgmt.limits import countrycom_answer_s_max, countrycom_bytes_max, generations_kept
from mgmt.outbox.web import Ask, NotAllowed, Unanswered, Unsent
from mgmt.services.ledger import Report

if TYPE_CHECKING:
    from mgmt.services.parts import Parts

period_s = 3600.0
BY = "countrycom"


class Stale(Exception):
    """Ours: what counts is too old, and nothing newer can be had. The service fails with this, so somebody is told."""


@dataclass(frozen=True, slots=True)
class _Source:
    parts: Parts
    settings: CountryCom

    def get(self, name: str) -> bytes:
        """A file of the publisher. Raises `NotRight`."""
        url = f"{self.settings.url.rstrip('/')}/{name}"
        ask = Ask("GET", url, answer_bytes_max=countrycom_bytes_max, answer_s_max=countrycom_answer_s_max)
        try:
            answer = self.parts.web(ask)
        except (NotAllowed, Unsent, Unanswered) as error:
            raise NotRight(f"{name}: {error}") from error
        if answer.status != 200:
            raise NotRight(f"{name}: answered with {answer.status}")
        return answer.body


def run(parts: Parts) -> Report:
    """One look at the publisher. Raises `NotRight`, `Stale`, what the configuration refuses."""
    system = parts.directory().system
    settings, current = system.get("countrycom", {}).get("countrycom"), system.get("generation", {}).get("current")
    if not isinstance(settings, CountryCom):
        return Report(0, "no publisher is configured")
    known = current if isinstance(current, Generation) else None
    try:
        return _run(parts, settings, known)
    except NotRight as error:
        age_h = (parts.clock() - known.made_at.timestamp()) / 3600 if known is not None else None
        if age_h is not None and age_h > settings.stale_h:
            raise Stale(f"generation {known.generation if known else 0} is {age_h:.0f} h old: {error}") from error
        raise


def _run(parts: Parts, settings: CountryCom, known: Generation | None) -> Report:
    source = _Source(parts, settings)
    manifest = read(source.get("manifest.json"), source.get("manifest.sig"), settings.public_key)
    if known is not None and manifest.generation <= known.generation:
        if manifest.generation < known.generation or manifest.sha256 != known.sha256:
            raise NotRight(f"generation {manifest.generation} is offered, {known.generation} is here")
        return _aged(parts, settings, known)
    before = world_of(parts.directory().system, known.generation) if known is not None else World({})
    after = checked(_rows(source, manifest, before, known))
    changed = differences(before, after)
    if known is not None:
        _limit(changed, settings)
    text = f"generation {manifest.generation}: " + ", ".join(one.text for one in changed)
    if parts.errand.dry:
        return Report(1, text)
    _switch(parts, manifest, known, _load(parts, manifest, after))
    return Report(1, text)


def _aged(parts: Parts, settings: CountryCom, known: Generation) -> Report:
    age_h = (parts.clock() - known.made_at.timestamp()) / 3600
    if age_h > settings.stale_h:
        raise Stale(f"generation {known.generation} is {age_h:.0f} h old, and its publisher has no newer one")
    return Report(0, f"generation {known.generation} is the newest")


def _rows(source: _Source, manifest: Manifest, before: World, known: Generation | None) -> dict[str, tuple[str, ...]]:
    """All tables, by a delta where there is one of what is here."""
    rows: dict[str, tuple[str, ...]] = {}
    for part in PARTS:
        name = f"{part}.tsv"
        file = manifest.files[name]
        if known is not None and manifest.base == known.generation and file.delta is not None:
            rows[part] = patched(name, file, before.rows(part), source.get(file.delta))
        else:
            rows[part] = whole(name, file, source.get(name))
    return rows


def _limit(changed: tuple[Difference, ...], settings: CountryCom) -> None:
    for one in changed:
        if one.percent > settings.change_percent_max:
            raise NotRight(
                f"{one.text.partition(')')[0]}): more than {settings.change_percent_max:g} % is not believed"
            )


def _load(parts: Parts, manifest: Manifest, world: World) -> frozenset[str]:
    """Each piece is a transaction; one that is there already stays. The ids of all of them."""
    there, ids = parts.directory().system.get("reference", {}), set[str]()
    for part in PARTS:
        for number, rows in enumerate(pieces(world.rows(part))):
            parts.errand.tell(f"generation {manifest.generation}: {part} {number}")
            document = _piece(manifest.generation, part, number, rows)
            ids.add(str(document["id"]))
            found = there.get(str(document["id"]))
            if found is None or found.model_dump(mode="json") != {**document, "rows": list(rows)}:
                change = Change("reference", str(document["id"]), document)
                parts.config.transact(SYSTEM, [change], BY, f"generation {manifest.generation}: {part}")
    return frozenset(ids)


def _piece(generation: int, part: Part, number: int, rows: tuple[str, ...]) -> dict[str, object]:
    return {
        "id": f"g{generation}-{part}-{number}",
        "generation": generation,
        "part": part,
        "piece": number,
        "rows": list(rows),
    }


def _switch(parts: Parts, manifest: Manifest, known: Generation | None, ids: frozenset[str]) -> None:
    """It counts from now on; the oldest goes, and what an attempt that broke off left behind: one transaction."""
    kept = (manifest.generation, *(known.kept if known is not None else ()))[:generations_kept]
    current = {
        "id": "current",
        "generation": manifest.generation,
        "sha256": manifest.sha256,
        "made_at": manifest.made_at.isoformat(),
        "kept": list(kept),
    }
    old = [
        Change("reference", id, None)
        for id, one in parts.directory().system.get("reference", {}).items()
        if getattr(one, "generation", 0) not in kept[1:] and id not in ids
    ]
    parts.config.transact(
        SYSTEM, [Change("generation", "current", current), *old], BY, f"generation {manifest.generation} counts"
    )
