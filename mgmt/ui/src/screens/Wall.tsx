/** The queues on a television: read at five metres, nothing to press, and it says when it is stale. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { Link } from 'react-router'
import { useFeed } from '../api/feed'
import { kpiQuery, meQuery, queuesQuery } from '../api/queries'
import type { Queue } from '../api/queues'
import { sum } from '../charts/kpi'
import { Spark } from '../charts/Spark'
import { clock, midnight } from '../format'
import { language, t } from '../i18n'
import { useNow } from '../parts/useNow'
import { chime } from '../phone/sound'

const stale_ms = 5000
const sla_good = 80

type Look = 'good' | 'fair' | 'bad' | 'away'

/** How it goes at a queue, so that it can be said in a colour, a sign and a word. Pure. */
export function goes(queue: Queue): Look {
  const working = queue.agents.free + queue.agents.busy + queue.agents.ringing
  if ((queue.longest_wait_s ?? 0) > 3 * queue.sla_s || (queue.waiting > 0 && working === 0)) return 'bad'
  if (working === 0) return 'away'
  if ((queue.longest_wait_s ?? 0) > queue.sla_s || (queue.sla_percent ?? 100) < sla_good) return 'fair'
  return 'good'
}
const signs: Record<Look, string> = { good: '✓', fair: '!', bad: '✕', away: '○' }
const words = { good: 'wallGood', fair: 'wallFair', bad: 'wallBad', away: 'wallAway' } as const

export default function Wall() {
  const { data, dataUpdatedAt, error } = useQuery({ ...queuesQuery, refetchInterval: 2000 })
  const { data: me } = useQuery(meQuery)
  const { connection } = useFeed()
  const [sounds, setSounds] = useState(false)
  const now = useNow()
  const queues = data?.data ?? []
  const bad = queues.filter((queue) => goes(queue) === 'bad').length
  const before = useRef(0)
  useEffect(() => {
    if (sounds && bad > before.current) void chime('')
    before.current = bad
  }, [bad, sounds])
  const stale = error !== null || connection === 'offline' || (dataUpdatedAt > 0 && now - dataUpdatedAt > stale_ms)
  const time = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', timeZone: me?.tenant?.timezone })
  return (
    <main className="wall" id="content">
      <header className="row">
        <h1 className="grow">{me?.tenant?.name ?? t('wallboard')}</h1>
        <nav className="wall-tools row" aria-label={t('wallboard')}>
          <label className="check"><input type="checkbox" checked={sounds} onChange={(event) => setSounds(event.target.checked)} />{t('wallSound')}</label>
          <button type="button" onClick={() => void document.documentElement.requestFullscreen()}>{t('wallFull')}</button>
          <Link className="button" to="/queues">{t('navClose')}</Link>
        </nav>
        <Today zone={me?.tenant?.timezone ?? 'UTC'} hour={Math.floor(now / 3_600_000)} />
        <time className="number">{time.format(now)}</time>
      </header>
      {stale && <p className="wall-stale" role="alert">{t('wallStale')} {dataUpdatedAt > 0 && clock((now - dataUpdatedAt) / 1000)}</p>}
      {data && queues.length === 0 && <p className="wall-empty">{t('noQueues')}</p>}
      <div className="tiles" data-count={Math.min(6, queues.length)}>
        {queues.map((queue) => <Tile key={queue.id} queue={queue} />)}
      </div>
    </main>
  )
}

/** The calls of the company since midnight there, hour by hour. */
function Today({ zone, hour }: { zone: string; hour: number }) {
  const next = new Date((hour + 1) * 3_600_000)
  const { data } = useQuery(kpiQuery(midnight(zone, hour * 3_600_000).toISOString(), next.toISOString(), 'hour'))
  if (!data) return null
  return <p className="wall-today"><span>{t('callsToday')} <strong className="number">{sum(data.data, 'calls')}</strong></span><Spark name={t('callsToday')} values={data.data.map(({ calls }) => calls)} /></p>
}

function Tile({ queue }: { queue: Queue }) {
  const look = goes(queue)
  const working = queue.agents.free + queue.agents.busy + queue.agents.ringing
  const facts: [string, string][] = [
    [t('longestWait'), queue.longest_wait_s === null ? '–' : clock(queue.longest_wait_s)],
    [t('inTime'), queue.sla_percent === null ? '–' : `${String(queue.sla_percent)} %`],
    [t('answered'), String(queue.answered)],
    [t('gaveUp'), String(queue.abandoned)],
    [t('free'), `${String(queue.agents.free)} / ${String(working)}`],
    [t('busy'), String(queue.agents.busy + queue.agents.ringing)],
    [t('paused'), String(queue.agents.paused + queue.agents.wrap_up + queue.agents.rest)],
    [t('promised'), String(queue.promised_waiting)],
  ]
  return (
    <section className={`tile ${look}`} data-testid="tile" aria-label={queue.name}>
      <h2>{queue.name}</h2>
      <p className="tile-state"><span aria-hidden="true">{signs[look]}</span> {t(words[look])}</p>
      <p className="tile-number number">{queue.waiting}<span>{t('waiting')}</span></p>
      <dl>{facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd className="number">{value}</dd></div>)}</dl>
    </section>
  )
}
