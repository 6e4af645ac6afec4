/** Reports: how many calls, what became of them, when they come; views are addresses, numbers are files. */
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { address } from '../api/client'
import { kpiQuery, meQuery } from '../api/queries'
import { Bars } from '../charts/Bars'
import { HeatMap } from '../charts/HeatMap'
import { Spark } from '../charts/Spark'
import { byWeekday, share, sum, type Kpi } from '../charts/kpi'
import { days } from '../config/hours'
import { clock, waited } from '../format'
import { language, t } from '../i18n'
import type { Days } from '../flow/DropOff'
import { FlowDropOff } from '../parts/FlowDropOff'
import { Empty, Loading, Trouble } from '../parts/Notice'
import { ReportFiles } from '../parts/ReportFiles'
import { SavedViews } from '../parts/SavedViews'

const spans = ['1', '7', '30', '90'] as const
const names = { 1: 'days1', 7: 'days7', 30: 'days30', 90: 'days90' } as const
const day_ms = 86_400_000

export default function Reports() {
  const [asked, ask] = useSearchParams()
  const span = spans.find((one) => one === asked.get('days')) ?? '7'
  const { data: me } = useQuery(meQuery)
  const until = useMemo(() => new Date(Math.ceil(Date.now() / 60_000) * 60_000), [])
  const since = new Date(until.getTime() - Number(span) * day_ms).toISOString()
  const hours = useQuery(kpiQuery(since, until.toISOString(), 'hour'))
  const group = span === '1' ? 'hour' : 'day'
  const bars = useQuery(kpiQuery(since, until.toISOString(), group))
  const error = hours.error ?? bars.error
  const filter = `since=${encodeURIComponent(since)}`
  return (
    <>
      <div className="head">
        <h1>{t('reports')}</h1>
        <div className="tabs" role="group" aria-label={t('reports')}>
          {spans.map((one) => <button key={one} type="button" aria-pressed={one === span} onClick={() => ask({ days: one })}>{t(names[one])}</button>)}
        </div>
        <a className="button" href={address(`export/calls.csv?${filter}`)} download>CSV</a>
        <a className="button" href={address(`export/calls.jsonl?${filter}`)} download>JSON</a>
        <a className="button" href={address(`export/recordings.zip?${filter}`)} download>{t('recordings')}</a>
      </div>
      <SavedViews />
      <div className="stack">
        {error && <Trouble error={error} again={() => { void hours.refetch(); void bars.refetch() }} />}
        {!error && (!hours.data || !bars.data) && <Loading />}
        {bars.data && hours.data && (sum(bars.data.data, 'calls') === 0
          ? <Empty title={t('noReport')} hint={t('noCallsHint')} />
          : <Shown rows={bars.data.data} hours={hours.data.data} zone={me?.tenant?.timezone ?? 'UTC'} hourly={group === 'hour'} />)}
        <FlowDropOff days={Number(span) as Days} />
        <ReportFiles since={since} until={until.toISOString()} />
      </div>
    </>
  )
}

function Shown({ rows, hours, zone, hourly }: { rows: Kpi[]; hours: Kpi[]; zone: string; hourly: boolean }) {
  const name = new Intl.DateTimeFormat(language, hourly ? { timeZone: zone, hour: '2-digit', minute: '2-digit' } : { timeZone: zone, day: 'numeric', month: 'short' })
  const calls = sum(rows, 'calls')
  const answered = sum(rows, 'answered')
  const percent = (value: number | null) => (value === null ? '–' : `${String(value)} %`)
  const soon = (part: number, whole: number) => (whole === 0 ? '–' : `${percent(share(part, whole))} · ${String(part)} / ${String(whole)}`)
  const mean = (whole: number, parts: number) => (parts > 0 ? Math.round(whole / parts / 1000) : null)
  const facts: [string, string, (row: Kpi) => number | null][] = [
    [t('calls'), String(calls), (row) => row.calls],
    [t('answered'), `${String(answered)} · ${percent(share(answered, calls))}`, (row) => row.answered],
    [t('inTime20'), soon(sum(rows, 'answered_soon'), sum(rows, 'inbound')), (row) => share(row.answered_soon, row.inbound)],
    [t('missed'), String(sum(rows, 'missed') + sum(rows, 'abandoned')), (row) => row.missed + row.abandoned],
    [t('voicemail'), String(sum(rows, 'voicemail')), (row) => row.voicemail],
    [t('meanTalk'), answered > 0 ? clock(sum(rows, 'talk_ms') / answered / 1000) : '–', (row) => mean(row.talk_ms, row.answered)],
    [t('meanRing'), sum(rows, 'answered_in') > 0 ? waited(sum(rows, 'ring_ms') / sum(rows, 'answered_in') / 1000, language) : '–', (row) => mean(row.ring_ms, row.answered_in)],
  ]
  const hints: Record<string, string | false> = { [t('inTime20')]: sum(rows, 'inbound') === 0 && t('noIn'), [t('meanRing')]: sum(rows, 'answered_in') === 0 && t('noneIn') }
  const weekday = new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' })
  return (
    <>
      <dl className="card figures">
        {facts.map(([what, value, of]) => <div key={what}><dt className="dim small">{what}</dt><dd className="strong number">{value}{hints[what] ? <div className="dim small">{hints[what]}</div> : <Spark name={what} values={rows.map(of)} />}</dd></div>)}
      </dl>
      <Bars
        title={t('byOutcome')}
        parts={[{ name: t('answered'), look: 'good' }, { name: t('voicemail'), look: 'fair' }, { name: t('missed'), look: 'bad' }, { name: t('failed'), look: 'none' }]}
        columns={rows.map((row) => ({ name: name.format(new Date(row.start_at)), values: [row.answered, row.voicemail, row.missed + row.abandoned, row.busy + row.failed] }))}
      />
      <Bars
        title={t('byDirection')}
        parts={[{ name: t('inbound'), look: 'good' }, { name: t('outbound'), look: 'fair' }, { name: t('internal'), look: 'none' }]}
        columns={rows.map((row) => ({ name: name.format(new Date(row.start_at)), values: [row.inbound, row.outbound, row.internal] }))}
      />
      <HeatMap
        title={t('byWeekday')} rows={days.map((_, at) => weekday.format(new Date(Date.UTC(2024, 0, 1 + at))))} columns={Array.from({ length: 24 }, (_, hour) => String(hour))}
        values={byWeekday(hours, zone)}
      />
    </>
  )
}
