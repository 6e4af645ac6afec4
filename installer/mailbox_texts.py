"""What a mailbox says, in English, Russian and Spanish: sounds "vm-..." of the system."""

from __future__ import annotations

ENGLISH = {
    "vm-intro": "Nobody can take your call right now. Please leave a message after the tone. "
    "When you are finished, hang up, or press the pound key.",
    "vm-intro-named": "cannot take your call right now. Please leave a message after the tone. "
    "When you are finished, hang up, or press the pound key.",
    "vm-saved": "Thank you. Your message has been saved.",
    "vm-review": "To hear it, press 1. To record it again, press 2. To mark it as urgent, press 3.",
    "vm-urgent": "Your message is marked as urgent.",
    "vm-too-short": "We did not hear a message.",
    "vm-full": "This mailbox is full and takes no more messages. Goodbye.",
    "vm-box": "Please enter the extension of the mailbox, then the pound key.",
    "vm-pin": "Please enter your PIN, then the pound key.",
    "vm-pin-wrong": "That is not right.",
    "vm-locked": "There were too many wrong attempts. This mailbox is locked for a while.",
    "vm-no-pin": "This mailbox has no PIN yet. Call it from your own phone, and set one.",
    "vm-nobody": "There is no mailbox at that extension.",
    "vm-menu": "To hear new messages, press 1. To hear saved messages, press 2. For greetings and your PIN, press 3.",
    "vm-end": "End of message. To hear it again, press 1. To save it, press 2. To delete it, press 3. To forward it, press 4. "
    "To reply with a message, press 5. To call back, press 6. For the next message, press the pound key.",
    "vm-message-saved": "Saved.",
    "vm-message-deleted": "Deleted. To undo this, press 3.",
    "vm-message-restored": "The message is back.",
    "vm-no-more": "There are no more messages.",
    "vm-forward-to": "To which extension? Enter it, then the pound key.",
    "vm-introduction": "Record an introduction after the tone, then press the pound key. To send without one, press it at once.",
    "vm-forwarded": "The message has been forwarded.",
    "vm-reply": "Record your reply after the tone, then press the pound key.",
    "vm-replied": "Your reply has been sent.",
    "vm-no-reply": "There is no mailbox to reply to.",
    "vm-no-call": "This caller cannot be called from here.",
    "vm-settings": "For the greeting when nobody answers, press 1. For the greeting while you are busy, press 2. "
    "For a temporary greeting, press 3. To record your name, press 4. To change your PIN, press 5. To go back, press star.",
    "vm-record": "Record after the tone. When you are finished, press the pound key.",
    "vm-draft": "To keep this recording, press 1. To hear it, press 2. To record it again, press 3. "
    "To use the standard greeting, press 4. To leave everything as it was, press star.",
    "vm-kept": "Your recording is in use now.",
    "vm-standard": "The standard greeting is in use now.",
    "vm-new-pin": "Enter your new PIN, four to ten digits, then the pound key.",
    "vm-new-pin-again": "Enter it once more, then the pound key.",
    "vm-pin-changed": "Your PIN has been changed.",
    "vm-pin-bad": "That cannot be a PIN: the two were different, or it would be too easy to guess.",
    "vm-failed": "That could not be done right now.",
    "vm-prompt": "Enter the number of the prompt, then the pound key.",
}

RUSSIAN = {
    "vm-intro": "Сейчас никто не может ответить. Пожалуйста, оставьте сообщение после сигнала. Затем повесьте трубку "
    "или нажмите решётку.",
    "vm-intro-named": "сейчас не может ответить. Пожалуйста, оставьте сообщение после сигнала. Затем повесьте трубку "
    "или нажмите решётку.",
    "vm-saved": "Спасибо. Ваше сообщение сохранено.",
    "vm-review": "Чтобы прослушать его, нажмите один. Чтобы записать заново, нажмите два. Чтобы отметить как срочное, три.",
    "vm-urgent": "Сообщение отмечено как срочное.",
    "vm-too-short": "Мы не услышали сообщения.",
    "vm-full": "Этот почтовый ящик переполнен и больше не принимает сообщений. До свидания.",
    "vm-box": "Введите внутренний номер почтового ящика и нажмите решётку.",
    "vm-pin": "Введите пин-код и нажмите решётку.",
    "vm-pin-wrong": "Неверно.",
    "vm-locked": "Слишком много неудачных попыток. Ящик на время заблокирован.",
    "vm-no-pin": "У этого ящика ещё нет пин-кода. Позвоните со своего телефона и задайте его.",
    "vm-nobody": "По этому номеру нет почтового ящика.",
    "vm-menu": "Новые сообщения: нажмите один. Сохранённые сообщения: два. Приветствия и пин-код: три.",
    "vm-end": "Конец сообщения. Прослушать ещё раз: один. Сохранить: два. Удалить: три. Переслать: четыре. "
    "Ответить сообщением: пять. Перезвонить: шесть. Следующее сообщение: решётка.",
    "vm-message-saved": "Сохранено.",
    "vm-message-deleted": "Удалено. Чтобы отменить, нажмите три.",
    "vm-message-restored": "Сообщение возвращено.",
    "vm-no-more": "Больше сообщений нет.",
    "vm-forward-to": "На какой внутренний номер? Введите его и нажмите решётку.",
    "vm-introduction": "Запишите вступление после сигнала и нажмите решётку. Чтобы отправить без него, нажмите её сразу.",
    "vm-forwarded": "Сообщение переслано.",
    "vm-reply": "Запишите ответ после сигнала и нажмите решётку.",
    "vm-replied": "Ваш ответ отправлен.",
    "vm-no-reply": "У этого абонента нет почтового ящика.",
    "vm-no-call": "Этому абоненту отсюда позвонить нельзя.",
    "vm-settings": "Приветствие, когда никто не отвечает: один. Приветствие, когда вы заняты: два. "
    "Временное приветствие: три. Записать своё имя: четыре. Сменить пин-код: пять. Назад: звёздочка.",
    "vm-record": "Говорите после сигнала. Закончив, нажмите решётку.",
    "vm-draft": "Сохранить запись: один. Прослушать: два. Записать заново: три. "
    "Стандартное приветствие: четыре. Оставить как было: звёздочка.",
    "vm-kept": "Теперь звучит ваша запись.",
    "vm-standard": "Теперь звучит стандартное приветствие.",
    "vm-new-pin": "Введите новый пин-код, от четырёх до десяти цифр, и нажмите решётку.",
    "vm-new-pin-again": "Введите его ещё раз и нажмите решётку.",
    "vm-pin-changed": "Пин-код изменён.",
    "vm-pin-bad": "Такой пин-код не подходит: введённые коды различаются, или его легко угадать.",
    "vm-failed": "Сейчас это сделать не удалось.",
    "vm-prompt": "Введите номер подсказки и нажмите решётку.",
}

