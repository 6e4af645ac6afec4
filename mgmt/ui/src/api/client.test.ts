/** What becomes of requests that do not work. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { api, fetched, Problem, send } from './client'

const away = vi.fn()
const answers = (status: number, code: string) =>
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify({ code, detail: 'No.' }), { status, headers: { 'Content-Type': 'application/problem+json' } })))

beforeEach(() => {
  vi.stubGlobal('localStorage', { getItem: () => null })
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
