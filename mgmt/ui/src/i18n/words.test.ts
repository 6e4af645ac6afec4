/** Words that stand in Russian only: each kind of step, problems of a flow, problems of the API. */
import { describe, expect, it } from 'vitest'
import { abouts } from './abouts'
import { checkInRussian } from './checks'
import { inRussian } from './problems'
import { kinds } from './steps'
import { titleInRussian } from './titles'

describe('the kinds of steps', () => {
  it('have a name and a sentence each', () => expect(Object.keys(abouts).sort()).toEqual(Object.keys(kinds).sort()))
})

describe('a problem of a flow in Russian', () => {
  it.each([
    ['edge.dangling', "key 1 leads to 'gone', which does not exist", '«клавиша 1» ведёт к шагу «gone», которого нет'],
    ['reference.unknown', "there is no mailbox 'front'", 'нет голосового ящика «front»'],
    ['node.unreachable', 'no caller can come here', 'сюда не попадёт ни один звонящий'],
    ['flow.silence', 'the caller hears nothing for 12.5 s: let them hear something', 'звонящий 12.5 с ничего не слышит: дайте ему что-нибудь услышать'],
    ['flow.newer', 'something that nobody translated', 'something that nobody translated'],
    ['edge.dangling', 'in other words', 'in other words'],
  ])('%s', (code, text, expected) => expect(checkInRussian(code, text)).toBe(expected))
})

describe('a problem of the API in Russian', () => {
  it('is a sentence of its own where its code is known', () =>
    expect(inRussian(412, 'version_conflict', 'user ann is at version 7, not 6: somebody changed it.')).toContain('кто-то уже сохранил свои изменения'))
  it('names the fields that are wrong', () =>
    expect(inRussian(422, 'invalid_field', 'email must be an e-mail address.', [{ pointer: '/email', detail: 'must be an e-mail address', code: 'invalid' }]))
      .toBe('Так не получится: «почта»: это не адрес почты.'))
  it('says the rule of a field, and how long a text may be', () =>
    expect(inRussian(422, 'invalid_document', 'This is not a valid group.', [
      { pointer: '/members/0/name', detail: 'Field required', code: 'missing' }, { pointer: '/title', detail: 'must be a text of 1 to 64 characters', code: 'invalid' },
    ])).toBe('Так не получится: «имя»: не заполнено; «название»: нужен текст от 1 до 64 знаков.'))
  it.each([
    [429, 'too_many_codes', 'Too many telephones are signed in at the moment. Try again soon.'], [409, 'damaged', 'This was changed on its disk since it was kept: tell the operator.'],
    [409, 'tenant_exists', 'There is a tenant of this name already.'], [409, 'too_many_drafts', 'There are 100 drawings already.'],
  ])('is whole: %i %s', (status, code, detail) => expect(inRussian(status, code, detail)).not.toMatch(/[a-z]{3}/i))
  it('keeps what the API says where nobody translated it', () => {
    expect(inRussian(409, 'cannot_be_done', 'the call is over')).toBe('Сейчас это невозможно: the call is over.')
    expect(inRussian(502, 'error', '502 Bad Gateway')).toBe('Сервер сейчас не может этого сделать, повторите позже: 502 Bad Gateway.')
  })
})

describe('a title of the inbox in Russian', () => {
  it.each([
    ['missed_call', 'Missed call from Maria Lopez', 'Пропущенный звонок: Maria Lopez'],
    ['missed_call', 'Missed call from +12025550100: gave up after 41 s in queue sales', 'Пропущенный звонок: +12025550100, отбой через 41 с ожидания в очереди sales'],
    ['voicemail', 'Voicemail from nobody', 'Голосовое сообщение без номера'],
    ['call', 'Call from Ann to Ben, not answered', 'Звонок: Ann → Ben, без ответа'],
    ['call', 'Call from Hotel to go, answered by Ben', 'Звонок: Hotel to go, ответ: Ben'],
    ['callback', 'Maria (sales) cannot be called back: no trunk', 'Maria (sales): перезвонить нельзя: no trunk'],
    ['email', 'Missed call from my mother', 'Missed call from my mother'],
  ] as const)('%s: %s', (kind, title, expected) => expect(titleInRussian({ kind, title })).toBe(expected))
})
