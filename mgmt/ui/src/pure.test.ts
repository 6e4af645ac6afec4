/** What the screens compute before they draw: live calls, words, ladder, flow graph, waveform. */
import { naming } from './parts/Handling'
import { momentOf } from './parts/Notes'
import { talkOf } from './parts/Presence'
import { describe, expect, test } from 'vitest'
import { asking, heard, inOrder, listed } from './api/live'
import { shows, viewAddress } from './api/views'
import type { LiveCall, SipMessage } from './api/types'
import type { FlowDocument } from './flow/types'
import { targetOf, written } from './dialled'
import { edited, opened } from './flow/edit'
import { edges, entry, inOrder as outline, summary } from './flow/graph'
import { beginning, kinds, type FlowSchema } from './flow/schema'
import { clock, grade, midnight, moment, party, phone, secondsAfter, waited } from './format'
import { en } from './i18n/en'
import { ru } from './i18n/ru'
import { runs } from './charts/Spark'
import { compared, ladder } from './ladder'
import { fits } from './screens/LiveCalls'
import { wavePaths } from './parts/Waveform'

const call = (id: string, state: LiveCall['state'] = 'menu', started_at = '2026-11-24T15:00:00Z'): LiveCall => ({
  id, tenant: 'riverside', direction: 'inbound', from: '+12025550100', from_name: null, to: '+12025550123', to_name: null,
  started_at, answered_at: null, mos: null, state, where: 'menu', queue: null, flow: null, steps: [],
})

describe('live calls', () => {
  test('a call that begins is added, one that changes is replaced, one that ends is gone', () => {
    const begun = heard(listed([]), call('a'))
    const changed = heard(begun, call('a', 'talking'))
    expect(inOrder(changed).map(({ id, state }) => [id, state])).toEqual([['a', 'talking']])
    expect(inOrder(heard(changed, call('a', 'ended')))).toEqual([])
  })
  test('an end that comes twice, or without a beginning, changes nothing', () => {
    const calls = listed([call('a')])
    expect(inOrder(heard(calls, call('b', 'ended'))).map(({ id }) => id)).toEqual(['a'])
  })
  test('what ended while the list was on its way does not come back', () => {
    expect(inOrder(listed([call('a'), call('b')], [call('a', 'ended'), call('c')])).map(({ id }) => id).sort()).toEqual(['b', 'c'])
  })
  test('of two lists on their way the later one counts, with all that was heard since it was asked for', () => {
    const asked = asking()
    const first = asked.begin()
    asked.heard(call('a'))
    const second = asked.begin()
    asked.heard(call('b'))
    expect([second(), first()]).toEqual([[call('b')], null])
    asked.heard(call('c'))
    expect(asked.begin()()).toEqual([])
  })
  test('after a reconnection only what is listed lives on', () => {
    expect(inOrder(listed([call('b')])).map(({ id }) => id)).toEqual(['b'])
  })
  test('the newest call is first, and equal times keep one order', () => {
    const calls = listed([call('b'), call('a'), call('c', 'menu', '2026-11-24T15:01:00Z')])
    expect(inOrder(calls).map(({ id }) => id)).toEqual(['c', 'a', 'b'])
  })
})

describe('saved views', () => {
  const view = { screen: '/calls', query: 'outcome=missed&direction=inbound' }
  test('a view is an address', () => {
    expect([viewAddress(view), viewAddress({ screen: '/reports', query: '' })]).toEqual(['/calls?outcome=missed&direction=inbound', '/reports'])
  })
  test.each([
    ['/calls', '?direction=inbound&outcome=missed', true], ['/calls', '?outcome=missed', false], ['/quality', '?outcome=missed&direction=inbound', false],
  ])('%s%s shows it: %s', (screen, query, shown) => {
    expect(shows(view, screen, query)).toBe(shown)
  })
})

describe('where calls go', () => {
  const places = [
    { kind: 'user', id: 'ann', name: 'Ann Baker', extension: '101' } as const,
    { kind: 'mailbox', id: 'desk', name: 'Front desk', extension: null } as const,
  ]
  test.each([
    ['', null], ['101', { kind: 'user', id: 'ann' }], [' ann baker ', { kind: 'user', id: 'ann' }],
    ['Front desk', { kind: 'mailbox', id: 'desk' }], ['+1 (202) 555-0100', { kind: 'number', id: '+12025550100' }],
    ['nobody', undefined], ['999', undefined],
  ])('%s is %o', (text, target) => {
    expect(targetOf(text, places)).toEqual(target)
  })
  test('a target is written as it is read', () => {
    expect([written(null, places), written({ kind: 'user', id: 'ann' }, places), written({ kind: 'number', id: '+1202' }, places)]).toEqual(['', '101', '+1202'])
  })
})

