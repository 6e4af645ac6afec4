"""The form of a letter that mail programs show: one template, its style put into the elements, in its company's language. Pure.

A letter is written as text; this is the same words, and nothing is fetched to show it. Only addresses that the text itself
has become links.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import css_inline
from jinja2 import Environment, FileSystemLoader, Template
from markupsafe import Markup, escape

from mgmt.limits import mail_page_chars_max

FOOTERS = {
    "en": "The telephone system of {company} sent this letter by itself.",
    "ru": "Это письмо автоматически отправила телефонная система: {company}.",
}
NOBODY = {"en": "your provider", "ru": "ваш оператор"}
_link = re.compile(r"https?://[^\s<>\"']{1,2000}[^\s<>\"'.,;:!?)\]]")


def page(subject: str, text: str, company: str, language: str) -> str:
    """The page, "" for a letter that is too long for one."""
    if len(text) > mail_page_chars_max:
        return ""
    spoken = "ru" if language.startswith("ru") else "en"
    said = {
        "subject": subject,
        "language": spoken,
        "company": company,
        "paragraphs": [_linked(one.strip("\n")) for one in re.split(r"\n{2,}", text) if one.strip()],
        "footer": FOOTERS[spoken].format(company=company or NOBODY[spoken]),
    }
    return css_inline.inline(_template().render(said))


def _linked(text: str) -> Markup:
    """Escaped, with links where the text has addresses."""
    found, at = Markup(), 0
    for one in _link.finditer(text):
        found += escape(text[at : one.start()]) + Markup('<a href="{0}">{0}</a>').format(one[0])
        at = one.end()
    return found + escape(text[at:])


@lru_cache(1)
def _template() -> Template:
    folder = Path(__file__).parents[1] / "templates"
    return Environment(loader=FileSystemLoader(folder), autoescape=True).get_template("letter.html")
