/** A drawing is in the browser at once and on the node a moment later; what fails is said and tried again; windows do not overwrite each other. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { same } from './differs'
import { edited, opened } from './edit'
import { beginning, Keeper, retry_ms, settle_ms, type Kept, type State, type Unsaved } from './keeper'
import type { FlowDocument } from './types'

const flow = (name: string): FlowDocument => ({ start: name, nodes: { [name]: { kind: 'play' } } })
const kept = (name: string, revision: number, window = 'other'): Kept => ({ document: flow(name), base: 3, revision, window, saved_at: `at ${String(revision)}` })
const unsaved = (name: string, revision: number, window = 'before'): Unsaved => ({ document: flow(name), base: 3, revision, window, at: 'now' })
const none = { kept: null, shown: null, conflict: false }

/** A node with one drawing, a browser with one place. */
function stage(begun = none as ReturnType<typeof beginning>) {
  const on = { node: begun.kept, away: false, mute: false, place: null as Unsaved | null, room: true, puts: 0, states: [] as State[] }
  const answered = <T>(value: T) => (on.mute ? Promise.reject(Object.assign(new Error('lost'), { status: 0 })) : Promise.resolve(value))
  const check = (revision: number) => {
    if (on.away) throw Object.assign(new Error('away'), { status: 0 })
    if (revision !== (on.node?.revision ?? 0)) throw Object.assign(new Error('newer'), { status: 412 })
  }
  const keeper = new Keeper({
    put: async (document, base, revision) => {
      on.puts += 1
      check(revision)
      on.node = { document, base, revision: revision + 1, window: 'mine', saved_at: `at ${String(revision + 1)}` }
      return answered(on.node)
    },
    drop: async (revision) => { check(revision); on.node = null; return answered(undefined) },
    read: () => Promise.resolve(on.node),
    write: (one) => { if (one && !on.room) return false; on.place = one; return true },
    told: (state) => on.states.push(state),
    now: () => 'now',
  }, 'mine', begun)
  return { on, keeper }
}

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

describe('a drawing', () => {
  test('is in the browser at once, on the node a moment after the last stroke, and then only there', async () => {
    const { on, keeper } = stage()
    keeper.drawn(flow('a'), 3)
    keeper.drawn(flow('b'), 3)
    expect([on.place?.document, on.node]).toEqual([flow('b'), null])
    await pass(settle_ms)
    expect([on.node?.document, on.node?.base, on.place, on.puts]).toEqual([flow('b'), 3, null, 1])
    expect(keeper.now).toEqual({ is: 'saved', at: 'at 1' })
  })

  test('that is taken back to what is live is dropped', async () => {
    const { on, keeper } = stage({ kept: kept('a', 4), shown: kept('a', 4), conflict: false })
    keeper.drawn(null, 3)
    await pass(settle_ms)
    expect([on.node, keeper.now]).toEqual([null, { is: 'clean' }])
  })

  test('of an older stroke is followed by what was drawn while it was saved', async () => {
    const { on, keeper } = stage()
    keeper.drawn(flow('a'), 3)
    keeper.flush()
    keeper.drawn(flow('b'), 3)
    await pass(settle_ms)
    expect([on.node?.document, on.node?.revision, on.place]).toEqual([flow('b'), 2, null])
  })

  test('waits in the browser while the node is away, says so, and is saved when that is back', async () => {
    const { on, keeper } = stage()
    on.away = true
    keeper.drawn(flow('a'), 3)
    await pass(settle_ms)
    expect(keeper.now).toMatchObject({ is: 'unsaved', here: true, why: 'offline' })
    expect([on.place?.document, keeper.fleeting]).toEqual([flow('a'), false])
    on.away = false
    await pass(retry_ms)
    expect([on.node?.document, keeper.now.is, on.place]).toEqual([flow('a'), 'saved', null])
  })

  test('that no place has is said to be on this page alone', async () => {
    const { on, keeper } = stage()
    on.away = true
    on.room = false
    keeper.drawn(flow('a'), 3)
    await pass(settle_ms)
    expect([keeper.now, keeper.fleeting]).toMatchObject([{ is: 'unsaved', here: false }, true])
  })

  test('whose answer was lost is not taken for that of another window', async () => {
    const { on, keeper } = stage()
    on.mute = true
    keeper.drawn(flow('a'), 3)
    await pass(settle_ms)
    on.mute = false
    keeper.drawn(flow('b'), 3)
    await pass(settle_ms + 1)
    expect([on.node?.document, keeper.now.is]).toEqual([flow('b'), 'saved'])
    expect(on.states.map(({ is }) => is)).not.toContain('conflict')
  })

  test('that is published is drawn no more', async () => {
    const { on, keeper } = stage()
    keeper.drawn(flow('a'), 3)
    keeper.published()
    await pass(settle_ms)
    expect([on.puts, on.place, keeper.now]).toEqual([0, null, { is: 'clean' }])
  })

  test('is saved once more when its page goes, and not after that', async () => {
    const { on, keeper } = stage()
    keeper.drawn(flow('a'), 3)
    keeper.close()
    await pass(0)
    expect([on.node?.document, on.puts]).toEqual([flow('a'), 1])
    on.away = true
    await pass(retry_ms * 3)
    expect(on.puts).toBe(1)
  })
})

