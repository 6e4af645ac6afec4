"""The form of a letter that mail programs show: the same words, in two languages, with its style in the elements."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgmt.limits import mail_page_chars_max
from mgmt.mail.page import page
from mgmt.mailin.words import words_of


class Tags(HTMLParser):
    """Elements with attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_style_is_in_the_elements_and_nothing_is_fetched() -> None:
    found = Tags(page("Hello", "One.\n\nTwo: https://pbx.example/x?a=1&b=2.", "Riverside", "en-US")).found
    assert "max-width: 600px" in str(next(attrs["style"] for tag, attrs in found if tag == "main"))
    assert {"style", "link", "img", "script"}.isdisjoint(tag for tag, _ in found)
    assert ["https://pbx.example/x?a=1&b=2"] == [attrs["href"] for tag, attrs in found if tag == "a"]
    assert 2 == sum(tag == "p" for tag, _ in found)


@pytest.mark.parametrize(
    ("language", "company", "expected"),
    [
        ("en", "Riverside", "The telephone system of Riverside sent this letter by itself."),
        ("ru-RU", "Ромашка", "Это письмо автоматически отправила телефонная система: Ромашка."),
        ("ru", "", "Это письмо автоматически отправила телефонная система: ваш оператор."),
        ("de", "", "The telephone system of your provider sent this letter by itself."),
    ],
)
def test_it_speaks_the_language_of_its_company(language: str, company: str, expected: str) -> None:
    assert expected in words_of(page("x", "y", company, language))


@given(st.text(max_size=60), st.text(max_size=200), st.text(max_size=20))
def test_words_of_strangers_are_no_markup(subject: str, text: str, company: str) -> None:
    plain = {tag for tag, _ in Tags(page("x", "https://a.example/x", "y", "en")).found}
    assert {tag for tag, _ in Tags(page(subject, text, company, "en")).found} <= plain


def test_the_words_are_those_of_the_text() -> None:
    text = 'Ann <ann@x.example> said:\n  1 < 2 & "3"\n\nвторой абзац'
    words = words_of(page("Subject", text, "Riverside", "en"))
    assert all(word in words for word in text.split())


def test_what_is_too_long_stays_text() -> None:
    assert "" == page("x", "y" * (mail_page_chars_max + 1), "z", "en")
