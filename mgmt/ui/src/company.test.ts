import { describe, expect, it, vi } from 'vitest'
import { api } from './api/client'
import { agentsOf, type Queue, type QueueDetail } from './api/queues'
import { placed, ticksOf } from './charts/Bars'
import { byWeekday, share, sum, type Kpi } from './charts/kpi'
import { numberFields, sent } from './config/fields'
import { american, dateIn, forcedOf, momentOf, nextTurns, russian, withMore, type Hours } from './config/hours'
import { idOf, inTurn, newest, withSaved, type Stored } from './config/objects'
import { differences } from './flow/differs'
import { hereNow } from './flow/here'
import type { LiveCall } from './api/types'
import { fieldName, inWords, isLine, lineName } from './i18n/steps'
import { led, neighbour, waysOut } from './flow/ways'
import { goes } from './screens/Wall'

const office: Hours = {
  weekly: { thu: [{ start: '09:00', end: '12:00' }, { start: '13:00', end: '18:00' }], fri: [{ start: '09:00', end: '18:00' }] },
  holidays: [{ date: '2026-11-27', name: 'Inventory' }],
}

describe('opening hours', () => {
  const now = new Date('2026-11-26T15:30:00Z')
  it('say what comes next, with the name of a holiday', () =>
    expect(nextTurns(office, 'America/New_York', now, 4).map(({ at, open, why }) => [at.toISOString().slice(0, 16), open, why])).toEqual([
      ['2026-11-26T17:00', false, ''], ['2026-11-26T18:00', true, ''], ['2026-11-26T23:00', false, ''], ['2026-11-27T14:00', false, 'Inventory'],
    ]))
  it('are by hand only as long as that holds', () => {
    const until = '2026-11-26T18:00:00Z'
    expect(forcedOf({ forced: { open: false, until } }, now)).toEqual({ open: false, until })
    expect(forcedOf({ forced: { open: false, until } }, new Date(until))).toBeNull()
    expect(forcedOf({ forced: null }, now)).toBeNull()
  })
  it('know no turn where it is always open', () => {
    const always = [{ start: '00:00', end: '24:00' }]
    expect(nextTurns({ weekly: { mon: always, tue: always, wed: always, thu: always, fri: always, sat: always, sun: always }, holidays: [] }, 'UTC', now, 3)).toEqual([])
  })
  it('follow the clocks of the zone over the change of time', () => {
    expect(momentOf('2026-11-01', '00:30', 'America/New_York').toISOString()).toBe('2026-11-01T04:30:00.000Z')
    expect(momentOf('2026-11-01', '09:00', 'America/New_York').toISOString()).toBe('2026-11-01T14:00:00.000Z')
    expect(dateIn(new Date('2026-11-26T23:30:00Z'), 'Asia/Tokyo')).toBe('2026-11-27')
  })
  it('have the holidays of two countries', () => {
    expect(american(2026).map(({ date }) => date)).toEqual([
      '2026-01-01', '2026-01-19', '2026-02-16', '2026-05-25', '2026-06-19', '2026-07-04', '2026-09-07', '2026-10-12', '2026-11-11', '2026-11-26', '2026-12-25',
    ])
    expect(russian(2026)).toHaveLength(14)
    expect(withMore([{ date: '2026-12-25', name: 'Ours' }], american(2026)).at(-1)).toEqual({ date: '2026-12-25', name: 'Ours' })
  })
})

describe('forms', () => {
  it('make ids of names, each once', () => {
    expect(idOf('Front desk', [])).toBe('front-desk')
    expect(idOf('Front desk!', ['front-desk', 'front-desk-2'])).toBe('front-desk-3')
    expect(idOf('Отдел', [])).toBe('new')
  })
  it('send nothing for what was emptied, but a label stays a text', () => expect(sent({ extension: '', label: '', name: 'x', n: 0 }, numberFields)).toEqual({ extension: null, label: '', name: 'x', n: 0 }))
})

const free = { free: 1, ringing: 0, busy: 0, paused: 0, wrap_up: 0, rest: 0 }
const queue: Queue = { id: 'q', name: 'Q', waiting: 0, promised_waiting: 0, longest_wait_s: null, sla_s: 20, sla_percent: null, answered: 0, abandoned: 0, agents: free }

