"""What callers hear who wait, in whole sentences: every language declines numbers its own way (`ivr.queue_words` names them)."""

from __future__ import annotations

from ivr.queue_words import MINUTES

ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh"),
    *("twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth"),
    "twentieth",
)
MINUTES_EN = (
    *("one minute", "two minutes", "three minutes", "five minutes", "ten minutes", "fifteen minutes"),
    *("twenty minutes", "half an hour"),
)

ORDINALS_RU = (
    *("первый", "второй", "третий", "четвёртый", "пятый", "шестой", "седьмой", "восьмой", "девятый", "десятый"),
    *("одиннадцатый", "двенадцатый", "тринадцатый", "четырнадцатый", "пятнадцатый", "шестнадцатый", "семнадцатый"),
    *("восемнадцатый", "девятнадцатый", "двадцатый"),
)
MINUTES_RU = (
    *("одной минуты", "двух минут", "трёх минут", "пяти минут", "десяти минут", "пятнадцати минут"),
    *("двадцати минут", "получаса"),
)

NUMBERS_ES = (
    *("uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce", "trece"),
    *("catorce", "quince", "dieciséis", "diecisiete", "dieciocho", "diecinueve", "veinte"),
)
MINUTES_ES = (
    *("un minuto", "dos minutos", "tres minutos", "cinco minutos", "diez minutos", "quince minutos"),
    *("veinte minutos", "media hora"),
)

ENGLISH = {
    **{f"queue-place-{n}": f"You are the {word} in line." for n, word in enumerate(ORDINALS, 1)},
    "queue-place-many": "There are more than twenty callers before you.",
    **{
        f"queue-wait-{n}": f"Your call should be answered within {word}."
        for n, word in zip(MINUTES, MINUTES_EN, strict=True)
    },
    "queue-wait-long": "It may take more than half an hour until your call is answered.",
    "queue-callback": "If you do not want to wait, we keep your place and call you back. For that, press",
    "digit-star": "star.",
    "digit-pound": "pound.",
    "queue-promised": "Thank you. You keep your place, and we will call you back. You can hang up now.",
    "queue-no-callback": "We do not see your number, so we cannot call you back. Please stay on the line.",
    "queue-calling-back": "You have a promised call. We connect you now.",
    "limit-warning": "This call will end in one minute, because a limit is reached.",
    "limit-reached": "A limit is reached. This call ends now. Goodbye.",
}

RUSSIAN = {
    **{f"queue-place-{n}": f"Вы {word} в очереди." for n, word in enumerate(ORDINALS_RU, 1)},
    "queue-place-many": "Перед вами больше двадцати человек.",
    **{f"queue-wait-{n}": f"Вам ответят в течение {word}." for n, word in zip(MINUTES, MINUTES_RU, strict=True)},
    "queue-wait-long": "Возможно, придётся ждать больше получаса.",
    "queue-callback": "Если вы не хотите ждать, мы сохраним вашу очередь и перезвоним вам. Для этого нажмите",
    "digit-star": "звёздочку.",
    "digit-pound": "решётку.",
    "queue-promised": "Спасибо. Ваша очередь сохранена, мы вам перезвоним. Вы можете повесить трубку.",
    "queue-no-callback": "Мы не видим ваш номер и не сможем перезвонить. Пожалуйста, оставайтесь на линии.",
    "queue-calling-back": "Обещанный звонок. Соединяем.",
    "limit-warning": "Этот звонок закончится через минуту: достигнут предел.",
    "limit-reached": "Достигнут предел. Звонок завершён. До свидания.",
    "hold-intro": "Пожалуйста, подождите, мы вас соединяем.",
    "goodbye": "До свидания.",
    "option-invalid": "Такого пункта нет.",
    "no-choice": "Вы ничего не выбрали.",
    "unavailable": "Абонент сейчас недоступен.",
    "no-balance": "Для этого звонка на вашем счёте недостаточно средств.",
    "number-unknown": "Набранный номер не обслуживается.",
    "call-failed": "Соединить не удалось. Пожалуйста, перезвоните позже.",
    **{
        f"digit-{n}": f"{word}."
        for n, word in enumerate(("ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"))
    },
}

SPANISH = {
    **{f"queue-place-{n}": f"Es usted el número {word} de la cola." for n, word in enumerate(NUMBERS_ES, 1)},
    "queue-place-many": "Hay más de veinte personas antes que usted.",
    **{f"queue-wait-{n}": f"Se le atenderá en menos de {word}." for n, word in zip(MINUTES, MINUTES_ES, strict=True)},
    "queue-wait-long": "Puede que la espera dure más de media hora.",
    "queue-callback": "Si no quiere esperar, guardamos su lugar y le llamamos. Para eso, marque",
    "digit-star": "asterisco.",
    "digit-pound": "numeral.",
    "queue-promised": "Gracias. Guardamos su lugar y le llamaremos. Ya puede colgar.",
    "queue-no-callback": "No vemos su número y no podremos llamarle. Por favor, siga en la línea.",
    "queue-calling-back": "Tiene una llamada prometida. Le comunicamos ahora.",
    "limit-warning": "Esta llamada terminará en un minuto, porque se alcanza un límite.",
    "limit-reached": "Se ha alcanzado un límite. La llamada termina ahora. Adiós.",
}
