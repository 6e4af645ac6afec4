import { describe, expect, it } from 'vitest'
import { between, mos, ofRating, type Counted } from './emodel'
import { loudness } from './sound'

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
