/** What the node says when something cannot be done, in Russian; in English it is said as the API says it (RFC 9457 `detail`). */
import { language } from '.'
import { fieldName } from './steps'

/** One wrong field of a request. */
export interface Wrong {
  pointer?: string
  detail?: string
  code?: string
}

/** By code: whole sentences. */
const sentences: Readonly<Record<string, string>> = {
  offline: 'Нет связи с сервером. Проверьте сеть и повторите.',
  internal: 'Не получилось, и это наша ошибка: она записана в журнал узла.',

  version_conflict: 'Пока вы это правили, кто-то уже сохранил свои изменения. Обновите страницу и повторите.',
  changed: 'Пока вы это правили, кто-то уже сохранил свои изменения. Обновите страницу и повторите.',
  version_required: 'Страница устарела: обновите её и повторите.',
  request_in_progress: 'Это уже делается: подождите ответа на первую попытку.',
  outcome_unknown: 'Ответа не дождались: изменение ещё может вступить в силу. Обновите страницу и проверьте.',
  frozen: 'Изменения сейчас запрещены оператором.',
  log_away: 'Настройки сейчас нельзя изменить: журнал настроек недоступен. Ничего не изменено, повторите позже.',
  behind: 'Узел ещё догоняет журнал настроек. Ничего не изменено, повторите через несколько секунд.',

  not_found: 'Этого здесь нет: возможно, уже удалено.',
  no_such_object: 'Этого здесь нет: возможно, уже удалено.',
  not_signed_in: 'Войдите снова.',
  other_person: 'Сейчас здесь вошёл кто-то другой. Обновите страницу.',
  right_required: 'Ваша роль этого не позволяет.',
  managers_only: 'Это могут только владельцы и менеджеры.',
  owners_only: 'Это может только владелец компании.',
  operators_only: 'Это может только оператор узла.',
  people_only: 'Это может только сотрудник, который вошёл сам.',
  visitors_never: 'Это может только сам сотрудник: сначала завершите работу от его имени.',
  insufficient_scope: 'Этому ключу API это не разрешено.',
  other_tenant: 'Работать можно только в своей компании.',
  no_consent: 'Сначала владелец этой компании должен впустить помощников.',
  cross_site: 'Запрос пришёл не со страницы этого сервера. Обновите страницу.',
  second_factor_required: 'Вашей компании нужен второй фактор: сначала добавьте его.',
  confirm_first: 'Сначала подтвердите, что это вы: паролем или кодом из приложения.',
  wrong_password: 'Неверный пароль.',
  wrong_code: 'Код неверен или уже использован.',
  wrong_passkey: 'Этот ключ доступа здесь не подходит.',
  invalid_passkey: 'Ключ доступа не удалось проверить.',
  too_many_passkeys: 'Этот ключ доступа уже добавлен, или их уже слишком много.',
  no_second_factor: 'Запасные коды заменяют приложение или ключ доступа: сначала добавьте то или другое.',
  begin_again: 'Прошло слишком много времени: начните сначала.',
  link_expired: 'Ссылка устарела или уже использована.',
  link_used: 'Ссылка устарела или уже использована.',
  no_user: 'Это для сотрудника компании, который вошёл сам.',
  no_host_name: 'Ключам доступа нужно имя сервера: откройте страницу по имени, а не по IP-адресу.',
  weak_password: 'Пароль слишком короткий или слишком простой. Для входа нужно не меньше 12 знаков, для телефона 16; не подходят ряды клавиш, расхожие слова и своё имя.',
  weak_pin: 'PIN: от 4 до 10 цифр, не все одинаковые и не подряд.',

  yourself: 'Отключить себя самого нельзя.',
  last_owner: 'Хотя бы один владелец у компании должен остаться.',
  disabled: 'Сначала включите этого сотрудника.',
  no_heir: 'Выберите сотрудника, которому всё передать.',
  email_taken: 'Этот адрес почты уже у другого сотрудника.',
  extension_taken: 'Этот внутренний номер уже занят.',
  duplicate_extension: 'Этот внутренний номер уже занят.',
  duplicate_username: 'Это имя уже у другого телефона.',
  duplicate_member: 'Кто-то указан здесь дважды.',
  duplicate_code: 'Этот код уже занят другой функцией.',
  taken: 'Это уже занято. Выберите другое.',
  no_phone: 'Сейчас нет телефона, который мог бы зазвонить.',
  invalid_number: 'Номер нужен с кодом страны, например +12025550100.',
  unknown_timezone: 'Такого часового пояса нет.',
  invalid_timezone: 'Такого часового пояса нет.',
  empty_interval: 'Время «до» должно быть позже времени «с».',
  overlap: 'Промежутки одного дня перекрываются.',
  circle: 'Получается замкнутый круг.',
  unknown_trunk: 'Такого транка нет.',
  address_not_allowed: 'На этот адрес узел не обращается: нужен открытый адрес в интернете по HTTPS.',

  plan_limit: 'В вашем тарифе больше нет места: смените тариф или удалите лишнее.',
  too_many_drafts: 'Черновиков уже слишком много: опубликуйте или отбросьте лишний.',
  too_many_views: 'Сохранённых видов уже слишком много: удалите лишний.',
  full: 'Адресная книга заполнена.',
  too_much: 'У контакта слишком много номеров и адресов.',
  same_contact: 'Контакт нельзя объединить с самим собой.',
  too_large: 'Слишком большой файл или запрос.',
  too_many_rows: 'В файле слишком много строк: разделите его.',
  not_utf8: 'Файл должен быть в кодировке UTF-8.',
  not_csv: 'Это не файл CSV.',
  not_vcard: 'Файл визиток обрывается.',
  no_columns: 'В первой строке файла должны быть названия столбцов.',
  not_a_paper: 'Нужен файл PDF, PNG или JPEG.',
  not_a_sound: 'Нужен файл WAVE: PCM 16 бит, мю- или А-закон.',
  silent: 'В этом файле ничего не слышно.',
  legal_hold: 'Удаление запрещено: сначала снимите удержание.',
  opted_out: 'Клиент прислал STOP: сообщений с этого номера он не хочет.',
  no_pictures: 'С этого номера картинку не отправить.',
  not_ready: 'Отчёт ещё не готов.',
  no_mail: 'Этот узел не отправляет писем.',

  not_a_recording: 'Показать можно только записи этого узла.',
  damaged: 'Файл изменился на диске с тех пор, как был записан: сообщите оператору.',
  no_findings: 'Проверка не дошла до конца: запустите softswitch doctor.',
  no_bundle: 'Файл для поддержки не получился: запустите softswitch support.',
  busy: 'Это уже делает кто-то другой, или узел занят. Подождите и повторите.',
  replica_silent: 'Узел не ответил. Повторите позже.',
  tenant_exists: 'Компания с таким именем уже есть.',
  tenant_active: 'Сначала закройте договор компании; её звонки должны закончиться.',
  tenant_required: 'Сначала выберите компанию.',
  too_many_codes: 'Сейчас подключают слишком много телефонов. Повторите чуть позже.',
  unknown_number: 'Такого номера здесь ни у кого нет.',
  too_far: 'Так далеко назад не пролистать: выберите время поуже.',
  cursor_gone: 'Список устарел: обновите страницу.',
  not_called: 'На этот номер отсюда позвонить нельзя.',
  no_owner: 'Войдите в компанию со своим паролем.',
  no_public_name: 'У узла нет имени, по которому его видно снаружи (public_url).',

  other_kind: 'Такие номера здесь не продаются. Выберите другой.',
  not_payable: 'Здесь карту не принимают, или платить не за что.',
  expired: 'Бронь номера истекла: забронируйте его снова.',
  ran_out: 'Бронь номера истекла: выберите номер снова.',
  ordered: 'Этот номер уже заказан.',
  too_late: 'Номер можно вернуть только в течение суток после отказа от него.',
  too_many_reservations: 'Сначала закажите или отпустите забронированные номера.',
  payment_refused: 'Оплата не прошла.',
  billing_away: 'Счета сейчас недоступны. Повторите позже.',
  supplier_away: 'Поставщик номеров не отвечает. Повторите позже.',

  too_many_attempts: 'Слишком много неудачных попыток. Подождите и повторите.',
  too_fast: 'Слишком много запросов подряд. Подождите секунду.',
  too_often: 'Слишком часто. Подождите и повторите.',
  too_many_reports: 'Ещё готовятся другие отчёты компании. Подождите.',
  too_many_streams: 'Открыто слишком много страниц. Закройте лишние.',
  archives_busy: 'Узел сейчас занят другими выгрузками. Повторите через минуту.',
  conversions_busy: 'Узел сейчас занят другими записями. Повторите через несколько секунд.',
  switch_unavailable: 'Телефония сейчас не отвечает. Повторите через несколько секунд.',
  switch_away: 'Телефония сейчас не отвечает. Повторите через несколько секунд.',
  history_unavailable: 'История сейчас недоступна. Ничего не потеряно, повторите позже.',
  history_away: 'История сейчас недоступна. Ничего не потеряно, повторите позже.',
  media_unavailable: 'Хранилище записей сейчас недоступно. Повторите позже.',
  media_away: 'Хранилище записей сейчас недоступно. Повторите позже.',
  events_away: 'Журнал событий сейчас недоступен. Повторите позже.',
}

