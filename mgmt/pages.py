"""The words of the pages before the application, and of e-mails: English and Russian (a test holds them together)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Language = Literal["en", "ru"]

_ENGLISH = {
    "problem_403": "Not allowed",
    "problem_404": "Nothing here",
    "problem_410": "No longer here",
    "problem_429": "Slow down",
    "problem_503": "Not at this moment",
    "problem": "This did not work",
    "moved": "What you look for has moved.",
    "to_start": "Go to the start page",
    "sign_in": "Sign in",
    "email": "E-mail address",
    "password": "Password",
    "several": "Working for several companies?",
    "company_id": "Company id",
    "forgot": "Forgot your password?",
    "passkey": "Sign in with a passkey",
    "sso": "Sign in with your company's account",
    "no_password": "No password yet? Ask who runs the telephones of your company for a link, or the operator of this node:",
    "or": "or",
    "code_title": "One more step",
    "code_hint": "Enter the code that your app shows now, or one of your recovery codes.",
    "code_hint_passkey": "Use your passkey, or enter one of your recovery codes.",
    "code": "Code",
    "go_on": "Go on",
    "back": "Back to the sign-in page",
    "forgot_title": "Forgot your password?",
    "forgot_hint": "If an account belongs to this address, a link to set a new password goes there by e-mail.",
    "forgot_done": "If an account belongs to this address, an e-mail with a link is on its way. The link works for one hour.",
    "forgot_no_mail": "This node sends no e-mail. Ask an owner or manager of your company: they find you under People.",
    "send": "Send the link",
    "invited_title": "Welcome to {company}",
    "set_title": "Set a password",
    "set_hint": "{name}, choose the password that you will sign in with.",
    "no_email": "Your account has no e-mail address yet, which is the name you sign in with.",
    "new_password": "New password",
    "current_password": "Your password now",
    "rule": "At least {chars} characters. A few words in a row are good.",
    "keep": "Keep this password",
    "not_now": "Not now",
    "sso_title": "Sign in with your company's account",
    "sso_go": "On to {name}",
    "sso_hint": "Enter your e-mail address at work: your company's own sign-in page follows.",
    "app_title": "Sign in an app",
    "app_hint": "Enter the code that the app on your telephone shows.",
    "app_ask": "The app on “{name}” ({address}) wants to act as you. Go on only when you hold this telephone now.",
    "app_yes": "This is mine: sign in",
    "app_no": "This is not mine",
    "app_in": "The app is signed in.",
    "app_refused": "The app was not let in.",
    "app_back": "To the application",
    "mail_invited_subject": "{company} invites you to its telephone system",
    "mail_invited": (
        "Hello {name},\n\n{company} has an account for you. Open this link within seven days and choose a password:\n\n"
        "{link}\n\nIf you did not expect this, ignore it.\n"
    ),
    "mail_mention_subject": "{by} mentions you: {title}",
    "mail_mention": "Hello {name},\n\n{by} wrote a note at “{title}”:\n\n{text}\n\n{link}\n",
    "mail_reset_subject": "A new password for {company}",
    "mail_reset": (
        "Hello {name},\n\nsomebody asked for a new password of your account at {company}. Open this link within one hour:\n\n"
        "{link}\n\nIf it was not you, ignore this: nothing changes.\n"
    ),
}
_RUSSIAN = {
    "problem_403": "Нельзя",
    "problem_404": "Здесь ничего нет",
    "problem_410": "Этого здесь больше нет",
    "problem_429": "Не так быстро",
    "problem_503": "Сейчас не получится",
    "problem": "Не получилось",
    "moved": "То, что вы ищете, переехало.",
    "to_start": "На главную",
    "sign_in": "Вход",
    "email": "Адрес электронной почты",
    "password": "Пароль",
    "several": "Работаете в нескольких компаниях?",
    "company_id": "Идентификатор компании",
    "forgot": "Забыли пароль?",
    "passkey": "Войти с ключом доступа",
    "sso": "Войти через учётную запись компании",
    "no_password": "Пароля ещё нет? Попросите ссылку у того, кто ведёт телефонию вашей компании, или у оператора узла:",
    "or": "или",
    "code_title": "Ещё один шаг",
    "code_hint": "Введите код из приложения или один из резервных кодов.",
    "code_hint_passkey": "Используйте ключ доступа или введите один из резервных кодов.",
    "code": "Код",
    "go_on": "Продолжить",
    "back": "Вернуться ко входу",
    "forgot_title": "Забыли пароль?",
    "forgot_hint": "Если с этим адресом связана учётная запись, на него придёт ссылка для нового пароля.",
    "forgot_done": "Если с этим адресом связана учётная запись, письмо со ссылкой уже в пути. Ссылка действует один час.",
    "forgot_no_mail": "Этот узел не отправляет почту. Попросите владельца или менеджера: они найдут вас в разделе «Люди».",
    "send": "Отправить ссылку",
    "invited_title": "Добро пожаловать в {company}",
    "set_title": "Задайте пароль",
    "set_hint": "{name}, выберите пароль, с которым будете входить.",
    "no_email": "У вашей учётной записи ещё нет адреса почты, а он служит именем для входа.",
    "new_password": "Новый пароль",
    "current_password": "Нынешний пароль",
    "rule": "Не меньше {chars} знаков. Хорошо подходят несколько слов подряд.",
    "keep": "Сохранить пароль",
    "not_now": "Не сейчас",
    "sso_title": "Вход через учётную запись компании",
    "sso_go": "Дальше: {name}",
    "sso_hint": "Введите рабочий адрес почты: откроется страница входа вашей компании.",
    "app_title": "Вход в приложении",
    "app_hint": "Введите код, который показывает приложение на телефоне.",
    "app_ask": "Приложение на «{name}» ({address}) хочет действовать от вашего имени. Продолжайте, только если он у вас.",
    "app_yes": "Это моё: войти",
    "app_no": "Это не моё",
    "app_in": "Вход в приложении выполнен.",
    "app_refused": "Приложению отказано.",
    "app_back": "К приложению",
    "mail_invited_subject": "{company} приглашает вас в свою телефонную систему",
    "mail_invited": (
        "Здравствуйте, {name}!\n\n{company} создала для вас учётную запись. Откройте ссылку в течение семи дней и выберите"
        " пароль:\n\n{link}\n\nЕсли вы этого не ждали, не обращайте внимания.\n"
    ),
    "mail_mention_subject": "{by} упоминает вас: {title}",
    "mail_mention": "Здравствуйте, {name}!\n\n{by} пишет в заметке к «{title}»:\n\n{text}\n\n{link}\n",
    "mail_reset_subject": "Новый пароль для {company}",
    "mail_reset": (
        "Здравствуйте, {name}!\n\nКто-то попросил новый пароль для вашей учётной записи в {company}. Откройте ссылку в течение"
        " часа:\n\n{link}\n\nЕсли это были не вы, ничего не делайте: всё останется как есть.\n"
    ),
}
_WORDS: Mapping[Language, Mapping[str, str]] = {"en": _ENGLISH, "ru": _RUSSIAN}
LANGUAGES: tuple[Language, ...] = ("en", "ru")


_RUSSIAN_PROBLEMS: Mapping[str, str] = {
    "wrong_password": "Этот адрес и этот пароль не подходят друг к другу.",
    "wrong_app_code": "Такого кода нет, или он устарел.",
    "wrong_code": "Этот код неверен или уже использован.",
    "wrong_passkey": "Этот ключ доступа здесь ничего не открывает.",
    "too_many_attempts": "Слишком много неудачных попыток. Подождите немного и попробуйте снова.",
    "busy": "Сейчас входит слишком много людей. Попробуйте снова.",
    "link_expired": "Эта ссылка уже использована, отозвана или устарела. Попросите новую.",
    "weak_password": (
        "Пароль слишком прост или короток: нужно не меньше 12 знаков, без рядов клавиш, слов, которые пробуют все,"
        " и вашего имени."
    ),
    "confirm_first": "Сначала подтвердите, что это вы: введите нынешний пароль.",
    "no_sso": "Ни одна компания здесь не входит с такими адресами; если несколько, назовите компанию.",
    "sso_failed": "Провайдер вашей компании не смог подтвердить вход. Попробуйте снова или спросите владельца.",
    "not_vouched_for": "Провайдер не ручается за адрес почты этой компании.",
    "not_known": "У вас здесь ещё нет учётной записи. Спросите того, кто ведёт телефонию вашей компании.",
    "other_subject": "Провайдер знал этот адрес за другим человеком. Спросите владельца вашей компании.",
    "disabled": "Ваша учётная запись здесь отключена.",
    "no_host_name": "Ключам доступа нужно имя сервера: откройте его по имени, а не по адресу.",
}
_PROBLEMS: Mapping[Language, Mapping[str, str]] = {"en": {}, "ru": _RUSSIAN_PROBLEMS}


def said(language: Language, code: str, detail: str) -> str:
    """A problem in the language of the page: `detail` where there is no translation."""
    return _PROBLEMS[language].get(code, detail)


def words(language: Language) -> Mapping[str, str]:
    """All words of a language by their keys."""
    return _WORDS[language]