describe('words', () => {
  test.each([[0, '0:00'], [5.9, '0:05'], [75, '1:15'], [3675, '1:01:15'], [-1, '0:00']])('%f seconds are %s', (seconds, text) => {
    expect(clock(seconds)).toBe(text)
  })
  test.each([[0, '0 sec'], [0.004, '0.1 sec'], [12.34, '12.3 sec'], [75, '1:15']])('%f seconds until an answer are %s', (seconds, text) => {
    expect(waited(seconds, 'en')).toBe(text)
  })
  test.each([['America/New_York', /8:00.AM/], ['UTC', /1:00.PM/]])('a moment is told in the zone of the company: %s', (zone, text) => {
    expect(moment('2026-11-26T13:00:00Z', 'en', zone)).toMatch(text)
  })
  test('a North American number is grouped, any other is left alone', () => {
    expect([phone('+12025550123'), phone('+442079460000'), phone('101')]).toEqual(['+1 202 555 0123', '+442079460000', '101'])
  })
  test('a party is its name when there is one', () => {
    expect([party('Ann', '101'), party(null, '101'), party('', '101')]).toEqual(['Ann', '101', '101'])
  })
  test('what was not measured has no grade', () => {
    expect([4.36, 4, 3.5, 2, null].map(grade)).toEqual(['good', 'good', 'fair', 'bad', 'none'])
  })
  test('seconds after the beginning', () => {
    expect(secondsAfter('2026-11-24T15:00:00.000Z', '2026-11-24T15:00:02.500Z')).toBe(2.5)
  })
  test('English and Russian have the same keys, and no empty words', () => {
    expect(Object.keys(ru).sort()).toEqual(Object.keys(en).sort())
    expect([...Object.values(en), ...Object.values(ru)].filter((text) => !text.trim())).toEqual([])
  })
})