describe('a queue on the wall', () => {
  it.each([
    [{}, 'good'],
    [{ waiting: 1, longest_wait_s: 21 }, 'fair'],
    [{ sla_percent: 79 }, 'fair'],
    [{ waiting: 1, longest_wait_s: 61 }, 'bad'],
    [{ agents: { ...free, free: 0 } }, 'away'],
    [{ waiting: 1, agents: { ...free, free: 0, paused: 2 } }, 'bad'],
  ])('%j goes %s', (part, look) => expect(goes({ ...queue, ...part })).toBe(look))
})

it('an agent of two queues is one, in the state of the one where they work', () => {
  const person = { user: 'ann', name: 'Ann', state: 'out', reason: null, since_s: null, calls: 1 }
  const details: QueueDetail[] = [{ ...queue, name: 'A', people: [person], places: [] }, { ...queue, name: 'B', people: [{ ...person, state: 'free', calls: 2 }], places: [] }]
  expect(agentsOf(details)).toEqual([{ ...person, state: 'free', calls: 3, queues: ['A', 'B'] }])
})

it('reports add up, by weekday and hour of the zone', () => {
  const row = { start_at: '2026-11-26T02:00:00Z', end_at: '', calls: 3, answered: 2 } as Kpi
  expect([sum([row, row], 'calls'), share(2, 3), share(0, 0)]).toEqual([6, 67, null])
  expect(byWeekday([row], 'America/New_York')[2]![21]).toBe(3)
})

describe('drawing a line in a flow', () => {
  const edge = { type: 'string', 'x-form': 'node' }
  const menu = {
    kind: 'menu', title: '', group: '', about: '',
    schema: { properties: { keys: { type: 'object', additionalProperties: edge }, on_timeout: { anyOf: [edge, { type: 'null' }] }, text: { type: 'string' } } },
  }
  const node = { kind: 'menu', keys: { 1: 'sales' }, on_timeout: 'bye' }
  it('offers every way out, those that lead nowhere first', () => {
    const ways = waysOut(menu, node, {})
    expect(ways).toHaveLength(13)
    expect(ways.slice(-2).map(({ label, leads }) => [label, leads])).toEqual([['1', 'sales'], ['no key', 'bye']])
    expect(ways[0]).toEqual({ name: 'keys', key: '2', label: '2', leads: null })
  })
  it('changes that way alone', () => {
    const [first, ...others] = waysOut(menu, node, {})
    expect(led(node, first!, 'bye')).toEqual(['keys', { 1: 'sales', 2: 'bye' }])
    expect(led(node, others.at(-1)!, 'sales')).toEqual(['on_timeout', 'sales'])
  })
  it('arrows go to the nearest step that way', () => {
    const places = [['a', 0, 0], ['b', 0, 100], ['c', 200, 100], ['d', 0, 200]].map(([id, x, y]) => ({ id: String(id), position: { x: Number(x), y: Number(y) } }))
    expect(['ArrowDown', 'ArrowRight', 'ArrowUp'].map((key) => neighbour(places, 'b', key))).toEqual(['d', 'c', 'a'])
    expect([neighbour(places, 'a', 'ArrowUp'), neighbour(places, '', 'ArrowUp')]).toEqual([null, 'a'])
  })
})

describe('an object that is changed twice in a row', () => {
  const hours = (version: number, name = 'Office'): Stored => ({ id: 'office', version, document: { id: 'office', name } })
  it('has at the second time the version that the first one made, though its list was not read again', () => {
    const page = withSaved({ data: [hours(7)], next_cursor: null }, hours(9, 'Shop'))
    expect(newest(hours(7), page.data.find(({ id }) => id === 'office'))).toEqual(hours(9, 'Shop'))
    expect(newest(hours(9), hours(7))).toEqual(hours(9))
    expect(newest(hours(9), undefined)).toEqual(hours(9))
  })
  it('is in the list as soon as it was made, without the password that is shown once', () => {
    const made = { ...hours(3), password: 'secret' }
    expect(withSaved({ data: [], next_cursor: null }, made).data).toEqual([hours(3)])
    expect(withSaved(undefined, made)).toBeUndefined()
  })
  it('waits for what is being done to it, also when that fails, and for nothing else', async () => {
    const done: string[] = []
    let end: (why: Error) => void = () => undefined
    const first = inTurn('a', () => new Promise((_, no) => { end = no }))
    const second = inTurn('a', async () => { done.push('second') })
    await inTurn('b', async () => { done.push('other') })
    expect(done).toEqual(['other'])
    end(new Error('refused'))
    await expect(first).rejects.toThrow('refused')
    await second
    expect(done).toEqual(['other', 'second'])
  })
})

