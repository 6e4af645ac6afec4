/** How something measured went over time: a line with gaps where nobody measured; the same numbers as a table for who cannot see it. */
import { useState } from 'react'
import { t } from '../i18n'
import { Scroll } from '../parts/Scroll'
import { runs } from './Spark'

interface Props {
  title: string
  unit?: string
  names: string[]
  values: (number | null)[]
  /** The lowest and highest of the scale; more where a value is outside. */
  scale: readonly [number, number]
}

const width = 360
const height = 90

export function Lines({ title, unit = '', names, values, scale }: Props) {
  const [table, setTable] = useState(false)
  const known = values.filter((one): one is number => one !== null)
  const least = Math.min(scale[0], ...known)
  const most = Math.max(scale[1], ...known)
  const x = (at: number) => ((at + 0.5) / Math.max(1, values.length)) * width
  const y = (value: number) => height - ((value - least) / (most - least)) * height
  const said = (value: number | null) => (value === null ? '–' : `${String(value)}${unit && ` ${unit}`}`)
  const every = Math.ceil(names.length / 6)
  const summary = known.length === 0 ? `${title}: –` : `${title}: ${t('sparkLast')} ${said(known.at(-1)!)}, ${t('sparkFrom')} ${said(Math.min(...known))} ${t('sparkTo')} ${said(Math.max(...known))}`
  return (
    <figure className="stack plain-figure">
      <figcaption className="row"><span className="grow strong small">{title}</span><button type="button" aria-label={`${t('asTable')}: ${title}`} aria-pressed={table} onClick={() => setTable(!table)}>{t('asTable')}</button></figcaption>
      {table ? (
        <Scroll label={title}>
          <table>
            <thead><tr><th>{t('when')}</th><th>{title}</th></tr></thead>
            <tbody>{names.map((name, at) => <tr key={at}><td>{name}</td><td className="number">{said(values[at] ?? null)}</td></tr>)}</tbody>
          </table>
        </Scroll>
      ) : (
        <svg className="plot lines" role="img" aria-label={summary} viewBox={`0 0 ${String(width)} ${String(height + 22)}`}>
          {[0, 0.5, 1].map((share) => (
            <g key={share}>
              <line className="grid" x1={0} x2={width} y1={height * (1 - share)} y2={height * (1 - share)} />
              <text className="tick" x={2} y={height * (1 - share) + (share === 0 ? -3 : 12)}>{Number((least + (most - least) * share).toFixed(2))}</text>
            </g>
          ))}
          {runs(values).map((run) => (
            <g key={run[0]!.at}>
              <polyline points={run.map(({ value, at }) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ')} />
              {run.map(({ value, at }) => <circle key={at} r={3} cx={x(at)} cy={y(value)}><title>{`${names[at] ?? ''}: ${said(value)}`}</title></circle>)}
            </g>
          ))}
          {names.map((name, at) => at % every === 0 && <text key={at} className="tick" textAnchor={at === 0 ? 'start' : 'middle'} x={at === 0 ? 0 : x(at)} y={height + 16}>{name}</text>)}
        </svg>
      )}
    </figure>
  )
}
