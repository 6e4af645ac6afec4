/** The time machine: who changed what and why, what differs, and the way back in one transaction. */
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { api } from '../api/client'
import { blameQuery, configDiffQuery, configLogQuery, meQuery } from '../api/queries'
import type { ConfigEntry, ObjectDiff, Rollback } from '../api/types'
import { objectQuery } from '../config/objects'
import { t } from '../i18n'
import type { Key } from '../i18n/en'
import { Moment } from '../parts/Moment'
import { Empty, Loading, Trouble } from '../parts/Notice'
import { Scroll } from '../parts/Scroll'

export default function History() {
  const [sought] = useSearchParams()
  const { data: me } = useQuery(meQuery)
  const kind = sought.get('kind') ?? ''
  const id = sought.get('id') ?? ''
  const query = useInfiniteQuery(configLogQuery(kind && id ? new URLSearchParams({ kind, id }).toString() : ''))
  const rows = query.data?.pages.flatMap((page) => page.data) ?? []
  const [open, setOpen] = useState<number | null>(null)
  return (
    <>
      <div className="head">
        <h1>{t('history')}{kind && id && <span className="dim"> {kind} {id}</span>}</h1>
        {me?.operator && !kind && <Freeze tenant={me.tenant?.id} />}
        {kind && id && <Link className="button" to="/history">{t('historyAll')}</Link>}
      </div>
      <div className="stack">
        {kind && id && <Fields kind={kind} id={id} />}
        {query.isPending && <Loading />}
        {query.error && <Trouble error={query.error} again={() => void query.refetch()} />}
        {query.isSuccess && rows.length === 0 && <Empty title={t('noChanges')} hint={t('noChangesHint')} />}
        {rows.map((entry) => (
          <Version
            key={entry.sequence} entry={entry} open={open === entry.sequence}
            toggle={() => setOpen(open === entry.sequence ? null : entry.sequence)}
          />
        ))}
        {query.hasNextPage && <button onClick={() => void query.fetchNextPage()}>{t('more')}</button>}
      </div>
    </>
  )
}

/** A frozen company takes no changes until it is thawed: for the time of a move, or of a question. */
function Freeze({ tenant }: { tenant: string | undefined }) {
  const queries = useQueryClient()
  const { data } = useQuery({ ...objectQuery('tenant', tenant ?? ''), enabled: !!tenant })
  const [why, setWhy] = useState<string | null>(null)
  const [error, setError] = useState<Error | null>(null)
  if (!data) return null
  const frozen = String(data.document.frozen ?? '')
  const set = (reason: string) => api(`config/tenant/${encodeURIComponent(data.id)}`, 'PUT', { ...data.document, frozen: reason }, `"${String(data.version)}"`)
    .then(() => { setWhy(null); return queries.invalidateQueries({ queryKey: ['config'] }) }, setError)
  return (
    <>
      {frozen && <p role="status" className="problem">{t('isFrozen')} {frozen}</p>}
      {frozen && <button type="button" onClick={() => void set('')}>{t('unfreeze')}</button>}
      {!frozen && why === null && <button type="button" onClick={() => setWhy('')}>{t('freeze')}</button>}
      {why !== null && (
        <form className="row" onSubmit={(event) => { event.preventDefault(); void set(why) }}>
          <input autoFocus required maxLength={200} aria-label={t('freezeWhy')} placeholder={t('freezeWhy')} value={why} onChange={(event) => setWhy(event.target.value)} />
          <button type="submit" className="danger">{t('freeze')}</button>
          <button type="button" onClick={() => setWhy(null)}>{t('cancel')}</button>
        </form>
      )}
      {error && <Trouble error={error} />}
    </>
  )
}

