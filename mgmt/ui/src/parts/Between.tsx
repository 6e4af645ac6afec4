/** Test calls between the nodes: the newest of each pair, and one more round now. Nothing where no such call was made. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { address, api } from '../api/client'
import { runsQuery } from '../api/services'
import { trunkQueries, type Acceptance } from '../api/trunks'
import { language, t } from '../i18n'
import { Moment } from './Moment'
import { Trouble } from './Notice'

export function Between() {
  const queries = useQueryClient()
  const { data } = useQuery({ ...trunkQueries.tests, refetchInterval: 10_000 })
  const runs = useQuery(runsQuery('between'))
  const call = useMutation({
    mutationFn: () => api('services/between/runs', 'POST', {}),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['services', 'between'] }),
  })
  const newest = newestOfPairs(data?.data ?? [])
  if (newest.length === 0) return null
  const running = runs.data?.data.find((one) => one.ended_at === null)
  return (
    <section className="card stack" aria-label={t('between')}>
      <div className="row">
        <div className="grow"><h2>{t('between')}</h2><p className="dim small">{running ? `${t('pWorking')} ${running.text}` : t('betweenHint')}</p></div>
        <button type="button" disabled={call.isPending || running !== undefined} onClick={() => call.mutate()}>{t('betweenRun')}</button>
      </div>
      {call.error && <Trouble error={call.error} />}
      <ul className="plain stack tight" data-testid="between">
        {newest.map((one) => (
          <li key={one.id}>
            <div className="row">
              <span className={`pill ${one.passed ? 'good' : 'bad'}`}>{one.passed ? '✔' : '✖'} {mos(one)}</span>
              <span className="grow">{one.nodes?.join(' – ')} <span className="dim small">{one.at && <Moment at={one.at} />}</span></span>
              <a className="button" target="_blank" rel="noreferrer" href={address(`quality/tests/${one.id}.html?lang=${language}`)}>{t('report')}</a>
            </div>
            {one.checks.filter(({ passed }) => !passed).map((wrong) => <p key={wrong.name} className="small">{wrong.name}: <span className="dim">{wrong.said}</span></p>)}
          </li>
        ))}
      </ul>
    </section>
  )
}

/** They come newest first. */
function newestOfPairs(results: Acceptance[]): Acceptance[] {
  const found = new Map<string, Acceptance>()
  for (const one of results) {
    const pair = one.nodes?.join(' ')
    if (pair && !found.has(pair)) found.set(pair, one)
  }
  return [...found.entries()].sort(([a], [b]) => a.localeCompare(b)).map(([, one]) => one)
}

function mos(one: Acceptance): string {
  const heard = one.checks.flatMap((check) => check.mos ?? [])
  return heard.length > 0 ? `MOS ${Math.min(...heard).toFixed(1)}` : '–'
}