/** By code, else by status: what the particulars of the API stand behind. */
const beginnings: Readonly<Record<string, string>> = {
  expectation: 'Тогда не выполнится то, чего вы ждёте от звонков',
  flow_problems: 'В этом сценарии звонящий может потеряться',
  dangling: 'Здесь указано то, чего больше нет',
  in_use: 'Этим ещё пользуются',
  400: 'Так не получится',
  403: 'Это вам не разрешено',
  409: 'Сейчас это невозможно',
  413: 'Слишком много',
  415: 'Файл не того вида',
  422: 'Так не получится',
  423: 'Изменения сейчас запрещены',
  429: 'Слишком часто, подождите',
}

const names: Readonly<Record<string, string>> = {
  name: 'имя', email: 'почта', phone: 'телефон', role: 'роль', password: 'пароль', company: 'компания', title: 'название', number: 'номер', from: 'от кого', code: 'код', pin: 'PIN',
  members: 'участники', country: 'страна', address: 'адрес', username: 'имя для входа', plan: 'тариф', domain: 'домен', hours: 'часы', due_at: 'срок', date: 'дата', caller_id: 'номер, который видят',
  phones: 'телефоны', emails: 'адреса почты', target: 'кому', texting: 'сообщения', user: 'сотрудник', gateways: 'шлюзы', host: 'адрес', port: 'порт', realm: 'область', events: 'события',
}

