"""What the system says besides queues and mailboxes, in Russian and Spanish (`prompts.SYSTEM` has the English)."""

from __future__ import annotations

RUSSIAN = {
    "directory": "Чтобы найти сотрудника по имени, наберите первые три буквы имени и нажмите решётку.",
    "conf-pin": "Введите пин-код конференции.",
    "conf-pin-wrong": "Пин-код неверен.",
    "conf-in": "Вы в конференции.",
    "conf-wait": "Конференция начнётся, когда придёт её ведущий. Пожалуйста, подождите.",
    "conf-locked": "Конференция закрыта.",
    "conf-open": "Конференция открыта.",
    "conf-full": "В конференции больше нет мест.",
    "conf-kicked": "Вас удалили из конференции. До свидания.",
    "conf-muted": "Ваш микрофон выключен.",
    "conf-unmuted": "Вас снова слышно.",
    "conf-joined": "Вошёл новый участник.",
    "conf-left": "Один из участников вышел.",
    "when-free": "Мы вам позвоним, когда номер освободится.",
    "setting-saved": "Спасибо. Настройка изменена.",
    "parked-in": "Звонок ждёт на месте",
    "transfer-to": "Кому перевести?",
    "screen": "Вам звонят. Чтобы ответить, нажмите один.",
}

SPANISH = {
    "option-invalid": "Esa no es una de las opciones.",
    "no-choice": "No hemos oído ninguna opción.",
    "unavailable": "La persona a la que llama no está disponible.",
    "directory": "Para buscar a alguien por su nombre, marque las tres primeras letras del nombre y luego numeral.",
    "goodbye": "Adiós.",
    "no-balance": "Su saldo no es suficiente para esta llamada.",
    "number-unknown": "El número marcado no está en servicio.",
    "call-failed": "Su llamada no se puede completar ahora. Inténtelo más tarde.",
    "conf-pin": "Introduzca la clave de la conferencia.",
    "conf-pin-wrong": "Esa no es la clave.",
    "conf-in": "Está en la conferencia.",
    "conf-wait": "La conferencia empezará cuando llegue su moderador. Por favor, espere.",
    "conf-locked": "La conferencia está cerrada.",
    "conf-open": "La conferencia está abierta.",
    "conf-full": "La conferencia está completa.",
    "conf-kicked": "Se le ha retirado de la conferencia. Adiós.",
    "conf-muted": "Su micrófono está apagado.",
    "conf-unmuted": "Se le vuelve a oír.",
    "conf-joined": "Alguien ha entrado.",
    "conf-left": "Alguien ha salido.",
    "when-free": "Le llamaremos cuando la extensión esté libre.",
    "setting-saved": "Gracias. El ajuste se ha cambiado.",
    "parked-in": "La llamada está aparcada en",
    "transfer-to": "¿A quién se transfiere?",
    "screen": "Tiene una llamada. Para atenderla, marque uno.",
    "hold-intro": "Espere mientras le comunicamos.",
    **{
        f"digit-{n}": f"{word}."
        for n, word in enumerate(("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"))
    },
}
