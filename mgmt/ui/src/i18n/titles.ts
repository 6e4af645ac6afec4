/** Titles of the inbox that the node itself wrote, in Russian; those of people, mails and tasks are their own words. */
import { language } from '.'
import type { Activity } from '../api/activity'

type Titled = Pick<Activity, 'kind' | 'title'>
type Shape = readonly [RegExp, string]

const wanted: readonly Shape[] = [
  [/^(.*) wants to be called \((.*)\)$/, '$1: просит перезвонить ($2)'],
  [/^(.*) wrote on the web site \((.*)\)$/, '$1: пишет с сайта ($2)'],
  [/^(.*) was called back but not reached$/, '$1: перезвонили, но не дозвонились'],
  [/^(.*) may not have been called back: .*$/, '$1: могли не перезвонить, узел перезапускался'],
  [/^(.*) was called back$/, '$1: перезвонили'],
  [/^(.*) need not be called back$/, '$1: перезванивать не нужно'],
  [/^(.*) cannot be called back: (.*)$/, '$1: перезвонить нельзя: $2'],
]

const shapes: Readonly<Partial<Record<Activity['kind'], readonly Shape[]>>> = {
  call: [
    [/^Call from (.*), answered by (.*)$/, 'Звонок: $1, ответ: $2'],
    [/^Call from (.*) to (.*), not answered$/, 'Звонок: $1 → $2, без ответа'],
    [/^Call from (.*) to (.*)$/, 'Звонок: $1 → $2'],
    [/^Call from (.*)$/, 'Звонок: $1'],
  ],
  missed_call: [
    [/^Missed call from (.*): gave up after (\d+) s in queue (.*)$/, 'Пропущенный звонок: $1, отбой через $2 с ожидания в очереди $3'],
    [/^Missed call from (.*): was not answered after (\d+) s in queue (.*)$/, 'Пропущенный звонок: $1, без ответа за $2 с в очереди $3'],
    [/^Missed call from (.*)$/, 'Пропущенный звонок: $1'],
  ],
  voicemail: [[/^Voicemail from nobody$/, 'Голосовое сообщение без номера'], [/^Voicemail from (.*)$/, 'Голосовое сообщение: $1']],
  message: [[/^Text message from (.*) to (.*) reached no phone$/, 'Сообщение не дошло ни до одного телефона: $1 → $2']],
  emergency: [
    [/^Emergency call (.*) by (.*), call back (.*?): no address known$/, 'Экстренный вызов $1: $2, перезвонить на $3, адрес неизвестен'],
    [/^Emergency call (.*) by (.*), call back (.*?): (.*)$/, 'Экстренный вызов $1: $2, перезвонить на $3, адрес: $4'],
  ],
  callback: wanted,
  web_request: wanted,
  task: [[/^Calls will not go as expected on (\S+ \S+): (.*)$/, 'Звонки пойдут не так, как ожидается, $1: $2']],
}

/** A title in Russian; one that nobody translated stays as it is. Pure. */
export function titleInRussian({ kind, title }: Titled): string {
  const [shape, said] = shapes[kind]?.find(([one]) => one.test(title)) ?? []
  return shape && said ? title.replace(shape, said) : title
}

/** An activity with its title in the language of the page. */
export const titled = <T extends Titled>(activity: T): T => (language === 'ru' ? { ...activity, title: titleInRussian(activity) } : activity)