/** What is wrong with a field, by the code of the rule. */
const rules: Readonly<Record<string, string>> = {
  missing: 'не заполнено', string_too_short: 'слишком коротко', string_too_long: 'слишком длинно', string_pattern_mismatch: 'написано не так, как нужно', too_short: 'слишком мало',
  too_long: 'слишком много', greater_than: 'слишком мало', greater_than_equal: 'слишком мало', less_than: 'слишком много', less_than_equal: 'слишком много', literal_error: 'такого варианта нет',
  enum: 'такого варианта нет', extra_forbidden: 'здесь не бывает', unknown_field: 'здесь не меняется', forbidden: 'менять не вам', int_parsing: 'нужно целое число', int_type: 'нужно целое число',
  int_from_float: 'нужно целое число', float_parsing: 'нужно число', float_type: 'нужно число', bool_parsing: 'нужно да или нет', bool_type: 'нужно да или нет', string_type: 'нужен текст',
  secret_field: 'так не задаётся', dangling: 'такого больше нет', taken: 'уже занято', in_use: 'ещё используется', duplicate_extension: 'уже занято', duplicate_number: 'уже занято',
  invalid_date: 'такого дня нет в календаре', wrong_id: 'другое имя, чем в адресе', no_price: 'в этой валюте цены нет', cannot_ring: 'здесь может звонить только сотрудник или номер',
}

/** What is wrong with a field, by the words of the API. */
const details: readonly (readonly [RegExp, string])[] = [
  [/^must be a text of (\d+) to (\d+) characters$/, 'нужен текст от $1 до $2 знаков'],
  [/^must be a text of (?:at most|up to) (\d+) characters$/, 'не больше $1 знаков'],
  [/^(?:must be|is not) an e-mail address$|^is no address$/, 'это не адрес почты'],
  [/^is needed$|^must be a text$/, 'не заполнено'],
  [/^is not a telephone number$/, 'это не номер телефона'],
  [/^must be (?:a number|numbers) as \+/, 'нужен номер с кодом страны, например +12025550100'],
  [/^is your own number$/, 'это ваш собственный номер'],
  [/^must be one of your numbers that text$/, 'с этого номера сообщений не отправить'],
  [/^must be (?:one )?of /, 'такого варианта нет'],
  [/^must be true or false$/, 'нужно да или нет'],
  [/^must be a time to come$|^is over$/, 'это время уже прошло'],
  [/^must be a time$/, 'нужно время'],
  [/^must be a day as /, 'нужен день, например 2026-12-01'],
  [/^must be a whole number from (\d+) to (\d+)$/, 'нужно целое число от $1 до $2'],
  [/^is taken$/, 'уже занято'],
]

/** A wrong field in words: "«почта»: не заполнено". */
function field({ pointer = '', detail = '', code = '' }: Wrong): string {
  const last = pointer.split('/').findLast((part) => part !== '' && !/^\d+$/.test(part)) ?? ''
  const found = details.find(([shape]) => shape.test(detail))
  const said = rules[code] ?? (found ? detail.replace(found[0], found[1]) : detail)
  return last ? `«${names[last] ?? fieldName(last)}»: ${said}` : said
}

/** A problem in Russian: by its code, else by its fields or its status with what the API says. Pure. */
export function inRussian(status: number, code: string, detail: string, errors: readonly Wrong[] = []): string {
  const whole = sentences[code]
  if (whole) return whole
  const beginning = beginnings[code] ?? beginnings[status] ?? 'Сервер сейчас не может этого сделать, повторите позже'
  const told = errors.filter((one) => one.detail)
  const particulars = ['invalid_field', 'invalid_document', 'unknown_field', 'forbidden_field'].includes(code) && told.length > 0 ? told.slice(0, 3).map(field).join('; ') : detail
  return `${beginning}: ${particulars.replace(/\.$/, '')}.`
}

/** A problem in the language of the page. */
export const problemWords = (status: number, code: string, detail: string, errors?: readonly Wrong[]): string =>
  language === 'ru' ? inRussian(status, code, detail, errors) : detail
