/** What a draft changes and what it would do, and the way to make it live: now, later, or back to an older version. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, Problem } from '../api/client'
import { flowQueries } from '../api/queries'
import type { Page } from '../api/types'
import { differences } from './differs'
import type { Flow, FlowDocument, WhatIf } from './types'
import type { Drawing } from './useDrawing'
import { t } from '../i18n'
import { Moment } from '../parts/Moment'
import { Trouble } from '../parts/Notice'

export function Publish({ flow, drawing }: { flow: Flow; drawing: Drawing }) {
  const { document, dirty, live } = drawing
  const cache = useQueryClient()
  const [error, setError] = useState<Error | null>(null)
  const [said, setSaid] = useState('')
  const [whatIf, setWhatIf] = useState<WhatIf | null>(null)
  const [override, setOverride] = useState('')
  const [at, setAt] = useState('')
  const { data: versions } = useQuery(flowQueries.versions(flow.id))
  const run = async (what: () => Promise<string>) => {
    setError(null)
    setSaid('')
    try {
      setSaid(await what())
      await cache.invalidateQueries({ queryKey: ['flows'] })
      await cache.invalidateQueries({ queryKey: ['flow', flow.id] })
    } catch (refused) {
      setError(refused as Error)
    }
  }
  const publish = () => run(async () => {
    const more = { ...(override && { override }), ...(at && { at: new Date(at).toISOString() }) }
    const saved = await api<Flow>(`flows/${flow.id}`, 'PUT', { name: flow.name, document, ...more }, at ? '*' : `"${String(drawing.base)}"`)
    if (!at) drawing.publish(saved, document)
    return at ? t('plannedIt') : t('publishedIt')
  })
  const keep = () => run(async () => {
    await api(`config/draft/${flow.id}`, 'PUT', { name: flow.name, document, base: drawing.base }, '*')
    return t('draftKept')
  })
  const load = () => run(async () => {
    const shared = (await api<{ document: { document: FlowDocument; base: number } }>(`flows/${flow.id}/draft`)).document
    drawing.draw(shared.document, shared.base || live.version)
    return t('draftLoaded')
  })
  const back = (version: number) => run(async () => {
    drawing.publish(await api<Flow>(`flows/${flow.id}/versions/${String(version)}/roll-back`, 'POST', undefined, '*'), null)
    return t('rolledBack')
  })
  const ask = () => run(async () => {
    setWhatIf(await api<WhatIf>(`flows/${flow.id}/what-if`, 'POST', { document }))
    return ''
  })
  const unmet = error instanceof Problem && error.code === 'expectation'
  return (
    <section className="card stack" aria-label={t('publish')}>
      <div className="row">
        <button type="button" className="primary" data-testid="publish" disabled={!dirty} onClick={() => void publish()}>{at ? t('publishThen') : t('publish')}</button>
        <label>{t('publishAt')}<input type="datetime-local" value={at} onChange={(event) => setAt(event.target.value)} /></label>
        <button type="button" disabled={!dirty} onClick={() => void keep()}>{t('keepDraft')}</button>
        {flow.has_draft && <button type="button" onClick={() => void load()}>{t('loadDraft')}</button>}
        <button type="button" disabled={!dirty} onClick={() => void ask()}>{t('whatIf')}</button>
      </div>
      {dirty && !drawing.behind && <Differs live={live.document} drawn={document} />}
      {said && <p role="status">{said}</p>}
      {error && <Trouble error={error} />}
      {(unmet || override) && (
        <label>{t('overrideReason')}<input value={override} maxLength={200} onChange={(event) => setOverride(event.target.value)} /></label>
      )}
      {whatIf && (
        <div role="status">
          <p>{t('whatIfCalls')}: {whatIf.calls} · {t('whatIfChanged')}: {whatIf.changed.length}{whatIf.unknown > 0 && ` · ${t('whatIfUnknown')}: ${String(whatIf.unknown)}`}</p>
          <ul className="small">{whatIf.changed.slice(0, 20).map((one) => (
            <li key={one.call}><Moment at={one.at} /> {one.from}: {one.before.join(' → ')} ⇒ <span className="strong">{one.after.join(' → ')}</span></li>
          ))}</ul>
        </div>
      )}
      <details>
        <summary>{t('versions')}</summary>
        <ul className="small">{(versions as Page<{ version: number; at: string; actor: string; reason: string }> | undefined)?.data.map((one, index) => (
          <li key={one.version} className="row">
            <span>{one.version} · <Moment at={one.at} /> · {one.actor} · {one.reason}</span>
            {index > 0 && <button type="button" onClick={() => void back(one.version)}>{t('rollBackNow')}</button>}
          </li>
        ))}</ul>
      </details>
    </section>
  )
}

const begins = { start: 'startNode', fallback: 'fallbackNode', fax: 'faxNode' } as const

export function Differs({ live, drawn }: { live: FlowDocument; drawn: FlowDocument }) {
  const found = differences(live, drawn)
  const rows = (['added', 'changed', 'removed'] as const).filter((kind) => found[kind].length > 0)
  return (
    <ul className="small" aria-label={t('whatChanged')} data-testid="flow-differs">
      {rows.map((kind) => <li key={kind}>{t(kind)}: {found[kind].map((id) => (drawn.nodes[id] ?? live.nodes[id])?.label ?? id).join(', ')}</li>)}
      {found.begins.map((way) => <li key={way}>{t(begins[way])}: {live[way] ?? '–'} → {drawn[way] ?? '–'}</li>)}
    </ul>
  )
}
