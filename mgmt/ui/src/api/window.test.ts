/** Two windows of one browser: what one of them chooses, and who signs in there. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Me } from './types'

const reload = vi.fn()
const shared = new Map<string, string>()
const heard: ((event: { key?: string; newValue?: string | null; persisted?: boolean }) => void)[] = []

const storage = (kept: Map<string, string>) => ({
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
  removeItem: (key: string) => void kept.delete(key),
})

/** What a page has after it was loaded; `kept` is its window's own storage. */
async function opened(kept: Map<string, string>) {
  vi.resetModules()
  vi.stubGlobal('sessionStorage', storage(kept))
  return import('./window')
}

const me = (id: string) => ({ signed_in_as: `riverside/${id}` }) as Me

beforeEach(() => {
  vi.stubGlobal('localStorage', storage(shared))
  vi.stubGlobal('location', { reload })
  vi.stubGlobal('window', { addEventListener: (_: string, hears: (typeof heard)[number]) => heard.push(hears) })
})
afterEach(() => {
  vi.unstubAllGlobals()
  shared.clear()
  heard.length = 0
  reload.mockClear()
})

describe('the company of a window', () => {
  it('stays what it is when another window chooses another one, also when it is loaded anew', async () => {
    const kept = new Map<string, string>()
    const first = await opened(kept)
    first.chooseTenant('riverside')
    const second = await opened(new Map())
    expect(second.chosenTenant()).toBe('riverside')
    second.chooseTenant('lakeside')
    expect([first.chosenTenant(), second.chosenTenant()]).toEqual(['riverside', 'lakeside'])
    expect((await opened(kept)).chosenTenant()).toBe('riverside')
  })
  it('is not chosen by another window for one that shows its own, also when that is loaded anew', async () => {
    const kept = new Map<string, string>()
    const first = await opened(kept)
    expect(first.chosenTenant()).toBeNull()
    const second = await opened(new Map())
    second.chooseTenant('lakeside')
    expect(first.chosenTenant()).toBeNull()
    expect((await opened(kept)).chosenTenant()).toBeNull()
    expect((await opened(new Map())).chosenTenant()).toBe('lakeside')
  })
  it('is forgotten when it may not be seen', async () => {
    const first = await opened(new Map())
    first.chooseTenant('lakeside')
    first.forgetTenant()
    expect(first.chosenTenant()).toBeNull()
    expect((await opened(new Map())).chosenTenant()).toBeNull()
  })
})

describe('who is signed in', () => {
  it('is shown anew when it is somebody else', async () => {
    const page = await opened(new Map())
    expect(page.shown()).toBeNull()
    page.seen(me('ann'))
    page.seen(me('ann'))
    expect(reload).not.toHaveBeenCalled()
    expect(page.shown()).toBe('riverside/ann')
    page.seen(me('ben'))
    expect(reload).toHaveBeenCalledOnce()
  })
  it('is heard of from another window, and when the page is shown again', async () => {
    const page = await opened(new Map())
    page.seen(me('ann'))
    page.watchSignIns()
    const said = shared.get('softswitch.who') ?? ''
    heard.forEach((hears) => hears({ key: 'softswitch.who', newValue: said, persisted: true }))
    heard.forEach((hears) => hears({ key: 'softswitch.theme', newValue: 'dark' }))
    expect(reload).not.toHaveBeenCalled()
    heard.forEach((hears) => hears({ key: 'softswitch.who', newValue: said.replace('ann', 'ben') }))
    expect(reload).toHaveBeenCalledOnce()
    shared.set('softswitch.who', said.replace('ann', 'ben'))
    heard.forEach((hears) => hears({ persisted: true }))
    expect(reload).toHaveBeenCalledTimes(2)
  })
})
