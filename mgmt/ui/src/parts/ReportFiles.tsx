/** Reports of the time that is looked at: made, with how far they are, given up, looked at here or taken as files. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import { address, api } from '../api/client'
import { kindNames, reportForms, reportKinds, reportsQuery, type ReportFile, type ReportForm, type ReportKind } from '../api/reports'
import { t } from '../i18n'
import { ReportTable } from './ReportTable'
import { Moment } from './Moment'
import { Loading, Trouble } from './Notice'

export function ReportFiles({ since, until }: { since: string; until: string }) {
  const queries = useQueryClient()
  const { data, error, isPending } = useQuery(reportsQuery)
  const [kind, setKind] = useState<ReportKind>('summary')
  const [form, setForm] = useState<ReportForm>('json')
  const [shown, show] = useState<string | null>(null)
  const onSuccess = () => queries.invalidateQueries({ queryKey: reportsQuery.queryKey })
  const make = useMutation({ mutationFn: () => api<ReportFile>('reports', 'POST', { kind, form, since, until }), onSuccess: (made) => { show(made.id); return onSuccess() } })
  const stop = useMutation({ mutationFn: (id: string) => api(`reports/${id}`, 'DELETE'), onSuccess })
  return (
    <section className="card stack" aria-label={t('reportFiles')}>
      <div className="row">
        <h2 className="grow">{t('reportFiles')}</h2>
        <Link className="button" to="/report-plans">{t('reportPlans')}</Link>
      </div>
      <form className="row" onSubmit={(event) => { event.preventDefault(); make.mutate() }}>
        <label className="row small">{t('rKind')}
          <select value={kind} onChange={(event) => setKind(event.target.value as ReportKind)}>
            {reportKinds.map((one) => <option key={one} value={one}>{t(kindNames[one])}</option>)}
          </select>
        </label>
        <label className="row small">{t('rForm')}
          <select value={form} onChange={(event) => setForm(event.target.value as ReportForm)}>
            {reportForms.map((one) => <option key={one} value={one}>{one === 'json' ? t('rHere') : one.toUpperCase()}</option>)}
          </select>
        </label>
        <button type="submit" className="primary" disabled={make.isPending}>{t('rMake')}</button>
      </form>
      {(make.error ?? stop.error) && <Trouble error={(make.error ?? stop.error) as Error} />}
      {isPending && <Loading />}
      {error && <Trouble error={error} />}
      {data?.data.length === 0 && <p className="dim">{t('rNone')}</p>}
      <ul className="plain stack">{data?.data.map((one) => <Row key={one.id} report={one} open={shown === one.id} show={(on) => show(on ? one.id : null)} stop={() => stop.mutate(one.id)} />)}</ul>
    </section>
  )
}

interface Shown { report: ReportFile; open: boolean; show: (on: boolean) => void; stop: () => void }

function Row({ report: one, open, show, stop }: Shown) {
  const name = one.name || t(kindNames[one.kind])
  return (
    <li className="stack" data-testid="report">
      <div className="row">
        <span className="grow">
          {name} <span className="dim small">{one.form.toUpperCase()} · <Moment at={one.since} /> – <Moment at={one.until} />{one.rows !== null && ` · ${t('rRows')}: ${String(one.rows)}`}</span>
          {one.problem && <span className="small"> {one.problem}</span>}
        </span>
        {one.state === 'waiting' && (
          <span className="row tight">
            <progress aria-label={`${t('rWaiting')}: ${name}`} max={1} value={one.progress ?? undefined} />
            <span className="pill connecting">{t('rWaiting')}{one.progress !== null && ` ${percent(one.progress)}`}</span>
            <button type="button" aria-label={`${t('cancel')}: ${name}`} onClick={stop}>{t('cancel')}</button>
          </span>
        )}
        {one.state === 'failed' && <span className="pill bad">{t('failed')}</span>}
        {one.state === 'ready' && one.form === 'json' && (
          <button type="button" aria-expanded={open} aria-label={`${t(open ? 'rHide' : 'rShow')}: ${name}`} onClick={() => show(!open)}>{t(open ? 'rHide' : 'rShow')}</button>
        )}
        {one.state === 'ready' && <a className="button" href={address(`reports/${one.id}/file`)} download aria-label={`${t('rTake')}: ${name}`}>{t('rTake')}</a>}
      </div>
      {open && one.state === 'ready' && one.form === 'json' && <ReportTable id={one.id} />}
    </li>
  )
}

/** As people read it. Pure. */
export const percent = (share: number): string => `${String(Math.round(100 * share))} %`
