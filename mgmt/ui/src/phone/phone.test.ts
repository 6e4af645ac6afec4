import { describe, expect, it } from 'vitest'
import { ordersAfter } from './CallCard'
import type { LiveCall } from '../api/types'
import { comes } from './CallCard'
import { causeOf, refusalOf } from './causes'
import { between, mos, ofRating, type Counted } from './emodel'
import { shown, told } from './shown'
import { loudness } from './sound'
import { base64url, contactOf, instanceOf } from './waking'

const still: Counted = { samples: 48_000, concealed: 0, packets: 50, lost: 0, jitter_ms: 2, round_trip_ms: 20 }

describe('quality of a call', () => {
  it('is good where nothing is lost, and worse with every part that is made up', () => {
    const heard = [0, 480, 2_400, 9_600, 48_000].map((concealed) => mos({ ...still, concealed })!)
    expect(heard[0]).toBeGreaterThan(4.2)
    expect([...heard].sort((a, b) => b - a)).toEqual(heard)
    expect(heard.at(-1)).toBeLessThan(1.5)
  })
  it('falls with delay, faster beyond 177 ms (G.107)', () => {
    const [near, far, moon] = [20, 300, 900].map((round_trip_ms) => mos({ ...still, round_trip_ms })!)
    expect(near! - far!).toBeLessThan(far! - moon!)
  })
  it('is not guessed where nothing came', () => expect(mos({ ...still, samples: 0, packets: 0 })).toBeNull())
  it('has the ends of G.107 Annex B', () => expect([ofRating(-5), ofRating(100), ofRating(93.2)].map((one) => one.toFixed(1))).toEqual(['1.0', '4.5', '4.4']))
  it('is that of the time between two readings', () =>
    expect(between(still, { ...still, samples: 96_000, concealed: 10, packets: 99 })).toEqual({ ...still, concealed: 10, packets: 49 }))
})

describe('the level of a microphone', () => {
  it.each([[0, 0], [0.001, 0], [1, 1], [0.0316, 0.5]])('%f of full scale is shown as %f', (size, shown) =>
    expect(loudness(new Float32Array(100).fill(size))).toBeCloseTo(shown, 1))
})

describe('a call while no page is open', () => {
  const call = { call: 'c1', from: '+12025550100', kind: 'wake' } as const
  it('is shown until somebody looks, and taken back under the same name', () => {
    const rings = shown(told(JSON.stringify(call)), 'en'), over = shown(told(JSON.stringify({ ...call, kind: 'cancel' })), 'ru')
    expect([rings.title, rings.options.tag, rings.options.requireInteraction]).toEqual(['+12025550100 is calling', 'c1', true])
    expect([over.title, over.options.tag, over.options.silent]).toEqual(['+12025550100 – вызов окончен', 'c1', true])
  })
  it.each(['', 'x', '{}', '[]', 'null', '{"call":1,"from":"","kind":"wake"}', '{"call":"c","from":"f","kind":"other"}'])('is not %s', (text) => {
    expect(told(text)).toBeNull()
    expect(shown(told(text), 'en').title).toBe('Somebody is calling')
  })
})

describe('a phone that can be woken', () => {
  it('writes its push service into its contact (RFC 8599)', () =>
    expect(contactOf({ 'pn-provider': 'webpush', 'pn-prid': 'https://w.example/?token=a%2b' }, 'web-1'))
      .toBe('sip:web-1@web-1.invalid;transport=ws;pn-provider=webpush;pn-prid=https%3A%2F%2Fw.example%2F%3Ftoken%3Da%252b'))
  it('has the form of a UUID', () => expect(instanceOf('0123456789abcdef0123456789abcdef')).toBe('01234567-89ab-cdef-0123-456789abcdef'))
  it('compares keys as they are written', () => expect(base64url(new Uint8Array([251, 255, 1]).buffer)).toBe('-_8B'))
})

describe('why a call rings here', () => {
  const call = { from: '+12025550100', to: '+12025550130', to_name: null, direction: 'inbound', where: 'ann', queue: 'sales' } as LiveCall
  it('says the queue by its name and the number that was dialled, and not oneself', () =>
    expect(comes(call, [{ id: 'sales', name: 'Sales desk' }], 'ann')).toEqual(['Queue: Sales desk', '+1 202 555 0130']))
  it('says the queue as it can, and where the caller is', () =>
    expect(comes({ ...call, where: 'menu', to_name: 'Main line' }, [], 'ann')).toEqual(['Queue: sales', 'menu', 'Main line']))
  it('says nothing more of a colleague who calls', () => expect(comes({ ...call, direction: 'internal', queue: null }, [], 'ann')).toEqual([]))
  it('says nothing of a call of which nothing is known', () => expect(comes(undefined, [], 'ann')).toEqual([]))
})

describe('the recording of a call that goes on', () => {
  it('is begun, made silent, heard again and ended, as it was left', () => {
    expect(ordersAfter([])).toEqual(['start'])
    expect(ordersAfter(['route.number', 'record.started', 'record.told'])).toEqual(['mask', 'stop'])
    expect(ordersAfter(['record.started', 'record.mask'])).toEqual(['resume', 'stop'])
    expect(ordersAfter(['record.started', 'record.pause', 'record.resume'])).toEqual(['mask', 'stop'])
    expect(ordersAfter(['record.started', 'record.stop'])).toEqual(['start'])
  })
})

describe('why a call is over', () => {
  it('is said in the words of the page, whatever the library says', () => {
    expect(['Terminated', 'Canceled', 'Busy', 'Internal Error', ''].map(causeOf)).toEqual(['ended', 'phoneGivenUp', 'busy', 'phoneFailed', 'phoneFailed'])
    expect(['Rejected', 'Authentication Error', 'Connection Error'].map(refusalOf)).toEqual(['phoneNotLetIn', 'phoneNotLetIn', 'phoneNoNode'])
  })
})
