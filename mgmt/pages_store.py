"""The words of the store's pages and of its e-mail: English and Russian (a test holds them together)."""

from __future__ import annotations

from collections.abc import Mapping

from mgmt.pages import Language

_ENGLISH = {
    "title": "Telephones for your company",
    "plan": "Plan",
    "month": "a month",
    "trial": "days free, no card",
    "company": "Company",
    "email": "E-mail address",
    "country": "Country",
    "go_on": "Go on",
    "nothing": "Nothing is sold here yet.",
    "code_title": "Is this your address?",
    "code_hint": "A code went to {email}. Enter it here.",
    "code": "Code",
    "again": "Send another code",
    "number_title": "Choose a number",
    "area": "Area code",
    "contains": "Digits or letters, as PIZZA",
    "search": "Search",
    "none_found": "No number fits. Try another area code.",
    "keep": "Keep this number",
    "confirm_title": "Is this right?",
    "number": "Number",
    "kept": "It is kept for you for fifteen minutes.",
    "price": "Price",
    "start": "Start the trial",
    "other": "Choose another number",
    "done_title": "{company} can be called",
    "ordering": "The number is ordered; calls reach you as soon as it is there.",
    "done_hint": "Calls ring at your phones in opening hours, else callers leave a message. Set a password and look around.",
    "password": "Set a password",
    "sign_in": "Sign in",
    "closed": "This sign-up was closed.",
    "mail_subject": "Your code",
    "mail_text": "Your code is {code}.\n\nIf you did not ask for it, ignore this: nothing happens.\n",
}
_RUSSIAN = {
    "title": "Телефония для вашей компании",
    "plan": "Тариф",
    "month": "в месяц",
    "trial": "дней бесплатно, без карты",
    "company": "Компания",
    "email": "Адрес электронной почты",
    "country": "Страна",
    "go_on": "Дальше",
    "nothing": "Здесь пока ничего не продаётся.",
    "code_title": "Это ваш адрес?",
    "code_hint": "Мы отправили код на {email}. Введите его.",
    "code": "Код",
    "again": "Отправить другой код",
    "number_title": "Выберите номер",
    "area": "Код города",
    "contains": "Цифры или буквы, например PIZZA",
    "search": "Искать",
    "none_found": "Подходящих номеров нет. Попробуйте другой код города.",
    "keep": "Взять этот номер",
    "confirm_title": "Всё верно?",
    "number": "Номер",
    "kept": "Он отложен для вас на пятнадцать минут.",
    "price": "Цена",
    "start": "Начать пробный период",
    "other": "Выбрать другой номер",
    "done_title": "В «{company}» уже можно позвонить",
    "ordering": "Номер заказан; звонки пойдут, как только он появится.",
    "done_hint": "В рабочие часы звонят ваши телефоны, в остальное время можно оставить сообщение. Задайте пароль и осмотритесь.",
    "password": "Задать пароль",
    "sign_in": "Войти",
    "closed": "Эта регистрация закрыта.",
    "mail_subject": "Ваш код",
    "mail_text": "Ваш код: {code}.\n\nЕсли вы его не запрашивали, не обращайте внимания: ничего не произойдёт.\n",
}
_WORDS: Mapping[Language, Mapping[str, str]] = {"en": _ENGLISH, "ru": _RUSSIAN}


def words(language: Language) -> Mapping[str, str]:
    """All words of a language by their keys."""
    return _WORDS[language]
