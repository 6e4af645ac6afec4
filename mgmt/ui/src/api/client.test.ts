/** What becomes of requests that do not work. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { api, fetched, Problem, send } from './client'
import type { Me } from './types'

const away = vi.fn()
const answers = (status: number, code: string) =>
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify({ code, detail: 'No.' }), { status, headers: { 'Content-Type': 'application/problem+json' } })))

beforeEach(() => {
  vi.stubGlobal('localStorage', { getItem: () => null, removeItem: () => undefined })
  vi.stubGlobal('sessionStorage', { getItem: () => null, setItem: () => undefined })
  vi.stubGlobal('location', { assign: away, pathname: '/app/account', search: '?tab=keys' })
})
afterEach(() => {
  vi.unstubAllGlobals()
  away.mockClear()
})

describe('a request that is refused', () => {
  it('leads to the sign-in when the session is over', async () => {
    answers(401, 'not_signed_in')
    await expect(api('me')).rejects.toMatchObject({ status: 401, code: 'not_signed_in', message: 'No.' })
    expect(away).toHaveBeenCalledWith('/login?next=%2Fapp%2Faccount%3Ftab%3Dkeys')
  })
  it.each(['wrong_password', 'wrong_code'])('stays on the page when what was typed is wrong: %s', async (code) => {
    answers(401, code)
    await expect(api('me/confirm', 'POST', {})).rejects.toMatchObject({ code })
    expect(away).not.toHaveBeenCalled()
  })
  it.each([
    ['a company that is not below mine', 'numbers', 403, 'other_tenant', 1],
    ['a company that is gone', 'me', 404, 'not_found', 1],
    ['a thing that is gone', 'calls/x', 404, 'not_found', 0],
  ])('begins anew without the company that was chosen: %s', async (_, path, status, code, times) => {
    vi.resetModules()
    const reload = vi.fn()
    const kept = new Map([['softswitch.tenant', 'lakeside']])
    vi.stubGlobal('sessionStorage', { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value) })
    vi.stubGlobal('location', { reload })
    answers(status, code)
    await expect((await import('./client')).api(path)).rejects.toMatchObject({ status, code })
    expect(reload).toHaveBeenCalledTimes(times)
    expect(kept.get('softswitch.tenant')).toBe(times ? '' : 'lakeside')
  })
})

describe('a request of a page that shows somebody', () => {
  const sendings: [string, (client: typeof import('./client')) => Promise<unknown>][] = [
    ['a form', ({ api }) => api('config/group/sales', 'PUT', {}, null)],
    ['a file that is sent', ({ send }) => send('prompts/hello', new Blob(), 'audio/wav')],
    ['a file that is fetched', ({ fetched }) => fetched('calls/archive', 'calls.zip')],
  ]
  it.each(sendings)('says whom, and begins anew when it is somebody else by now: %s', async (_, sends) => {
    vi.resetModules()
    const reload = vi.fn()
    vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined })
    vi.stubGlobal('location', { reload })
    const { seen } = await import('./window')
    seen({ signed_in_as: 'riverside/ann' } as Me)
    const asked: HeadersInit[] = []
    vi.stubGlobal('fetch', (_: string, { headers }: RequestInit) => {
      asked.push(headers ?? {})
      return Promise.resolve(new Response(JSON.stringify({ code: 'other_person', detail: 'No.' }), { status: 409 }))
    })
    await expect(sends(await import('./client'))).rejects.toMatchObject({ status: 409, code: 'other_person' })
    expect(asked).toMatchObject([{ 'X-Signed-In-As': 'riverside/ann' }])
    expect(reload).toHaveBeenCalledOnce()
  })
})

describe('a lost connection', () => {
  it.each([
    ['of a request', () => api('me')],
    ['of a file that is sent', () => send('prompts/hello', new Blob(), 'audio/wav')],
    ['of a file that is fetched', () => fetched('calls/archive', 'calls.zip')],
  ])('is a problem like others: %s', async (_, ask) => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')))
    const lost = await ask().catch((problem: unknown) => problem)
    expect(lost).toBeInstanceOf(Problem)
    expect(lost).toMatchObject({ status: 0, code: 'offline' })
  })
})
