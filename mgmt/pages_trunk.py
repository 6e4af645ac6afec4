"""The words of the page of a trunk that is shared with its carrier: English and Russian (a test holds them together)."""

from __future__ import annotations

from collections.abc import Mapping

from mgmt.pages import Language

WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "hint": "How we see this trunk, over the last seven days. Nothing can be changed here; it is here until {until} UTC.",
        "channels": "Calls now",
        "signalling": "Our addresses",
        "silent": "These servers did not say theirs: {nodes}. Ask us, or look again later.",
        "drained": "Drained: no new calls, those in progress go on.",
        "gateways": "Gateways",
        "rtt": "OPTIONS answered after",
        "registered": "registered",
        "not_registered": "not registered",
        "figures": "What calls came to",
        "inbound": "From you",
        "outbound": "To you",
        "calls": "Calls",
        "answered": "Answered",
        "causes": "How they ended",
        "pdd": "From INVITE to ringing, p50 / p95",
        "mos": "MOS, median / worst 5 %",
        "nothing": "No call in this time.",
        "away": "The switch does not answer at this moment. Try again in a minute.",
    },
    "ru": {
        "hint": "Как мы видим этот транк за последние семь дней. Изменить здесь ничего нельзя; страница доступна до {until} UTC.",
        "channels": "Звонков сейчас",
        "signalling": "Наши адреса",
        "silent": "Эти серверы своих не назвали: {nodes}. Спросите нас или загляните позже.",
        "drained": "Выведен из работы: новых звонков нет, идущие продолжаются.",
        "gateways": "Шлюзы",
        "rtt": "ответ на OPTIONS через",
        "registered": "зарегистрирован",
        "not_registered": "не зарегистрирован",
        "figures": "Итоги звонков",
        "inbound": "От вас",
        "outbound": "К вам",
        "calls": "Звонки",
        "answered": "Отвечены",
        "causes": "Чем закончились",
        "pdd": "От INVITE до звонка, p50 / p95",
        "mos": "MOS, медиана / худшие 5 %",
        "nothing": "За это время звонков не было.",
        "away": "Коммутатор сейчас не отвечает. Попробуйте через минуту.",
    },
}
