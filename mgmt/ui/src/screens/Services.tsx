/** Background services, for operators: how each stands, its runs, and one more now. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../api/client'
import { runsQuery, servicesQuery, type Run, type Service } from '../api/services'
import { t } from '../i18n'
import { Moment } from '../parts/Moment'
import { Loading, Trouble } from '../parts/Notice'

export function Services() {
  const { data, error, isPending, refetch } = useQuery(servicesQuery)
  return (
    <>
      <div className="head">
        <h1>{t('services')}</h1>
        {data && (
          <p className="dim" data-testid="outbox">
            {t('goesOut')}: {data.outbox.waiting}
            {data.outbox.oldest_at && <> · {t('waitsSince')} <Moment at={data.outbox.oldest_at} /></>}
          </p>
        )}
      </div>
      <div className="stack">
        {isPending && <Loading />}
        {error && <Trouble error={error} again={() => void refetch()} />}
        {data?.data.map((service) => <Card key={`${service.place}/${service.name}`} service={service} />)}
      </div>
    </>
  )
}

function Card({ service }: { service: Service }) {
  const queries = useQueryClient()
  const [opened, setOpened] = useState(false)
  const [error, setError] = useState<Error | null>(null)
  const run = (dry: boolean) => {
    setOpened(true)
    api(`services/${service.name}/runs`, 'POST', { dry, ...(service.scope === 'node' && { place: service.place }) })
      .then(() => { setError(null); void queries.invalidateQueries({ queryKey: ['services'] }) }, setError)
  }
  return (
    <article className="card stack" data-testid="service">
      <div className="row">
        <div className="grow">
          <h2>{service.name}</h2>
          <p className="dim small">
            {service.scope === 'region' ? t('ofRegion') : service.place}
            {service.ran_at && <> · {t('lastRun')} <Moment at={service.ran_at} /></>}
            {service.next_at && !service.wanted && <> · {t('nextRun')} <Moment at={service.next_at} /></>}
          </p>
          {service.text && <p className="small">{service.text}</p>}
        </div>
        <State service={service} />
        <button aria-expanded={opened} aria-label={`${t('runs')}: ${service.name}`} onClick={() => setOpened(!opened)}>{t('runs')}</button>
        {service.dry && <button aria-label={`${t('dryRun')}: ${service.name}`} onClick={() => run(true)}>{t('dryRun')}</button>}
        <button aria-label={`${t('runNow')}: ${service.name}`} onClick={() => run(false)}>{t('runNow')}</button>
      </div>
      {error && <Trouble error={error} />}
      {opened && <Runs name={service.name} />}
    </article>
  )
}

function State({ service }: { service: Service }) {
  if (service.wanted) return <span className="pill connecting">{t('wanted')}</span>
  if (service.failing > 0) return <span className="pill bad">{t('failing')} ({service.failing})</span>
  return service.ok === null ? <span className="pill">{t('neverRan')}</span> : <span className="pill good">{t('fine')}</span>
}

function Runs({ name }: { name: string }) {
  const { data, error, isPending } = useQuery(runsQuery(name))
  if (isPending) return <Loading />
  if (error) return <Trouble error={error} />
  if (data.data.length === 0) return <p className="dim">{t('noRuns')}</p>
  return (
    <div className="scroll">
      <table>
        <thead><tr><th>{t('lastRun')}</th><th>{t('place')}</th><th>{t('startedBy')}</th><th>{t('state')}</th><th>{t('said')}</th></tr></thead>
        <tbody>{data.data.slice(0, 20).map((run) => <Line key={run.id} run={run} />)}</tbody>
      </table>
    </div>
  )
}

const Line = ({ run }: { run: Run }) => (
  <tr>
    <td><Moment at={run.began_at} /></td>
    <td>{run.place}</td>
    <td>{run.by === 'schedule' ? t('schedule') : run.by}{run.dry && ` (${t('dryRun')})`}</td>
    <td>
      {run.ended_at === null
        ? <span className="pill connecting">{t('stillRuns')}</span>
        : <span className={`pill ${run.ok ? 'good' : 'bad'}`}>{t(run.ok ? 'fine' : 'failing')}</span>}
    </td>
    <td>{run.text}</td>
  </tr>
)
