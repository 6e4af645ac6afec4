/** A flow that is being drawn: what is live below it, whether it differs, and how far it is kept. */
import { queryOptions } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useReducer, useState } from 'react'
import { api } from '../api/client'
import type { Me } from '../api/types'
import { same } from './differs'
import { edited, opened, type Change, type Editing } from './edit'
import { Keeper, type Beginning, type Kept, type State, type Unsaved } from './keeper'
import type { Flow, FlowDocument } from './types'

const prefix = 'softswitch.drawing'
/** Another one for every page that is loaded. */
const page = Array.from(crypto.getRandomValues(new Uint8Array(8)), (one) => one.toString(16).padStart(2, '0')).join('')

/** Asked anew whenever the editor opens. */
export const draftQuery = (flow: string) =>
  queryOptions({ queryKey: ['draft', flow], queryFn: () => read(flow), gcTime: 0, staleTime: Infinity, refetchOnWindowFocus: false, retry: false })

const read = async (flow: string) => (await api<{ draft: Kept | null }>(`me/drafts/${flow}`)).draft

/** Where this browser keeps a drawing of somebody until the node has it. */
export const placeOf = (me: Me, flow: string): string =>
  `${prefix}/${me.tenant?.id ?? ''}/${me.visitor ?? ''}/${me.user?.id ?? 'operator'}/${flow}`

export function unsavedAt(place: string): Unsaved | null {
  try {
    return JSON.parse(localStorage.getItem(place) ?? 'null') as Unsaved | null
  } catch {
    return null
  }
}

function write(place: string, unsaved: Unsaved | null): boolean {
  try {
    if (unsaved) localStorage.setItem(place, JSON.stringify(unsaved))
    else if (unsavedAt(place)) localStorage.removeItem(place)
    return true
  } catch {
    return false // no room, or the browser keeps nothing
  }
}

export interface Drawing extends Editing {
  change: (change: Change) => void
  live: Flow
  dirty: boolean
  /** The version of the flow that the drawing began with; `behind`: another one is live by now. */
  base: number
  behind: boolean
  state: State
  /** A drawing that was found when the page opened, epoch stamp. */
  restored: string | null
  /** Another window drew on, and that is what is shown. */
  followed: boolean
  seen: () => void
  /** Show what is live; gives the way back. */
  discard: () => () => Promise<void>
  goOn: () => void
  theirs: () => void
  mine: () => void
  /** It is live; `sent`: what was drawn when that was asked for, null: whatever is drawn gives way. */
  publish: (saved: Flow, sent: FlowDocument | null) => void
  draw: (document: FlowDocument, base: number) => void
}

export function useDrawing(flow: Flow, begun: Beginning, place: string): Drawing {
  const [published, setPublished] = useState(flow)
  const live = published.version > flow.version ? published : flow
  const [editing, change] = useReducer(edited, flow.document, (document) => edited(opened(document), { type: 'replace', document: begun.shown?.document ?? document }))
  const [base, setBase] = useState(begun.shown?.base ?? live.version)
  const [below, setBelow] = useState(live)
  const { document } = editing
  const dirty = useMemo(() => !same(document, live.document), [document, live.document])
  if (below.version !== live.version) {
    setBelow(live)
    if (same(document, below.document)) change({ type: 'open', document: live.document })
  }
  if (!dirty && base !== live.version) setBase(live.version)
  const [restored, setRestored] = useState(() => (begun.shown && dirty ? ('saved_at' in begun.shown ? begun.shown.saved_at : begun.shown.at) : null))
  const [followed, setFollowed] = useState(false)
  const [keeper] = useState(() => new Keeper({
    put: (drawn, from, revision) => api(`me/drafts/${flow.id}`, 'PUT', { document: drawn, base: from, window: page }, revision ? `"${String(revision)}"` : null),
    drop: (revision) => api(`me/drafts/${flow.id}`, 'DELETE', undefined, `"${String(revision)}"`),
    read: () => read(flow.id),
    write: (unsaved) => write(place, unsaved),
    told: (next) => setState(next),
    now: () => new Date().toISOString(),
  }, page, begun))
  const [state, setState] = useState(keeper.now)

  const show = useCallback((kept: Kept | null, otherwise: Flow) => {
    keeper.take(kept)
    setBase(kept?.base ?? otherwise.version)
    change({ type: 'replace', document: kept?.document ?? otherwise.document })
    setRestored(null)
  }, [keeper])

  useEffect(() => {
    keeper.begin()
    const leave = () => keeper.flush()
    const look = () => {
      if (!keeper.idle) return
      void read(flow.id).then((kept) => {
        if (!keeper.idle || (kept?.revision ?? 0) === keeper.revision) return
        show(kept, live)
        setFollowed(true)
      }, () => undefined)
    }
    const shown = () => (window.document.visibilityState === 'hidden' ? leave() : look())
    const warn = (event: BeforeUnloadEvent) => { if (keeper.fleeting) event.preventDefault() }
    window.document.addEventListener('visibilitychange', shown)
    window.addEventListener('focus', look)
    window.addEventListener('online', leave)
    window.addEventListener('pagehide', leave)
    window.addEventListener('beforeunload', warn)
    return () => {
      window.document.removeEventListener('visibilitychange', shown)
      window.removeEventListener('focus', look)
      window.removeEventListener('online', leave)
      window.removeEventListener('pagehide', leave)
      window.removeEventListener('beforeunload', warn)
    }
  }, [keeper, flow.id, live, show])
  useEffect(() => () => keeper.close(), [keeper])
  useEffect(() => keeper.drawn(dirty ? document : null, base), [keeper, document, base, dirty])

  const draw = (drawn: FlowDocument, from: number) => {
    change({ type: 'replace', document: drawn })
    setBase(from)
  }
  return {
    ...editing, change, live, dirty, base, behind: dirty && base < live.version, state, restored, followed, draw,
    seen: () => { setRestored(null); setFollowed(false) },
    discard: () => {
      change({ type: 'replace', document: live.document })
      setRestored(null)
      return async () => {
        if (keeper.open) draw(document, base)
        else await api(`me/drafts/${flow.id}`, 'PUT', { document, base, window: page }, null)
      }
    },
    goOn: () => setBase(live.version),
    theirs: () => { if (state.is === 'conflict') show(state.theirs, live) },
    mine: () => keeper.own(),
    publish: (saved, sent) => {
      keeper.published()
      setPublished(saved)
      setBase(saved.version)
      change(sent ? { type: 'published', sent, document: saved.document } : { type: 'replace', document: saved.document })
      setRestored(null)
    },
  }
}
