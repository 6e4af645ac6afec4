/** Prompts: their ids, and the WAVE file that a sound becomes. */
import { describe, expect, test } from 'vitest'
import { mediumOf, slug } from './prompts'
import { wave } from './wave'

describe('prompts', () => {
  test('a name in the media store is known by an id, an odd one by none', () => {
    expect(mediumOf('riverside/prompt/20261126/0af3.wav')).toBe('prompt-20261126-0af3')
    expect(mediumOf('riverside/prompt/00000000/main-menu.wav')).toBeNull()
    expect(mediumOf('../x')).toBeNull()
  })

  test('an id is made of the name, and is another than those that are taken', () => {
    expect(slug('Summer hours 2027!', [])).toBe('summer-hours-2027')
    expect(slug('Summer', ['summer', 'summer-2'])).toBe('summer-3')
    expect(slug('Лето', [])).toBe('prompt')
  })

  test('channels become their mean as 16 bit, cut at full scale', () => {
    const made = new DataView(wave([new Float32Array([0.5, 2, -1]), new Float32Array([0.5, 2, 0])], 16_000))
    expect(made.getUint32(24, true)).toBe(16_000)
    expect([44, 46, 48].map((at) => made.getInt16(at, true))).toEqual([16_384, 32_767, -16_383])
  })
})
