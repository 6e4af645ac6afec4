"""Letters to who owns a company about its numbers and its money: one for each owner and event, English and Russian. Pure.

The id of a letter is made of the event, so that whoever tells it again tells nothing new.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from configdb.snapshot import TenantView
from mgmt.mail.letter import NoAddress
from mgmt.mail.sending import item
from mgmt.outbox.item import Item

DAYS = {"en": "%B %d, %Y", "ru": "%d.%m.%Y"}
PAPERS = {
    "en": {
        "identity": "proof of identity",
        "company": "register extract",
        "address": "proof of address",
        "tax": "tax number",
    },
    "ru": {"identity": "документ личности", "company": "выписка", "address": "подтверждение адреса", "tax": "ИНН"},
}
WORDS = {
    "en": {
        "port_submitted": ("Handed in: {numbers}", "We have asked {carrier} for {numbers} of {company}.\n"),
        "port_accepted": (
            "{numbers}: comes on {day}",
            "{carrier} agreed: {numbers} of {company} come on {day}. Until then they work where they are.\n",
        ),
        "port_rejected": (
            "Rejected: {numbers}",
            "{carrier} rejected the move of {numbers} of {company}:\n\n{said}\n\nPut it right under “Bring numbers”, and hand "
            "it in again.\n",
        ),
        "port_ported": (
            "{numbers}: here",
            "{numbers} of {company} came from {carrier}, and calls to them arrive here.\n",
        ),
        "port_cancelled": ("Given up: {numbers}", "{numbers} of {company} stay at {carrier}.\n"),
        "number_left": (
            "{number} has left",
            "{number} of {company} is at another carrier now: its calls no longer come here.\n",
        ),
        "paper_asked": (
            "Papers for {number}",
            "{number} is kept for {company}, and cannot be called yet: {country} asks for {papers}. Give them under "
            "“Papers” until {day}, or the number is free again.\n",
        ),
        "paper_accepted": (
            "Accepted: {paper}",
            "Accepted for {company}: {paper}. Numbers that waited for it alone are ordered.\n",
        ),
        "paper_refused": (
            "Not accepted: {paper}",
            "Not accepted for {company}: {paper}.\n\n{said}\n\nNumbers wait for another file.\n",
        ),
        "invoice_made": (
            "Invoice {number}: {amount}",
            "Invoice {number} of {company}: {amount}, to be paid by {day}. It is under “Billing” as a file to print.\n",
        ),
        "invoice_due": (
            "Invoice {number} is to be paid by {day}",
            "Invoice {number} of {company}, {amount}, is not paid yet. It is to be paid by {day}.\n",
        ),
        "account_past_due": (
            "{company}: a payment is late",
            "A payment of {company} was to be made by {since}, and did not come. Everything works until {day}; from then on "
            "callers only leave a message, and nobody calls outside.\n",
        ),
        "account_suspends": (
            "{company} is suspended in {days} days",
            "A payment of {company} is late since {since}. From {day} on callers only leave a message, and nobody calls "
            "outside.\n",
        ),
        "account_suspended": (
            "{company} is suspended",
            "{company} was not paid for: callers only leave a message, and nobody calls outside; emergency calls go on. Pay, "
            "and everything works again. Its numbers are kept until {day}.\n",
        ),
        "account_stopped": (
            "{company} is suspended",
            "Who provides the telephones of {company} has suspended it: callers only leave a message, and nobody calls outside; "
            "emergency calls go on.\n",
        ),
        "account_closes": (
            "{company} is closed in {days} days",
            "{company} is suspended since {since}. On {day} it is closed, and its numbers are given back.\n",
        ),
        "account_closed": (
            "{company} is closed",
            "The account of {company} is closed: there are no calls, and its numbers are given back.\n",
        ),
        "trial_over": (
            "{company}: the trial is over",
            "The trial of {company} is over, and nothing was paid: callers only leave a message, and nobody calls outside; "
            "emergency calls go on. Pay the first month, and everything works again.\n",
        ),
        "signup_suspended": (
            "{company} is suspended",
            "{company} is suspended: callers only leave a message, and nobody calls outside; emergency calls go on.\n\n{said}\n",
        ),
    },
    "ru": {
        "port_submitted": (
            "Запрошен перенос: {numbers}",
            "Мы запросили у {carrier} перенос номеров {numbers} для {company}.\n",
        ),
        "port_accepted": (
            "{numbers}: перенос {day}",
            "{carrier} согласен: {numbers} ({company}) переходят {day}. До этого дня они работают у прежнего оператора.\n",
        ),
        "port_rejected": (
            "Перенос отклонён: {numbers}",
            "{carrier} отклонил перенос {numbers} ({company}):\n\n{said}\n\nИсправьте заявку в разделе «Перенос номеров» и "
            "отправьте её снова.\n",
        ),
        "port_ported": (
            "{numbers}: перенесено",
            "{numbers} ({company}) перенесены от {carrier}: звонки приходят сюда.\n",
        ),
        "port_cancelled": ("Перенос отменён: {numbers}", "{numbers} ({company}) остаются у {carrier}.\n"),
        "number_left": (
            "{number}: номер ушёл",
            "{number} ({company}) теперь у другого оператора: звонков на него здесь нет.\n",
        ),
        "paper_asked": (
            "Документы для {number}",
            "{number} хранится за {company}, но звонить на него ещё нельзя: нужны документы ({country}): {papers}. "
            "Приложите их в разделе «Документы» до {day}, иначе номер освободится.\n",
        ),
        "paper_accepted": (
            "Принято: {paper}",
            "Принято для {company}: {paper}. Номера, которые ждали только этого, заказаны.\n",
        ),
        "paper_refused": (
            "Не принято: {paper}",
            "Не принято для {company}: {paper}.\n\n{said}\n\nНомера ждут другого файла.\n",
        ),
        "invoice_made": (
            "Счёт {number}: {amount}",
            "Счёт {number} для {company}: {amount}, оплатить до {day}. Файл для печати — в разделе «Счета».\n",
        ),
        "invoice_due": (
            "Счёт {number} нужно оплатить до {day}",
            "Счёт {number} для {company}, {amount}, ещё не оплачен. Оплатите его до {day}.\n",
        ),
        "account_past_due": (
            "{company}: оплата просрочена",
            "Оплата {company} ожидалась до {since} и не поступила. До {day} всё работает; потом звонящие смогут только "
            "оставить сообщение, а звонить наружу будет нельзя.\n",
        ),
        "account_suspends": (
            "{company}: приостановка через {days} дн.",
            "Оплата {company} просрочена с {since}. С {day} звонящие смогут только оставить сообщение, а звонить наружу "
            "будет нельзя.\n",
        ),
        "account_suspended": (
            "{company}: обслуживание приостановлено",
            "Оплата {company} не поступила: звонящие только оставляют сообщения, звонить наружу нельзя; экстренные вызовы "
            "работают. Оплатите, и всё снова заработает. Номера хранятся до {day}.\n",
        ),
        "account_stopped": (
            "{company}: обслуживание приостановлено",
            "Оператор приостановил обслуживание {company}: звонящие только оставляют сообщения, звонить наружу нельзя; "
            "экстренные вызовы работают.\n",
        ),
        "account_closes": (
            "{company}: договор закроется через {days} дн.",
            "Обслуживание {company} приостановлено с {since}. {day} договор будет закрыт, а номера возвращены.\n",
        ),
        "account_closed": (
            "{company}: договор закрыт",
            "Договор {company} закрыт: звонков нет, номера возвращены.\n",
        ),
        "trial_over": (
            "{company}: пробный период закончился",
            "Пробный период {company} закончился без оплаты: звонящие только оставляют сообщения, звонить наружу нельзя; "
            "экстренные вызовы работают. Оплатите первый месяц, и всё снова заработает.\n",
        ),
        "signup_suspended": (
            "{company}: обслуживание приостановлено",
            "Обслуживание {company} приостановлено: звонящие только оставляют сообщения, звонить наружу нельзя; экстренные "
            "вызовы работают.\n\n{said}\n",
        ),
    },
}


def language_of(view: TenantView) -> str:
    """Of a company's letters."""
    return "ru" if view.tenant.language.startswith("ru") else "en"


def day(view: TenantView, at: float, zone: tzinfo | None = None) -> str:
    """As its people read it, where they are if no zone is said."""
    moment = datetime.fromtimestamp(at, zone or ZoneInfo(view.tenant.timezone))
    return moment.strftime(DAYS[language_of(view)])


def letters(view: TenantView, event: str, word: str, now: float, **said: str) -> Iterator[Item]:
    """To everybody who owns it; `event` is the same however often it is told."""
    subject, text = (form.format(company=view.tenant.name, **said) for form in WORDS[language_of(view)][word])
    for id, user in sorted(view.users.items()):
        if user.role == "owner" and user.email and not user.disabled:
            with suppress(NoAddress):
                yield item(view.tenant.id, f"{event}-{id}", user.email, subject, text, now)
