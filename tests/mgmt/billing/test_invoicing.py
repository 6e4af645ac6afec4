"""Months and lines of invoices, and the paper they are printed on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader

from configdb.estate import Plan
from mgmt.billing.heading import Heading
from mgmt.billing.invoicing import Issued, lines_of, month
from mgmt.billing.printing import money, printed
from mgmt.billing.rating import Usage
from mgmt.limits import invoice_lines_max

PLAN = Plan(id="small", name="Small", monthly_cents=1900, minutes_included=10, minute_cents=Decimal("1.5"))


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def usage(minutes: int, *parts: tuple[str, str]) -> Usage:
    rows = [{"prefix": prefix, "amount": amount, "minutes": 1} for prefix, amount in parts]
    return Usage("c", "acme", 0.0, 0.0, minutes, "USD", "0", rows)


@pytest.mark.parametrize(
    ("anchor", "index", "since", "until"),
    [
        ("2026-01-15T10:00:00", 0, "2026-01-15T10:00:00", "2026-02-15T10:00:00"),
        ("2026-01-31T10:00:00", 1, "2026-02-28T10:00:00", "2026-03-31T10:00:00"),
        ("2024-01-31T00:00:00", 1, "2024-02-29T00:00:00", "2024-03-31T00:00:00"),
        ("2026-11-30T23:59:59", 3, "2027-02-28T23:59:59", "2027-03-30T23:59:59"),
        ("2026-12-15T00:00:00", 12, "2027-12-15T00:00:00", "2028-01-15T00:00:00"),
    ],
)
def test_months_begin_on_the_day_of_the_first_one(anchor: str, index: int, since: str, until: str) -> None:
    assert (at(since), at(until)) == month(at(anchor), index)


def test_months_follow_each_other_without_a_gap() -> None:
    anchor = at("2026-01-31T10:00:00")
    assert all(month(anchor, index)[1] == month(anchor, index + 1)[0] for index in range(40))


def test_the_plan_comes_first_then_minutes_beyond_it_then_calls_the_dearest_first() -> None:
    used = [usage(8), usage(5, ("44", "0.104"), ("7", "0.30")), usage(0, ("44", "0.001"))]
    assert [("plan", 1, 1900), ("minutes", 3, 5), ("+7", 1, 30), ("+44", 2, 11)] == [
        (line["text"], line["quantity"], line["cents"]) for line in lines_of(PLAN, used)
    ]
    assert ["plan"] == [line["text"] for line in lines_of(PLAN, [usage(10)])]
    assert ["plan"] == [
        line["text"] for line in lines_of(PLAN.model_copy(update={"minutes_included": None}), [usage(999)])
    ]


def test_more_prefixes_than_an_invoice_has_lines_for_are_summed() -> None:
    used = [usage(0, *((str(1000 + n), "0.01") for n in range(invoice_lines_max + 5)))]
    lines = lines_of(PLAN, used)
    assert (invoice_lines_max + 2, 5, 1900 + invoice_lines_max + 5) == (
        len(lines),
        lines[-1]["cents"],
        sum(line["cents"] for line in lines),
    )


def issued(lines: int = 2) -> Issued:
    rows = [{"text": "plan", "quantity": 1, "cents": 1900}]
    rows += [{"text": f"+{44 + n}", "quantity": n, "cents": 10} for n in range(lines - 1)]
    return Issued("000001", "acme", 1_700_000_000.0, 1_699_000_000.0, 1_701_000_000.0, "USD", "k", "2023-000007", rows)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Invoice 2023-000007", "Plan, a month in advance", "Total", "19.10 USD")),
        ("ru", ("Счёт 2023-000007", "Тариф", "Итого")),
    ],
)
def test_an_invoice_says_on_paper_what_it_is(language: str, words: tuple[str, ...]) -> None:
    paper = printed(issued(), Heading("Operator Ltd\nVAT <1>", "Acme & Söhne, Москва", language))
    text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(paper)).pages)
    assert all(word in text for word in (*words, "Acme & Söhne, Москва", "VAT <1>", "2023-11-14"))
    assert paper == printed(issued(), Heading("Operator Ltd\nVAT <1>", "Acme & Söhne, Москва", language))


def test_a_long_invoice_takes_several_pages() -> None:
    assert 3 < len(PdfReader(BytesIO(printed(issued(invoice_lines_max), Heading.of("acme")))).pages)


def test_money_has_two_decimals_and_its_sign() -> None:
    assert ["19.00 USD", "0.05 USD", "-0.05 USD", "-3.20 USD"] == [money(cents, "USD") for cents in (1900, 5, -5, -320)]


@pytest.mark.parametrize(("language", "said"), [("en", "To be paid by 2023-12-01"), ("ru", "Оплатить до 2023-12-01")])
def test_an_invoice_says_until_when_it_is_to_be_paid_and_what_numbers_cost(language: str, said: str) -> None:
    rows = [{"text": text, "quantity": 2, "cents": 500} for text in ("plan", "numbers", "number_setup")]
    invoice = replace(issued(), lines=rows, due_at=1_701_475_199.0)
    for one, there in ((invoice, True), (replace(invoice, due_at=None), False)):
        paper = PdfReader(BytesIO(printed(one, Heading("Operator", "Acme", language))))
        text = " ".join("\n".join(page.extract_text() for page in paper.pages).split())
        assert (there, True) == (said in text, "15.00 USD" in text)
