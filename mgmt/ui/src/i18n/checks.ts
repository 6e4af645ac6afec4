/** What would let a caller down in a flow, in Russian; in English it is said as the node says it. */
import { language } from '.'
import { fieldName } from './steps'

const kinds: Readonly<Record<string, string>> = {
  contacts: 'списка контактов', flow: 'сценария', group: 'группы', mailbox: 'голосового ящика', prompt: 'фразы', queue: 'очереди', room: 'комнаты', schedule: 'расписания', user: 'сотрудника',
  webhook: 'вебхука',
}

const edge = (name: string): string => name.replace(/^key /, 'клавиша ').replace(/^case /, 'случай ').replace(/^[a-z_]+$/, fieldName)

/** By code: the words of the node, and ours with what they name. */
const texts: Readonly<Record<string, readonly [RegExp, (...named: string[]) => string]>> = {
  'flow.start_missing': [/'(.*)'/, (step) => `начального шага «${step}» нет`],
  'flow.fallback_missing': [/'(.*)'/, (step) => `запасного шага «${step}» нет`],
  'flow.fax_missing': [/'(.*)'/, (step) => `шага для факсов «${step}» нет`],
  'edge.dangling': [/^(.*) leads to '(.*)',/, (by, step) => `«${edge(by)}» ведёт к шагу «${step}», которого нет`],
  'edge.needs_caller': [/ leads to '(.*)',/, (step) => `«если положили трубку» ведёт к шагу «${step}», а ему нужен звонящий на линии`],
  'reference.unknown': [/^there is no (\S+) '(.*)'/, (kind, id) => `нет ${kinds[kind] ?? kind} «${id}»`],
  'node.unreachable': [/^/, () => 'сюда не попадёт ни один звонящий'],
  'flow.loop': [/^/, () => 'звонок возвращается сюда по кругу, и никто ничего не сделал'],
  'flow.silence': [/for (\S+) s/, (seconds) => `звонящий ${seconds} с ничего не слышит: дайте ему что-нибудь услышать`],
  'node.dead_end': [/^(.*) is not drawn/, (by) => `«${edge(by)}» никуда не ведёт: звонок оборвётся без единого слова`],
  'node.not_drawn': [/^/, () => 'такие шаги создаёт только сам коммутатор'],
  'node.malformed': [/^([a-z_]+)[\d.a-z_]*: /, (field) => `поле «${fieldName(field)}» заполнено не так, как нужно`],
}

/** A problem of a flow in Russian; what nobody translated stays as it is. Pure. */
export function checkInRussian(code: string, text: string): string {
  const [shape, said] = texts[code] ?? []
  const found = shape?.exec(text)
  return said && found ? said(...found.slice(1)) : text
}

/** A problem of a flow in the language of the page. */
export const checkWords = ({ code, text }: { code: string; text: string }): string => (language === 'ru' ? checkInRussian(code, text) : text)
