"""A quality report as one HTML page that needs nothing else: no script, no font, no picture of elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from quality.pictures.svg import grade
from quality.words import Language, fault_in_words

STYLE = """
:root{color-scheme:light dark;--text:#1d2730;--dim:#66737f;--line:#dde3e8;--back:#fff}
@media(prefers-color-scheme:dark){:root{--text:#e3e9ef;--dim:#94a3b0;--line:#313c46;--back:#12181e}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--text);background:var(--back);max-width:1060px;margin:32px auto;padding:0 20px}
h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:32px 0 8px}p{color:var(--dim);margin:4px 0 16px}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:6px 10px;border-bottom:1px solid var(--line)}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.good{color:#1a9b63}.fair{color:#b87400}.bad{color:#d03a3a}
.none{color:var(--dim)}svg{max-width:100%;height:auto}
@media print{body{margin:0}h2{break-after:avoid}table{break-inside:avoid}}
"""
HEADS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "trunk": "Trunks", "range": "Number ranges", "site": "Sites", "device": "Telephones", "codec": "Codecs",
        "hour": "Hours", "calls": "Calls", "minutes": "Minutes", "mos": "MOS", "p5": "MOS of the worst 5 %",
        "bad": "Bad", "lost": "Lost", "jitter": "Jitter", "faults": "Heard", "worst": "The worst calls",
        "when": "When", "number": "Number", "why": "Why", "measured": "measured", "none": "not measured",
        "empty": "No calls in this time.",
    },
    "ru": {
        "trunk": "Транки", "range": "Диапазоны номеров", "site": "Площадки", "device": "Телефоны", "codec": "Кодеки",
        "hour": "Часы", "calls": "Звонки", "minutes": "Минуты", "mos": "MOS", "p5": "MOS худших 5 %",
        "bad": "Плохие", "lost": "Потери", "jitter": "Джиттер", "faults": "На слух", "worst": "Худшие звонки",
        "when": "Когда", "number": "Номер", "why": "Почему", "measured": "измерено", "none": "не измерено",
        "empty": "За это время звонков не было.",
    },
}  # fmt: skip


def report(document: Mapping[str, Any], title: str, maps: Sequence[tuple[str, str]], language: Language) -> str:
    """The page. `document` as the API's score card, `maps` headings and SVG."""
    said = HEADS[language]
    parts = [
        f"<h1>{escape(title)}</h1><p>{said['calls']}: {document['calls']}, {said['measured']}: {document['measured']}</p>"
    ]
    if not document["calls"]:
        parts.append(f"<p>{said['empty']}</p>")
    parts += [f"<h2>{escape(heading)}</h2>{picture}" for heading, picture in maps]
    parts += [_table(said[name], rows, language) for name, rows in document["groups"].items() if rows]
    if document["worst"]:
        parts.append(_worst(document["worst"], language))
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>{"".join(parts)}</body></html>'
    )


def _score(mos: float | None, language: Language) -> str:
    text = HEADS[language]["none"] if mos is None else f"{mos:.2f}"
    return f'<td class="n {grade(mos)}">{text}</td>'


def _table(heading: str, rows: Sequence[Mapping[str, Any]], language: Language) -> str:
    said = HEADS[language]
    head = "".join(
        f'<th class="n">{said[key]}</th>' for key in ("calls", "minutes", "mos", "p5", "bad", "lost", "jitter")
    )
    lines = []
    for row in rows:
        heard = ", ".join(f"{fault_in_words(fault)[language]} ({count})" for fault, count in row["faults"].items())
        numbers = "".join(
            f'<td class="n">{"–" if value is None else f"{value}{unit}"}</td>'
            for value, unit in ((row["bad_percent"], " %"), (row["lost_percent"], " %"), (row["jitter_ms"], " ms"))
        )
        lines.append(
            f'<tr><td>{escape(row["key"])}</td><td class="n">{row["calls"]}</td><td class="n">{row["minutes"]}</td>'
            f"{_score(row['mos'], language)}{_score(row['mos_p5'], language)}{numbers}<td>{escape(heard)}</td></tr>"
        )
    return f"<h2>{heading}</h2><table><tr><th></th>{head}<th>{said['faults']}</th></tr>{''.join(lines)}</table>"


def _worst(calls: Sequence[Mapping[str, Any]], language: Language) -> str:
    said = HEADS[language]
    lines = "".join(
        f"<tr><td>{escape(str(call['when']))}</td><td>{escape(call['number'])}</td>{_score(call['mos'], language)}"
        f"<td>{escape('; '.join(one['text'][language] for one in call['verdicts']) or '–')}</td></tr>"
        for call in calls
    )
    head = f'<tr><th>{said["when"]}</th><th>{said["number"]}</th><th class="n">MOS</th><th>{said["why"]}</th></tr>'
    return f"<h2>{said['worst']}</h2><table>{head}{lines}</table>"
