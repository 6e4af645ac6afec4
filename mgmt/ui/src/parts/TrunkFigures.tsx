/** What calls over a carrier came to: the figures that carriers are held to, and why calls were not answered. */
import { useQuery } from '@tanstack/react-query'
import { trunkQueries, type TrunkStep } from '../api/trunks'
import { Lines } from '../charts/Lines'
import { clock } from '../format'
import { language, t, word } from '../i18n'
import { Loading, Trouble } from './Notice'
import { Mos } from './Quality'
import { Scroll } from './Scroll'

const percent = (value: number | null) => (value === null ? '–' : `${String(value)} %`)
const delay = (ms: number | null) => (ms === null ? '–' : `${(ms / 1000).toFixed(1)} s`)

export function TrunkFigures({ id, days }: { id: string; days: string }) {
  const { data, error, isPending } = useQuery(trunkQueries.figures(id, days))
  if (isPending) return <Loading />
  if (error) return <Trouble error={error} />
  if (data.calls === 0) return <p className="dim small">{t('trunkNoCalls')}</p>
  const most = Math.max(...data.causes.map(({ calls }) => calls))
  const facts: [string, string][] = [
    ['PDD p50', delay(data.pdd_ms.p50)], ['PDD p95', delay(data.pdd_ms.p95)],
    ...Object.entries(data.attestations).map(([level, calls]): [string, string] => [level === 'none' ? t('trunkUnsigned') : `STIR ${level}`, String(calls)]),
  ]
  return (
    <div className="stack">
      {data.cut && <p className="dim small">{t('trunkCut')}</p>}
      <Scroll label={t('trunkFigures')}>
        <table>
          <thead><tr><td /><th>{t('calls')}</th><th>{t('answered')}</th><th><abbr title={t('trunkAsr')}>ASR</abbr></th><th><abbr title={t('trunkNer')}>NER</abbr></th><th><abbr title={t('trunkAcd')}>ACD</abbr></th></tr></thead>
          <tbody>
            {(['inbound', 'outbound'] as const).map((way) => (
              <tr key={way}>
                <th scope="row">{t(way)}</th>
                <td className="number">{data[way].calls}</td><td className="number">{data[way].answered}</td>
                <td className="number">{percent(data[way].asr_percent)}</td><td className="number">{percent(data[way].ner_percent)}</td>
                <td className="number">{data[way].acd_s === null ? '–' : clock(data[way].acd_s)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <dl className="figures small">
        {facts.map(([name, value]) => <div key={name}><dt className="dim small">{name}</dt><dd className="number">{value}</dd></div>)}
        <div><dt className="dim small">{t('quality')}</dt><dd><Mos value={data.mos.p50} /></dd></div>
        <div><dt className="dim small">{t('worst5')}</dt><dd><Mos value={data.mos.p5} /></dd></div>
      </dl>
      <Course steps={data.series} hourly={days === '1'} />
      <h3>{t('trunkCauses')}</h3>
      <ul className="plain stack tight">
        {data.causes.map(({ cause, calls }) => (
          <li key={cause} className="cause">
            <span>{word(cause)}</span><span className="number">{calls}</span>
            <span className="level" aria-hidden="true"><span style={{ width: `${String(Math.round((100 * calls) / most))}%` }} /></span>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** How it went, step by step: answered, and how the carrier's side sounded. */
function Course({ steps, hourly }: { steps: TrunkStep[]; hourly: boolean }) {
  const form = new Intl.DateTimeFormat(language, hourly ? { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } : { day: 'numeric', month: 'short' })
  const names = steps.map(({ start_at }) => form.format(new Date(start_at)))
  return (
    <div className="plots" data-testid="trunk-course">
      <Lines title={t('calls')} names={names} values={steps.map(({ calls }) => calls)} scale={[0, 1]} />
      <Lines title="ASR" unit="%" names={names} values={steps.map(({ asr_percent }) => asr_percent)} scale={[0, 100]} />
      <Lines title="MOS" names={names} values={steps.map(({ mos }) => mos)} scale={[1, 4.5]} />
      <Lines title={t('trunkLost')} unit="%" names={names} values={steps.map(({ lost_percent }) => lost_percent)} scale={[0, 1]} />
      <Lines title={t('trunkJitter')} unit="ms" names={names} values={steps.map(({ jitter_ms }) => jitter_ms)} scale={[0, 10]} />
    </div>
  )
}
