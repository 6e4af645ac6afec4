/** Media beside the signalling of a call, and figures that screens make of what the API says. */
import { describe, expect, test } from 'vitest'
import { whole } from './api/billing'
import { secondsUntil } from './api/feed'
import { mediaPorts } from './api/node'
import type { Leg, QualityWindow, SipMessage, Step } from './api/types'
import { lasted } from './format'
import { ladder, mediaOf } from './ladder'
import { isHere } from './parts/PhoneCode'
import { later } from './parts/Presence'

describe('media in the ladder', () => {
  const start = Date.parse('2026-11-24T15:00:00Z')
  const at = (s: number) => new Date(start + 1000 * s).toISOString()
  const leg = (id: string, role: Leg['role']): Leg => ({
    id, role, party: '101', remote: 'r', codec: 'PCMU', answered_at: null, ended_at: at(17),
    quality: { rx: { packets: 850, lost: 4, jitter_ms: 3, mos: 4.1 }, tx: { packets: 849, lost: 0, jitter_ms: 1, mos: null } },
  })
  const window = (s: number, more: Partial<QualityWindow> = {}): QualityWindow => ({
    leg: 'in', at: at(s), seconds: 5, direction: 'rx', packets: 250, lost: 0, late: 0, jitter_ms: 2, mos: 4.4, reason: null, ...more,
  })
  const key = (code: string, s: number): Step => ({ at: at(s), code, text: 'Key 3 pressed', node: null })
  test('begins with the first window, has the bad ones, and ends with the whole stream, past the last window', () => {
    const found = mediaOf([leg('in', 'caller')], [window(5), window(10, { lost: 3, mos: 3.9, jitter_ms: 9 }), window(15)], [])
    expect(found.map(({ kind, at_us }) => [kind, at_us / 1e6 - start / 1000])).toEqual([['begin', 0], ['window', 10], ['sum', 17]])
    expect(found[2]).toMatchObject({ packets: 850, lost: 4, jitter_ms: 3, mos: 4.1, out: false })
  })
  test('has the round trips that RTCP told, once for a leg, and the keys that were heard', () => {
    const both = [window(5, { rtt_ms: 20 }), window(10, { rtt_ms: 31 }), window(10, { direction: 'tx', rtt_ms: 31 })]
    const found = mediaOf([leg('in', 'caller')], both, [key('menu.key', 6), key('menu', 3), key('desk.pin', 7)])
    expect(found.filter(({ kind }) => kind === 'rtcp').map(({ rtt_ms }) => rtt_ms)).toEqual([[20, 31]])
    expect(found.filter(({ kind }) => kind === 'keys').map(({ text }) => text)).toEqual(['Key 3 pressed'])
  })
  test('of a leg without packets or a score says nothing that was not measured', () => {
    expect(mediaOf([leg('in', 'caller')], [window(5, { packets: 0 })], [])).toEqual([])
    expect(mediaOf([leg('in', 'caller')], [window(5, { direction: 'tx' })], []).at(-1)).toMatchObject({ kind: 'sum', mos: null })
  })
  test('is drawn between the ends of its leg, in its time', () => {
    const messages: SipMessage[] = [
      { at_us: start * 1000, leg: 'in', from: 'far', to: 'us', summary: 'INVITE', raw: '' }, { at_us: start * 1000 + 20e6, leg: 'in', from: 'far', to: 'us', summary: 'BYE', raw: '' },
      { at_us: start * 1000 + 1e6, leg: 'out', from: 'us', to: 'phone', summary: 'INVITE', raw: '' },
    ]
    const legs = [leg('in', 'caller'), leg('out', 'callee')]
    const { arrows, columns } = ladder(messages, mediaOf(legs, [window(5, { direction: 'tx' }), window(5, { leg: 'out' }), window(5, { leg: 'gone' })], []), legs)
    const name = (x: number) => columns.find((one) => one.x === x)?.name
    expect(arrows.map(({ message, medium, x1, x2 }) => [message?.summary ?? medium?.kind, name(x1), name(x2)])).toEqual([
      ['INVITE', 'far', 'us'], ['begin', 'us', 'far'], ['begin', 'phone', 'us'], ['INVITE', 'us', 'phone'], ['sum', 'us', 'far'], ['sum', 'phone', 'us'], ['BYE', 'far', 'us'],
    ])
  })
})

describe('what the pages of a company say', () => {
  test('the later of two moments counts, where there are any', () => {
    expect(later('2026-11-24T15:00:00Z', '2026-11-24T15:00:01.5Z')).toBe('2026-11-24T15:00:01.5Z')
    expect([later(null, '2026-11-24T15:00:00Z'), later(undefined, null)]).toEqual(['2026-11-24T15:00:00Z', undefined])
  })
  test('how long something lasts is seconds, then hours, then days', () => {
    const words = { hours: 'h', days: 'd' }
    expect([59, 75, 3600, 86_340, 86_400, 200_000].map((s) => lasted(s, words))).toEqual(['0:59', '1:15', '1:00 h', '23:59 h', '1 d', '2 d'])
  })
  test('the countdown never says zero', () => {
    expect([3000, 2001, 2000, 1, 0, -500].map((left) => secondsUntil(10_000 + left, 10_000))).toEqual([3, 3, 2, 1, 1, 1])
  })
  test('what a number costs is its calls and its rent, by currency', () => {
    const usd = (cents: number) => ({ currency: 'USD', cents })
    expect(whole({ costs: [usd(30), { currency: 'EUR', cents: 5 }], rent: usd(200) })).toEqual([usd(230), { currency: 'EUR', cents: 5 }])
    expect(whole({ costs: [], rent: null })).toEqual([])
  })
  test('ports are those of all workers that have said so', () => {
    const worker = (ports?: { used: number; pairs: number }) => ({ name: 'm', ready: true, legs: 0, busy_percent: 0, ports })
    expect(mediaPorts([worker({ used: 3, pairs: 100 }), worker(), worker({ used: 1, pairs: 100 })])).toEqual({ used: 4, pairs: 200 })
    expect(mediaPorts([worker()])).toBeNull()
  })
  test('a telephone elsewhere does not find this machine by its own name for itself', () => {
    expect(['localhost', '127.0.0.1', '[::1]', '192.0.2.1', 'pbx.example.net'].map(isHere)).toEqual([true, true, true, false, false])
  })
})
