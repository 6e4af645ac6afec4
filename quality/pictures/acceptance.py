"""The result of an acceptance test or a test call, as a page and as lines for paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from quality.pictures.pdf import Line
from quality.pictures.report import STYLE
from quality.words import Language

WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "title": "Acceptance test",
        "between": "Test call between nodes",
        "passed": "passed",
        "failed": "FAILED",
        "all": "Everything passed.",
        "some": "Not passed",
    },
    "ru": {
        "title": "Приёмка",
        "between": "Пробный звонок между узлами",
        "passed": "пройдено",
        "failed": "НЕ ПРОЙДЕНО",
        "all": "Всё пройдено.",
        "some": "Не пройдено",
    },
}


def verdict(checks: Sequence[Mapping[str, Any]], language: Language) -> str:
    """In one line."""
    failed = sum(not one["passed"] for one in checks)
    said = WORDS[language]
    return said["all"] if not failed else f"{said['some']}: {failed} / {len(checks)}"


def _title(document: Mapping[str, Any], said: Mapping[str, str]) -> str:
    nodes = document.get("nodes")
    return f"{said['between']}: {' – '.join(nodes)}" if nodes else f"{said['title']}: {document['trunk']}"


def page(document: Mapping[str, Any], when: str, language: Language) -> str:
    """A self-contained page. `document`: trunk or nodes, number, checks with name, passed, said."""
    said = WORDS[language]
    rows = "".join(
        f'<tr><td>{escape(one["name"])}</td><td class="{"good" if one["passed"] else "bad"}">'
        f"{said['passed' if one['passed'] else 'failed']}</td><td>{escape(one['said'])}</td></tr>"
        for one in document["checks"]
    )
    title = _title(document, said)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body><h1>{escape(title)}</h1>"
        f"<p>{escape(when)} · {escape(document['number'])}</p><p>{verdict(document['checks'], language)}</p>"
        f"<table>{rows}</table></body></html>"
    )


def lines(document: Mapping[str, Any], when: str) -> list[Line]:
    """For `quality.pictures.pdf`, in English."""
    said = WORDS["en"]
    head = [Line(_title(document, said), True), Line(f"{when}, number {document['number']}")]
    checks = [
        Line(f"{said['passed' if one['passed'] else 'failed']:8}  {one['name']}: {one['said']}")
        for one in document["checks"]
    ]
    return [*head, Line(verdict(document["checks"], "en")), Line(""), *checks]