describe('two windows', () => {
  const met = async () => {
    const { on, keeper } = stage()
    on.node = kept('theirs', 1)
    keeper.drawn(flow('mine'), 3)
    await pass(settle_ms)
    return { on, keeper }
  }

  test('are told of each other, and nothing is overwritten', async () => {
    const { on, keeper } = await met()
    expect(keeper.now).toEqual({ is: 'conflict', theirs: kept('theirs', 1) })
    keeper.drawn(flow('mine too'), 3)
    await pass(settle_ms + retry_ms)
    expect([on.node?.document, on.place?.document]).toEqual([flow('theirs'), flow('mine too')])
  })

  test('one may be kept', async () => {
    const { on, keeper } = await met()
    keeper.own()
    await pass(settle_ms)
    expect([on.node?.document, on.node?.revision, keeper.now.is]).toEqual([flow('mine'), 2, 'saved'])
  })

  test('or the other', async () => {
    const { on, keeper } = await met()
    keeper.take(kept('theirs', 1))
    expect([keeper.now, on.place]).toEqual([{ is: 'saved', at: 'at 1' }, null])
  })
})

describe('the editor begins', () => {
  test.each([
    ['with what is live', null, null, null, false],
    ['with what the node kept', kept('a', 2), null, 'a', false],
    ['with what only the browser has', null, unsaved('b', 0), 'b', false],
    ['with the last strokes, which the node did not get', kept('a', 2), unsaved('b', 2), 'b', false],
    ['with strokes behind a save whose answer was lost', kept('a', 2, 'before'), unsaved('b', 1), 'b', false],
    ['with a question, when another window saved meanwhile', kept('a', 5), unsaved('b', 2), 'b', true],
    ['without one, when it saved the same', kept('a', 5), unsaved('a', 2), 'a', false],
  ])('%s', (_, node, browser, shown, conflict) => {
    const found = beginning(node, browser)
    expect([found.shown?.document ?? null, found.conflict]).toEqual([shown === null ? null : flow(shown), conflict])
  })
})

test('the order of fields makes no difference', () => expect(same({ a: 1, b: { c: [2], d: 3 } }, { b: { d: 3, c: [2] }, a: 1 })).toBe(true))

test('what is drawn while what was drawn before is published stays', () => {
  const [sent, live] = [flow('draft'), flow('live by now')]
  const on = edited(opened(sent), { type: 'add', kind: 'play', after: null, fields: {} })
  expect(edited(on, { type: 'published', sent, document: live })).toBe(on)
  expect(edited(opened(sent), { type: 'published', sent: flow('draft'), document: live }).document).toEqual(live)
})

test('a document that replaces another leads back to it', () => {
  const after = edited(opened(flow('live')), { type: 'replace', document: flow('draft') })
  expect(edited(after, { type: 'undo' }).document).toEqual(flow('live'))
  expect(edited(after, { type: 'replace', document: flow('draft') })).toBe(after)
})
