/** The quality of all calls of a time: heat maps, score cards, the worst calls with who is to blame. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { Link, useSearchParams } from 'react-router'
import { address, api } from '../api/client'
import { qualityQuery } from '../api/queries'
import type { QualityCard, QualityRow } from '../api/quality'
import { phone } from '../format'
import { language, t } from '../i18n'
import type { Key } from '../i18n/en'
import { Moment } from '../parts/Moment'
import { Empty, Loading, Trouble } from '../parts/Notice'
import { Mos } from '../parts/Quality'
import { SavedViews } from '../parts/SavedViews'
import { Scroll } from '../parts/Scroll'

const spans = ['1', '7', '30'] as const
const groups = ['trunk', 'range', 'site', 'device', 'codec', 'hour'] as const
const day_ms = 86_400_000

export function Quality() {
  const [sought, seek] = useSearchParams()
  const days = spans.find((one) => one === sought.get('days')) ?? '7'
  const since = useMemo(() => new Date(Math.floor(Date.now() / 60_000) * 60_000 - Number(days) * day_ms).toISOString(), [days])
  const { data, error, isPending, refetch } = useQuery(qualityQuery(since))
  const asked = `since=${encodeURIComponent(since)}&lang=${language}`
  return (
    <>
      <div className="head row">
        <h1 className="grow">{t('quality')}</h1>
        <div className="tabs">
          {spans.map((span) => (
            <button key={span} aria-pressed={span === days} onClick={() => seek((before) => { before.set('days', span); return before })}>{t(`days${span}`)}</button>
          ))}
        </div>
        <a className="button" href={address(`quality/report.html?${asked}`)} target="_blank" rel="noreferrer">{t('report')}</a>
      </div>
      <SavedViews />
      <div className="stack">
        {isPending && <Loading />}
        {error && <Trouble error={error} again={() => void refetch()} />}
        {data?.calls === 0 && <Empty title={t('noQuality')} hint={t('noQualityHint')} />}
        {data && data.calls > 0 && <Card card={data} asked={asked} since={since} />}
      </div>
    </>
  )
}

function Card({ card, asked, since }: { card: QualityCard; asked: string; since: string }) {
  const [sought, seek] = useSearchParams()
  const group = groups.find((one) => one === sought.get('by')) ?? 'trunk'
  return (
    <>
      {card.alarms.length > 0 && (
        <section className="card stack" role="alert">
          <h2>{t('soundsBad')}</h2>
          {card.alarms.map((one) => (
            <div className="row" key={`${one.group} ${one.key}`}>
              <span className="grow strong">{t(`group_${one.group}`)}: {one.key}</span><Mos value={one.mos_p5} />
            </div>
          ))}
        </section>
      )}
      <section className="card stack">
        <p className="dim small">{card.calls} {t('calls').toLowerCase()}, {card.measured} {t('measured')}</p>
        <h2>{t('byWeekday')}</h2>
        <Scroll label={t('byWeekday')}><img src={address(`quality/weekdays.svg?${asked}`)} alt={t('byWeekday')} /></Scroll>
        {card.groups.trunk.length > 0 && (
          <>
            <h2>{t('byTrunk')}</h2>
            <Scroll label={t('byTrunk')}><img src={address(`quality/trunks.svg?${asked}`)} alt={t('byTrunk')} /></Scroll>
          </>
        )}
      </section>
      <section className="card stack">
        <div className="tabs">
          {groups.map((one) => (
            <button key={one} aria-pressed={one === group} onClick={() => seek((before) => { before.set('by', one); return before })}>{t(`group_${one}`)}</button>
          ))}
        </div>
        <Rows rows={card.groups[group]} name={t(`group_${group}`)} />
      </section>
      <Worst card={card} />
      <Again since={since} />
    </>
  )
}

function Rows({ rows, name }: { rows: QualityRow[]; name: string }) {
  const heads: Key[] = ['calls', 'minutes', 'quality', 'worst5', 'badCalls', 'lost', 'jitter']
  const said = (value: number | null, unit: string) => (value === null ? '–' : `${value} ${unit}`)
  return (
    <Scroll label={name}>
      <table data-testid="score-card">
        <thead><tr><th>{name}</th>{heads.map((head) => <th key={head}>{t(head)}</th>)}</tr></thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <td className="strong">{row.key}</td>
              <td className="number">{row.calls}</td>
              <td className="number">{row.minutes}</td>
              <td><Mos value={row.mos} /></td>
              <td><Mos value={row.mos_p5} /></td>
              <td className="number">{said(row.bad_percent, '%')}</td>
              <td className="number">{said(row.lost_percent, '%')}</td>
              <td className="number">{said(row.jitter_ms, 'ms')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

function Worst({ card }: { card: QualityCard }) {
  return (
    <section className="card stack">
      <h2>{t('worstCalls')}</h2>
      <Scroll label={t('worstCalls')}>
        <table>
          <tbody>
            {card.worst.map((one) => (
              <tr key={one.call}>
                <td><Link to={`/calls/${one.call}`}><Moment at={one.when_at} /></Link></td>
                <td className="nowrap">{phone(one.number)}</td>
                <td><Mos value={one.mos} /></td>
                <td className="verdict">{one.verdicts.map(({ text }) => text[language]).join('; ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  )
}

function Again({ since }: { since: string }) {
  const again = useMutation({
    mutationFn: () => api<{ waiting: number }>('quality/backfill', 'POST', { since, until: new Date().toISOString() }),
  })
  return (
    <div className="row">
      <button onClick={() => again.mutate()} disabled={again.isPending}>{t('hearAgain')}</button>
      {again.data && <span className="dim" role="status">{again.data.waiting} {t('toBeHeard')}</span>}
    </div>
  )
}
