/** The steps of a flow and their fields in Russian; in English they are called as the schema calls them. */
import { language } from '.'

export const kinds: Readonly<Record<string, string>> = {
  answer: 'Ответить', play: 'Проиграть', say: 'Сказать', language: 'Язык', wait: 'Подождать', menu: 'Меню', collect: 'Спросить цифры', record: 'Записать голос',
  survey: 'Опрос', hours: 'Часы работы', schedule: 'По времени', caller: 'По звонящему', compare: 'Сравнить', split: 'Разделить звонящих', dial: 'Позвонить кому-то',
  group: 'Группа', queue: 'Очередь', directory: 'Справочник по имени', transfer: 'Перевести', mailbox: 'Оставить сообщение', messages: 'Прослушать сообщения',
  conference: 'Конференция', park: 'Запарковать', when_free: 'Перезвонить, когда освободится', set: 'Задать переменные', math: 'Посчитать', request: 'Спросить сервер',
  webhook: 'Под управлением сервера', sms: 'Отправить СМС', setting: 'Изменить настройку звонящего', agent: 'Работа в очередях', tag: 'Пометить звонок',
  subflow: 'Другой сценарий', finish: 'Вернуться', hangup: 'Положить трубку',
}

const groups: Readonly<Record<string, string>> = { speak: 'Сказать', ask: 'Спросить', decide: 'Решить', connect: 'Соединить', program: 'Программа', end: 'Закончить' }

const fields: Readonly<Record<string, string>> = {
  accept: 'чем принять звонок', barge_in: 'клавиши прерывают', between_s: 'между клавишами (с)', by: 'по чему', cases: 'случаи', cause: 'причина', closed: 'если закрыто',
  contacts: 'контакты', days: 'дни', decimals: 'знаков после запятой', end: 'чем закончить', extension: 'добавочный', fallback_url: 'запасной адрес', fields: 'поля', finish: 'клавиша конца',
  first: 'первое', first_s: 'до первой клавиши (с)', flow: 'сценарий', format: 'вид', greeting: 'приветствие', group: 'группа', highest: 'наибольшее', id: 'имя', intercom: 'громкая связь',
  invalid_prompts: 'слова при неверной клавише', keys: 'клавиши', label: 'подпись', language: 'язык', last: 'последнее', learn: 'запоминать', left: 'слева', letters: 'букв', lowest: 'наименьшее',
  machines: 'автоответчики', mailbox: 'почтовый ящик', max_keys: 'не больше клавиш', method: 'метод', min_keys: 'не меньше клавиш', name: 'имя', next: 'дальше', numbers: 'номера', on: 'включить',
  on_busy: 'если занято', on_error: 'при ошибке', on_failed: 'если не удалось', on_full: 'если нет места', on_hangup: 'если положили трубку', on_invalid: 'при неверной клавише',
  on_machine: 'если автоответчик', on_no_answer: 'если нет ответа', on_nobody: 'если никого нет', on_nothing: 'если ничего нет', on_timeout: 'если ничего не нажали', on_unknown: 'если неизвестно',
  open: 'если открыто', operation: 'действие', operator: 'сравнение', otherwise: 'иначе', pause_s: 'пауза (с)', priority: 'важность', prompts: 'что сказать', questions: 'вопросы', queue: 'очередь',
  right: 'справа', ring_s: 'звонить (с)', room: 'комната', salt: 'примесь', schedule: 'расписание', seconds: 'секунд', seconds_max: 'не дольше (с)', secret: 'секрет', setting: 'настройка',
  settings: 'настройки', signed_by: 'чем подписан', silence_s: 'конец по тишине (с)', skills: 'умения', slot: 'место', start: 'начало', tag: 'метка', target: 'кому', text: 'текст',
  timeout_prompts: 'слова, если ничего не нажали', timeout_s: 'ждать клавиши (с)', timezone: 'часовой пояс', to: 'куда', tries: 'попыток', url: 'адрес', user: 'сотрудник', value: 'значение', values: 'значения',
  variable: 'переменная', verb: 'что сделать', ways: 'пути', weight: 'вес', who: 'кто', with: 'с чем',
}

/** What leads on by a field of that name, as it stands at a line; other names are their own words. */
const lines: Readonly<Record<string, readonly [en: string, ru: string]>> = {
  next: ['', ''], to: ['', ''], on_timeout: ['no key', 'ничего не нажали'], on_invalid: ['wrong key', 'неверная клавиша'], on_no_answer: ['no answer', 'нет ответа'], on_busy: ['busy', 'занято'],
  on_machine: ['machine', 'автоответчик'], on_error: ['error', 'ошибка'], on_failed: ['failed', 'не удалось'], on_nobody: ['nobody', 'никого нет'], on_unknown: ['nobody', 'никого нет'],
  on_nothing: ['nothing said', 'ничего не сказали'], on_hangup: ['hung up', 'положили трубку'], on_full: ['full', 'нет места'], otherwise: ['otherwise', 'иначе'], open: ['open', 'открыто'],
  closed: ['closed', 'закрыто'], fallback: ['fallback', 'запасной'], fax: ['fax', 'факс'], case: ['case', 'случай'],
}

/** "timeout_s" is "timeout (s)". Pure. */
export const inWords = (field: string): string => field.replace(/_s$/, ' (s)').replaceAll('_', ' ')

const russian = language === 'ru'

export const kindName = (kind: string, title: string): string => (russian && kinds[kind]) || title
export const groupName = (group: string): string => (russian && groups[group]) || group
export const fieldName = (field: string): string => (russian && fields[field]) || inWords(field)
export const lineName = (field: string): string => lines[field]?.[russian ? 1 : 0] ?? inWords(field)
/** Whether a field leads on by its name alone. */
export const isLine = (field: string): boolean => field in lines || field.startsWith('on_')
