"""What a mailbox says, in three languages."""

from __future__ import annotations

from datetime import datetime

import pytest

from ivr.spoken import mail

NOW = datetime(2026, 11, 26, 14, 30)
COUNTS = [
    ("en", 0, 0, "You have no messages."),
    ("en", 1, 0, "You have one new message."),
    ("en", 2, 1, "You have two new messages and one saved message."),
    ("ru", 0, 0, "У вас нет сообщений."),
    ("ru", 1, 2, "У вас одно новое сообщение и два сохранённых сообщения."),
    ("ru", 5, 21, "У вас пять новых сообщений и двадцать одно сохранённое сообщение."),
    ("es", 0, 0, "No tiene mensajes."),
    ("es", 1, 2, "Tiene un mensaje nuevo y dos mensajes guardados."),
    ("es", 21, 0, "Tiene veintiún mensajes nuevos."),
    ("de", 1, 0, "You have one new message."),
]


@pytest.mark.parametrize(("language", "new", "saved", "said"), COUNTS)
def test_the_counts(language: str, new: int, saved: int, said: str) -> None:
    assert said == mail.counts(new, saved, language)


def envelope(at: datetime, caller: str = "102", name: str | None = None, urgent: bool = False) -> mail.Envelope:
    return mail.Envelope(1, True, urgent, name, caller, at, NOW, 12.4)


ENVELOPES = [
    (
        "en",
        envelope(datetime(2026, 11, 26, 9, 5, 33)),
        "New message one. From one zero two. Received today at nine oh five A M. Length: twelve seconds.",
    ),
    (
        "en",
        envelope(datetime(2026, 11, 25, 21, 0), name="Ben Carter", urgent=True),
        "New message one. Urgent. From Ben Carter. Received yesterday at nine P M. Length: twelve seconds.",
    ),
    (
        "en",
        envelope(datetime(2026, 11, 2, 9, 0), "anonymous"),
        "New message one. From a caller who hides the number. Received November second, twenty twenty-six at nine A M. "
        "Length: twelve seconds.",
    ),
    (
        "ru",
        envelope(datetime(2026, 11, 25, 14, 1), name="Анна"),
        "Новое сообщение номер один. От Анна. Получено: вчера, четырнадцать часов одна минута. "
        "Длительность: двенадцать секунд.",
    ),
    (
        "es",
        envelope(datetime(2026, 11, 26, 9, 0), name="Ana"),
        "Mensaje nuevo número uno. De Ana. Recibido hoy, las nueve de la mañana. Dura doce segundos.",
    ),
]


@pytest.mark.parametrize(("language", "of", "said"), ENVELOPES)
def test_the_envelope(language: str, of: mail.Envelope, said: str) -> None:
    assert said == mail.envelope(of, language)