SPANISH = {
    "vm-intro": "En este momento nadie puede atenderle. Deje un mensaje después del tono. "
    "Al terminar, cuelgue o marque la tecla numeral.",
    "vm-intro-named": "no puede atenderle en este momento. Deje un mensaje después del tono. "
    "Al terminar, cuelgue o marque la tecla numeral.",
    "vm-saved": "Gracias. Su mensaje se ha guardado.",
    "vm-review": "Para escucharlo, marque uno. Para grabarlo de nuevo, marque dos. Para marcarlo como urgente, marque tres.",
    "vm-urgent": "Su mensaje se ha marcado como urgente.",
    "vm-too-short": "No hemos oído ningún mensaje.",
    "vm-full": "Este buzón está lleno y no admite más mensajes. Adiós.",
    "vm-box": "Introduzca la extensión del buzón y marque numeral.",
    "vm-pin": "Introduzca su clave y marque numeral.",
    "vm-pin-wrong": "No es correcto.",
    "vm-locked": "Demasiados intentos fallidos. El buzón queda bloqueado por un tiempo.",
    "vm-no-pin": "Este buzón aún no tiene clave. Llame desde su propio teléfono para crearla.",
    "vm-nobody": "No hay ningún buzón en esa extensión.",
    "vm-menu": "Para los mensajes nuevos, marque uno. Para los guardados, marque dos. Para saludos y clave, marque tres.",
    "vm-end": "Fin del mensaje. Para repetirlo, marque uno. Para guardarlo, dos. Para borrarlo, tres. Para reenviarlo, cuatro. "
    "Para responder con un mensaje, cinco. Para devolver la llamada, seis. Para el siguiente, numeral.",
    "vm-message-saved": "Guardado.",
    "vm-message-deleted": "Borrado. Para deshacerlo, marque tres.",
    "vm-message-restored": "El mensaje se ha recuperado.",
    "vm-no-more": "No hay más mensajes.",
    "vm-forward-to": "¿A qué extensión? Introdúzcala y marque numeral.",
    "vm-introduction": "Grabe una introducción después del tono y marque numeral. Para enviarlo sin ella, márquela ahora.",
    "vm-forwarded": "El mensaje se ha reenviado.",
    "vm-reply": "Grabe su respuesta después del tono y marque numeral.",
    "vm-replied": "Su respuesta se ha enviado.",
    "vm-no-reply": "No hay buzón al que responder.",
    "vm-no-call": "No se puede llamar a esta persona desde aquí.",
    "vm-settings": "Saludo cuando nadie contesta: uno. Saludo cuando está ocupado: dos. Saludo temporal: tres. "
    "Grabar su nombre: cuatro. Cambiar la clave: cinco. Volver: asterisco.",
    "vm-record": "Grabe después del tono. Al terminar, marque numeral.",
    "vm-draft": "Para conservar la grabación, marque uno. Para escucharla, dos. Para grabarla de nuevo, tres. "
    "Para usar el saludo estándar, cuatro. Para dejarlo todo como estaba, asterisco.",
    "vm-kept": "Su grabación ya está en uso.",
    "vm-standard": "El saludo estándar ya está en uso.",
    "vm-new-pin": "Introduzca su nueva clave, de cuatro a diez cifras, y marque numeral.",
    "vm-new-pin-again": "Introdúzcala otra vez y marque numeral.",
    "vm-pin-changed": "Su clave se ha cambiado.",
    "vm-pin-bad": "Esa clave no sirve: las dos eran distintas o es demasiado fácil.",
    "vm-failed": "Ahora no se ha podido hacer.",
    "vm-prompt": "Introduzca el número del aviso y marque numeral.",
}