describe('a request that nobody answers', () => {
  it('is given up, so that what waits for it goes on', async () => {
    vi.stubGlobal('localStorage', { getItem: () => null })
    vi.stubGlobal('sessionStorage', { getItem: () => null, setItem: () => undefined })
    vi.stubGlobal('fetch', (_: string, { signal }: RequestInit) =>
      new Promise((_, no) => { signal?.addEventListener('abort', () => no(signal.reason as Error)) }))
    const over = new AbortController()
    vi.spyOn(AbortSignal, 'timeout').mockReturnValue(over.signal)
    const first = inTurn('c', () => api('config/schedule/office', 'PUT', {}))
    const second = inTurn('c', async () => 'second')
    setTimeout(() => over.abort(), 0)
    await expect(first).rejects.toThrow('cannot be reached')
    expect(await second).toBe('second')
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
  })
})

describe('who is where in a flow', () => {
  const at = (...nodes: (string | null)[]) => ({ flow: 'main', steps: nodes.map((node) => ({ node })) }) as LiveCall
  it('is the last step that each call came to, of this flow', () =>
    expect(hereNow([at('open', 'menu', null), at('open', 'menu'), at('open'), at('other'), at()], 'main', { open: {}, menu: {} })).toEqual({ menu: 2, open: 1 }))
  it('is nobody who is in another flow with steps of the same names, and may be whose flow is not known', () =>
    expect(hereNow([at('menu'), { ...at('menu'), flow: 'night' }, { ...at('menu'), flow: null }], 'main', { menu: {} })).toEqual({ menu: 2 }))
})

describe('the words of a flow', () => {
  it('say units as people write them', () => expect(['timeout_s', 'on_no_answer', 'seconds_max', 'keys'].map(inWords)).toEqual(['timeout (s)', 'on no answer', 'seconds max', 'keys']))
  it('are short at a line, and those of the field where there is none', () =>
    expect([lineName('on_timeout'), lineName('on_odd_day'), isLine('on_odd_day'), isLine('open'), isLine('tries'), fieldName('ring_s')]).toEqual(['no key', 'on odd day', true, true, false, 'ring (s)']))
})

describe('what a drawing changes of a flow', () => {
  const live = { start: 'menu', fax: 'box', nodes: { menu: { kind: 'menu', next: 'box' }, box: { kind: 'mailbox' }, bye: { kind: 'hangup' } } }
  it('are steps that came, went and are different, and where callers begin', () =>
    expect(differences(live, { start: 'hello', nodes: { hello: { kind: 'play' }, menu: { kind: 'menu', next: 'hello' }, box: { kind: 'mailbox' } } }))
      .toEqual({ added: ['hello'], changed: ['menu'], removed: ['bye'], begins: ['start', 'fax'] }))
  it('is nothing while nobody has drawn', () => expect(differences(live, live)).toEqual({ added: [], changed: [], removed: [], begins: [] }))
})

it('a plot of columns has whole numbers at its lines, none twice', () => {
  expect([1, 2, 3, 8].map(ticksOf)).toEqual([[0, 1], [0, 1, 2], [0, 1, 3], [0, 4, 8]])
})

it('the names below a plot do not go over its edges', () => {
  expect([placed(14), placed(360), placed(706)]).toEqual([{ x: 0, textAnchor: 'start' }, { x: 360, textAnchor: 'middle' }, { x: 720, textAnchor: 'end' }])
})
