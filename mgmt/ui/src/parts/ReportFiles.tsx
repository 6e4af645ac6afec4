/** Reports as files: make one of the time that is looked at, take those there are. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import { address, api } from '../api/client'
import { kindNames, reportForms, reportKinds, reportsQuery, type ReportFile, type ReportForm, type ReportKind } from '../api/reports'
import { t } from '../i18n'
import { Moment } from './Moment'
import { Loading, Trouble } from './Notice'

export function ReportFiles({ since, until }: { since: string; until: string }) {
  const queries = useQueryClient()
  const { data, error, isPending } = useQuery(reportsQuery)
  const [kind, setKind] = useState<ReportKind>('summary')
  const [form, setForm] = useState<ReportForm>('xlsx')
  const onSuccess = () => queries.invalidateQueries({ queryKey: reportsQuery.queryKey })
  const make = useMutation({ mutationFn: () => api('reports', 'POST', { kind, form, since, until }), onSuccess })
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
            {reportForms.map((one) => <option key={one} value={one}>{one.toUpperCase()}</option>)}
          </select>
        </label>
        <button type="submit" className="primary" disabled={make.isPending}>{t('rMake')}</button>
      </form>
      {make.error && <Trouble error={make.error} />}
      {isPending && <Loading />}
      {error && <Trouble error={error} />}
      {data?.data.length === 0 && <p className="dim">{t('rNone')}</p>}
      <ul className="plain stack">{data?.data.map((one) => <Row key={one.id} report={one} />)}</ul>
    </section>
  )
}

function Row({ report: one }: { report: ReportFile }) {
  const name = one.name || t(kindNames[one.kind])
  return (
    <li className="row" data-testid="report">
      <span className="grow">
        {name} <span className="dim small">{one.form.toUpperCase()} · <Moment at={one.since} /> – <Moment at={one.until} />{one.rows !== null && ` · ${t('rRows')}: ${String(one.rows)}`}</span>
        {one.problem && <span className="small"> {one.problem}</span>}
      </span>
      {one.state === 'ready'
        ? <a className="button" href={address(`reports/${one.id}/file`)} download aria-label={`${t('rTake')}: ${name}`}>{t('rTake')}</a>
        : <span className={`pill ${one.state === 'failed' ? 'bad' : 'connecting'}`}>{t(one.state === 'failed' ? 'failed' : 'rWaiting')}</span>}
    </li>
  )
}