describe('ladder', () => {
  const message = (at_us: number, from: string, to: string): SipMessage => ({ at_us, leg: 'l', from, to, summary: 'INVITE', raw: '' })
  test('every address is one column and every message one row, in order', () => {
    const drawn = ladder([message(1000, 'a', 'b'), message(3500, 'b', 'c'), message(9000, 'c', 'b')])
    expect(drawn.columns.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
    expect(drawn.arrows.map(({ at_ms }) => at_ms)).toEqual([0, 2.5, 8])
    expect(drawn.arrows[2]!.x1).toBeGreaterThan(drawn.arrows[2]!.x2)
  })
  test('no messages draw nothing', () => {
    expect(ladder([]).arrows).toEqual([])
  })
})

describe('flow graph', () => {
  const flow: FlowDocument = {
    start: 'menu',
    nodes: {
      menu: { kind: 'menu', keys: { '1': 'desk', '2': 'desk' }, on_timeout: 'desk', on_invalid: 'nowhere' },
      desk: { kind: 'dial', target: { kind: 'group', id: 'front' }, ring_s: 15, next: 'bye' },
      bye: { kind: 'hangup' },
    },
  }
  test('ways between the same two nodes are one edge with all its reasons, a way to nowhere is none', () => {
    expect(edges(flow)).toEqual([
      { from: entry, to: 'menu', label: '' },
      { from: 'menu', to: 'desk', label: '1, 2, no key' },
      { from: 'desk', to: 'bye', label: '' },
    ])
  })
  test('a node says what it does', () => {
    expect([summary(flow.nodes.menu!), summary(flow.nodes.desk!)]).toEqual(['keys 1 2', 'group front, 15 s'])
  })
})

test('the waveform splits where the recording is played to', () => {
  const [before, after] = wavePaths([[-1, 1, 0, 0, 0, 0, 0, 0]], 0.5)
  expect([before.split('M').length - 1, after.split('M').length - 1]).toEqual([2, 2])
})

describe('drawing a flow', () => {
  const document: FlowDocument = {
    start: 'hello', fallback: 'bye',
    nodes: {
      hello: { kind: 'play', prompts: ['sound:welcome'], next: 'menu' },
      menu: { kind: 'menu', prompts: ['say:press 1'], keys: { 1: 'bye' }, on_timeout: 'bye' },
      bye: { kind: 'hangup' },
    },
  }
  test('a new step behind another takes over where that one led', () => {
    const now = edited(opened(document), { type: 'add', kind: 'say', after: 'hello', fields: { text: 'Hi', next: 'bye' } })
    expect(now.document.nodes.hello?.next).toBe('say-1')
    expect(now.document.nodes['say-1']).toEqual({ kind: 'say', text: 'Hi', next: 'menu' })
  })
  test('a step that goes is bridged, and every edge to it is cut where it led nowhere', () => {
    const without = edited(opened(document), { type: 'remove', id: 'hello' }).document
    expect(without.start).toBe('menu')
    const cut = edited(opened(document), { type: 'remove', id: 'bye' }).document
    expect(cut).toEqual({ start: 'hello', nodes: { hello: document.nodes.hello, menu: { kind: 'menu', prompts: ['say:press 1'], keys: {} } } })
  })
  test('a new name is the name everywhere', () => {
    const now = edited(opened(document), { type: 'rename', id: 'bye', to: 'end' }).document
    expect([now.fallback, now.nodes.menu?.on_timeout, now.nodes.menu?.keys]).toEqual(['end', 'end', { 1: 'end' }])
    expect(edited(opened(document), { type: 'rename', id: 'bye', to: 'menu' }).document).toBe(document)
  })
  test('what was changed can be undone and done again', () => {
    const changed = edited(opened(document), { type: 'field', id: 'hello', name: 'label', value: 'Hello' })
    const undone = edited(changed, { type: 'undo' })
    expect(undone.document).toEqual(document)
    expect(edited(undone, { type: 'redo' }).document).toEqual(changed.document)
    expect(edited(opened(document), { type: 'undo' }).document).toBe(document)
  })
  test('the outline is in the order in which a caller meets the steps', () => {
    expect(outline({ ...document, nodes: { lost: { kind: 'hangup' }, ...document.nodes } })).toEqual(['hello', 'bye', 'menu', 'lost'])
  })
  test('a kind begins with what it needs', () => {
    const schema = {
      properties: { nodes: { additionalProperties: { oneOf: [{ $ref: '#/$defs/PlayNode' }] } } },
      $defs: {
        PlayNode: {
          title: 'Play', 'x-group': 'speak', required: ['prompts', 'next'],
          properties: { kind: { const: 'play' }, prompts: { type: 'array', items: { type: 'string', 'x-form': 'prompt' } }, next: { type: 'string', 'x-form': 'node' } },
        },
      },
    } as unknown as FlowSchema
    const [play] = kinds(schema)
    expect([play?.kind, play?.title]).toEqual(['play', 'Play'])
    expect(beginning(play?.schema ?? {}, schema.$defs, 'end')).toEqual({ prompts: ['say:…'], next: 'end' })
  })
})

describe('two messages', () => {
  test('lines of both stay, the others are gone or new', () => {
    const lines = compared('INVITE sip:a\r\nVia: one\r\nCSeq: 1', 'INVITE sip:a\r\nCSeq: 2\r\nVia: one')
    expect(lines.map(({ look, text }) => `${look} ${text}`)).toEqual(['same INVITE sip:a', 'new CSeq: 2', 'same Via: one', 'gone CSeq: 1'])
  })
  test('the same message has no differences', () => {
    expect(compared('a\nb', 'a\nb').every(({ look }) => look === 'same')).toBe(true)
  })
})

describe('searching live calls', () => {
  test.each([['', true], ['202555 menu', true], ['inbound', true], ['nobody', false]])('"%s": %s', (text, found) => {
    expect(fits(call('a'), text)).toBe(found)
  })
})

describe('words', () => {
  test('no word is said in two files: the later one would take the place of the other', () => {
    const files = import.meta.glob<Record<string, { en?: Record<string, string> }>>('./i18n/*.ts', { eager: true })
    const parts = Object.values(files).flatMap((file) => Object.values(file)).flatMap((one) => (one.en ? Object.keys(one.en) : []))
    const spread = new Set(parts)
    expect(parts.filter((word, at) => parts.indexOf(word) !== at)).toEqual([])
    const own = Object.values(import.meta.glob<string>('./i18n/en.ts', { eager: true, query: '?raw', import: 'default' }))
      .flatMap((text) => [...text.matchAll(/^ {2}'?([\w-]+)'?: /gm)].map(([, word]) => word!))
    expect(own.length).toBeGreaterThan(100)
    expect(own.filter((word) => spread.has(word))).toEqual([])
  })
})

describe('plots', () => {
  test('a line has a gap where nobody measured', () => {
    expect(runs([null, 1, 2, null, null, 3])).toEqual([[{ value: 1, at: 1 }, { value: 2, at: 2 }], [{ value: 3, at: 5 }]])
    expect(runs([null])).toEqual([])
  })
  test('a day begins at midnight of its zone', () => {
    expect(midnight('America/New_York', Date.parse('2026-11-24T03:00:05Z')).toISOString()).toBe('2026-11-23T05:00:00.000Z')
    expect(midnight('UTC', Date.parse('2026-11-24T00:00:00Z')).toISOString()).toBe('2026-11-24T00:00:00.000Z')
  })
})

describe('a colleague named in a note', () => {
  test.each([['see @be', 'be'], ['@', ''], ['@Ben', 'ben'], ['ben@example', null], ['@ben done', null], ['', null]])('is begun in %j by %j', (note, begun) =>
    expect(naming(note)).toBe(begun))
})

describe('a note of a recording', () => {
  test('is of the moment it begins with, or of none', () => {
    expect(momentOf('1:23 the address')).toEqual({ at_s: 83, rest: 'the address' })
    expect(momentOf('1:00:05 late')).toEqual({ at_s: 3605, rest: 'late' })
    expect(momentOf('call back at 1:23 pm')).toBeNull()
  })
})

describe('presence', () => {
  test('is the call in which somebody talks, not the one that rings', () => {
    const call = (state: string, from: string, to: string) => ({ state, from, to }) as LiveCall
    expect(talkOf([call('ringing', '101', '102'), call('talking', '+12025550100', '103')], '101')).toBeUndefined()
    expect(talkOf([call('talking', '+12025550100', '101')], '101')?.to).toBe('101')
  })
})
