/** Keeps what is drawn: in this browser at once, on the node a moment later; says how far it is. The ports do the work, so there is no page here.

  clean --drawn--> waiting --after a moment--> saving --kept--> saved
                     ^  \                        | away: tried again        | another window was faster
                     +---drawn------ saved    unsaved                    conflict --own() or theirs()--> waiting, clean
*/
import { canonical } from './differs'
import type { FlowDocument } from './types'

export const settle_ms = 800
export const retry_ms = 5_000

/** What the node keeps of a drawing; revision 0: nothing. */
export interface Kept {
  document: FlowDocument
  base: number
  revision: number
  window: string
  saved_at: string
}

/** What this browser keeps until the node has it. */
export interface Unsaved {
  document: FlowDocument
  base: number
  revision: number
  window: string
  at: string
}

export type State =
  | { is: 'clean' }
  | { is: 'waiting' | 'saving' }
  | { is: 'saved'; at: string }
  /** here: it is in this browser at least. */
  | { is: 'unsaved'; here: boolean; why: 'offline' | 'refused'; text: string }
  | { is: 'conflict'; theirs: Kept | null }

export interface Ports {
  put: (document: FlowDocument, base: number, revision: number) => Promise<Pick<Kept, 'revision' | 'saved_at'>>
  drop: (revision: number) => Promise<void>
  read: () => Promise<Kept | null>
  /** The place in this browser; false: it has no room. */
  write: (unsaved: Unsaved | null) => boolean
  told: (state: State) => void
  now: () => string
}

/** Why something was not kept, as `Problem` has it. */
interface Refused { status: number; message: string }

export class Keeper {
  private latest: { document: FlowDocument; base: number } | null = null
  private kept: { text: string; revision: number; at: string }
  private timer: ReturnType<typeof setTimeout> | undefined
  private busy = false
  private again = false
  private over = false
  private here = true
  private state: State = { is: 'clean' }

  constructor(private readonly ports: Ports, private readonly window: string, { kept, shown, conflict }: Beginning) {
    this.kept = { text: kept ? textOf(kept) : '', revision: kept?.revision ?? 0, at: kept?.saved_at ?? '' }
    this.latest = shown && { document: shown.document, base: shown.base }
    if (conflict) this.state = { is: 'conflict', theirs: kept }
    else if (kept) this.state = { is: 'saved', at: kept.saved_at }
  }

  get now(): State { return this.state }

  /** Everything is where it belongs: another version may be shown without a loss. */
  get idle(): boolean { return !this.busy && this.timer === undefined && (this.state.is === 'clean' || this.state.is === 'saved') }

  get revision(): number { return this.kept.revision }

  /** Nothing of it is anywhere but on this page. */
  get fleeting(): boolean { return !this.here && !this.idle }

  /** The page shows this now; null: nothing but what is live. */
  drawn(document: FlowDocument | null, base: number): void {
    this.latest = document && { document, base }
    if (this.state.is === 'conflict') return void this.hold()
    if (this.text === this.kept.text) return this.settled()
    this.hold()
    this.tell({ is: 'waiting' })
    this.soon(settle_ms)
  }

  /** Whether the page is still there. */
  get open(): boolean { return !this.over }

  /** The page is there (again). */
  begin(): void {
    this.over = false
  }

  /** Without waiting any longer. */
  flush(): void {
    if (this.timer === undefined && this.state.is !== 'unsaved') return
    void this.save()
  }

  /** The page goes away: one last try, and no more after it. */
  close(): void {
    this.flush()
    clearTimeout(this.timer)
    this.over = true
  }

  /** It is live: nothing is drawn any more, and the node dropped its own. */
  published(): void {
    this.take(null)
  }

  /** What the node has is shown now. */
  take(kept: Kept | null): void {
    this.latest = kept && { document: kept.document, base: kept.base }
    this.kept = { text: kept ? textOf(kept) : '', revision: kept?.revision ?? 0, at: kept?.saved_at ?? '' }
    this.settled()
  }

  /** After a conflict: what is drawn here is kept over the other one. */
  own(): void {
    if (this.state.is !== 'conflict') return
    this.kept = { ...this.kept, text: '\n', revision: this.state.theirs?.revision ?? 0 }
    this.tell({ is: 'waiting' })
    void this.save()
  }

  private get text(): string { return this.latest ? textOf(this.latest) : '' }

  private hold(): void {
    this.here = this.ports.write(this.latest && { ...this.latest, revision: this.kept.revision, window: this.window, at: this.ports.now() })
  }

  private soon(ms: number): void {
    clearTimeout(this.timer)
    this.timer = this.over ? undefined : setTimeout(() => void this.save(), ms)
  }

  private settled(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    this.again = false
    this.ports.write(null)
    this.tell(this.kept.text ? { is: 'saved', at: this.kept.at } : { is: 'clean' })
  }

  private async save(): Promise<void> {
    clearTimeout(this.timer)
    this.timer = undefined
    if (this.busy) { this.again = true; return }
    const { latest, text } = this
    this.busy = true
    this.tell({ is: 'saving' })
    try {
      if (latest) {
        const { revision, saved_at } = await this.ports.put(latest.document, latest.base, this.kept.revision)
        this.kept = { text, revision, at: saved_at }
      } else {
        await this.ports.drop(this.kept.revision)
        this.kept = { text: '', revision: 0, at: '' }
      }
      this.busy = false
      if (this.text === this.kept.text) this.settled()
      else { this.hold(); this.soon(this.again ? 0 : settle_ms) }
    } catch (refused) {
      this.busy = false
      await this.refused(refused as Refused, text)
    }
    this.again = false
  }

  private async refused({ status, message }: Refused, text: string): Promise<void> {
    if (status === 412) {
      const theirs = await this.ports.read().catch(() => undefined)
      if (theirs === undefined) return this.later('offline', message)
      if (theirs && (textOf(theirs) === text || theirs.window === this.window)) {
        this.kept = { text: textOf(theirs), revision: theirs.revision, at: theirs.saved_at } // it was kept, the answer was lost
        if (this.text === this.kept.text) return this.settled()
        return this.soon(0)
      }
      if (!theirs && !this.latest) return this.take(null)
      this.tell({ is: 'conflict', theirs })
    } else this.later(status === 0 || status === 401 || status === 429 || status >= 500 ? 'offline' : 'refused', message)
  }

  private later(why: 'offline' | 'refused', text: string): void {
    this.tell({ is: 'unsaved', here: this.here, why, text })
    if (why === 'offline') this.soon(retry_ms)
  }

  private tell(state: State): void {
    this.state = state
    if (!this.over) this.ports.told(state)
  }
}

const textOf = ({ document, base }: { document: FlowDocument; base: number }): string => canonical([document, base])

export interface Beginning {
  kept: Kept | null
  /** What is shown first; null: what is live. */
  shown: Unsaved | Kept | null
  /** Both exist, and neither follows from the other. */
  conflict: boolean
}

/** What to begin with, of what the node keeps and what this browser kept until the node had it. */
export function beginning(kept: Kept | null, unsaved: Unsaved | null): Beginning {
  if (!unsaved || (kept && textOf(kept) === textOf(unsaved))) return { kept, shown: kept, conflict: false }
  const follows = !kept || unsaved.revision === kept.revision || (kept.window === unsaved.window && kept.revision === unsaved.revision + 1)
  return { kept, shown: unsaved, conflict: !follows }
}