/** Whose the present value of each field is. */
function Fields({ kind, id }: { kind: string; id: string }) {
  const { data } = useQuery(blameQuery(kind, id))
  if (!data) return null
  return (
    <section className="card stack">
      <h2>{t('historyFields')}</h2>
      <Scroll label={t('historyFields')}>
        <table data-testid="blame">
          <tbody>
            {data.data.map((one) => (
              <tr key={one.field}>
                <th scope="row">{one.field}</th>
                {one.sequence > 0
                  ? <><td>{one.actor}</td><td><Moment at={one.at} /></td><td className="dim">{t('version')} {one.sequence}</td><td>{one.reason}</td></>
                  : <td colSpan={4} className="dim">{t('historyOlder')}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  )
}

function Version({ entry, open, toggle }: { entry: ConfigEntry; open: boolean; toggle: () => void }) {
  return (
    <article className="card stack" data-testid="config-entry">
      <div className="row">
        <div className="grow">
          <h2>{entry.reason || entry.changes.map(({ kind, id }) => `${kind} ${id}`).join(', ')}</h2>
          <p className="dim small">{entry.actor} · <Moment at={entry.at} /> · {t('version')} {entry.sequence}</p>
        </div>
        <button aria-expanded={open} onClick={toggle}>{t('whatChanged')}</button>
      </div>
      {open && <Changes sequence={entry.sequence} />}
    </article>
  )
}

const views: Key[] = ['thisChange', 'sinceThen']

function Changes({ sequence }: { sequence: number }) {
  const [view, setView] = useState<Key>('thisChange')
  const { data, error, isPending } = useQuery(
    view === 'thisChange' ? configDiffQuery(sequence - 1, sequence) : configDiffQuery(sequence),
  )
  return (
    <>
      <div className="tabs" role="group" aria-label={t('whatChanged')}>
        {views.map((one) => <button key={one} aria-pressed={one === view} onClick={() => setView(one)}>{t(one)}</button>)}
      </div>
      {isPending && <Loading />}
      {error && <Trouble error={error} />}
      {data?.data.length === 0 && <p className="dim">{t('nothingDiffers')}</p>}
      {data?.data.map((diff) => (
        <Diff key={`${diff.kind}/${diff.id}`} diff={diff}>
          <WayBack to={view === 'thisChange' ? sequence - 1 : sequence} only={diff} />
        </Diff>
      ))}
      <WayBack to={sequence} />
    </>
  )
}

const Diff = ({ diff, children }: { diff: ObjectDiff; children?: React.ReactNode }) => (
  <section className="stack">
    <div className="row">
      <h3 className="grow"><Link to={`/history?kind=${encodeURIComponent(diff.kind)}&id=${encodeURIComponent(diff.id)}`}>{diff.kind} {diff.id}</Link> <span className="chip">{t(diff.change)}</span></h3>
      {children}
    </div>
    <ul className="small" data-testid="diff-lines">{diff.lines.map((line) => <li key={line}>{line}</li>)}</ul>
  </section>
)

/** First what would change, then the button that does it. */
function WayBack({ to, only }: { to: number; only?: ObjectDiff }) {
  const queries = useQueryClient()
  const [preview, setPreview] = useState<Rollback | null>(null)
  const [done, setDone] = useState('')
  const [error, setError] = useState<Error | null>(null)
  const address = `config-rollback?to=${to}${only ? `&kind=${only.kind}&id=${encodeURIComponent(only.id)}` : ''}`
  const look = () => api<Rollback>(`${address}&dry_run=1`, 'POST').then(setPreview, setError)
  const go = () => api<Rollback>(address, 'POST').then((made) => {
    setPreview(null)
    setDone(made.applied?.text ?? t('nothingDiffers'))
    return queries.invalidateQueries()
  }, setError)
  if (to < 1) return null
  return (
    <div className="stack">
      {!preview && <button onClick={() => void look()}>{t(only ? 'rollBackObject' : 'rollBackAll')}</button>}
      {error && <Trouble error={error} />}
      {done && <p role="status" className="small">{done}</p>}
      {preview && (
        <div className="card stack" role="dialog" aria-label={t('rollBackAll')}>
          {preview.data.length === 0 && <p className="dim">{t('nothingDiffers')}</p>}
          {preview.data.map((diff) => <Diff key={`${diff.kind}/${diff.id}`} diff={diff} />)}
          <div className="row">
            {preview.data.length > 0 && <button className="primary" onClick={() => void go()}>{t('rollBackNow')}</button>}
            <button onClick={() => setPreview(null)}>{t('cancel')}</button>
          </div>
        </div>
      )}
    </div>
  )
}
