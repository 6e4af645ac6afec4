/** The acceptance of a carrier: check it now, and the results that were kept, each as a page and as a paper to send to it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { address, api } from '../api/client'
import { trunkQueries, type Acceptance as Result } from '../api/trunks'
import { language, t } from '../i18n'
import { Moment } from './Moment'
import { Trouble } from './Notice'

const shown_max = 3

export function Acceptance({ trunk, name }: { trunk: string; name: string }) {
  const queries = useQueryClient()
  const { data, error } = useQuery(trunkQueries.tests)
  const run = useMutation({
    mutationFn: () => api<Result>(`trunks/${encodeURIComponent(trunk)}/acceptance`, 'POST'),
    onSuccess: () => queries.invalidateQueries({ queryKey: trunkQueries.tests.queryKey }),
  })
  const kept = data?.data.filter((one) => one.trunk === trunk).slice(0, shown_max) ?? []
  return (
    <section className="stack" aria-label={`${t('acceptance')}: ${name}`}>
      <div className="row">
        <div className="grow"><h3>{t('acceptance')}</h3><p className="dim small">{t('acceptanceHint')}</p></div>
        <button type="button" className="primary" disabled={run.isPending} onClick={() => run.mutate()}>{t(run.isPending ? 'pWorking' : 'acceptanceRun')}</button>
      </div>
      {(run.error ?? error) && <Trouble error={(run.error ?? error)!} />}
      {run.data && (
        <ul className="plain stack tight" aria-live="polite" data-testid="checks">
          {run.data.checks.map((one) => (
            <li key={one.name}>
              <span className={`pill ${one.passed ? 'good' : 'bad'}`}>{t(one.passed ? 'met' : 'unmet')}</span> {one.name} <span className="dim small">{one.said}</span>
            </li>
          ))}
        </ul>
      )}
      {kept.length > 0 && <ul className="plain stack tight">
        {kept.map((one) => (
          <li key={one.id} className="row">
            <span className={`pill ${one.passed ? 'good' : 'bad'}`}>{t(one.passed ? 'accepted' : 'notAccepted')}</span>
            <span className="grow small">{one.at && <Moment at={one.at} />} · {one.checks.filter(({ passed }) => passed).length}/{one.checks.length}</span>
            <a className="button" target="_blank" rel="noreferrer" href={address(`quality/tests/${one.id}.html?lang=${language}`)}>{t('report')}</a>
            <a className="button" href={address(`quality/tests/${one.id}.pdf`)} download="acceptance.pdf">PDF</a>
          </li>
        ))}
      </ul>}
    </section>
  )
}
