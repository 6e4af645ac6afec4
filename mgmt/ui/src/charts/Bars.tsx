/** Columns over time, each in parts of its own colour; the same numbers as a table for who cannot see them. */
import { useState } from 'react'
import { t } from '../i18n'
import { Scroll } from '../parts/Scroll'

export interface Part {
  name: string
  look: 'good' | 'fair' | 'bad' | 'none'
}

export interface Column {
  name: string
  values: number[]
}

const width = 720
const height = 180

/** Whole numbers to draw a line at: none twice, each where it is. Pure. */
export const ticksOf = (most: number): number[] => [...new Set([0, Math.floor(most / 2), most])]

const edge = 32

/** A name below the middle of its column, but never over the edge of the plot. Pure. */
export const placed = (x: number): { x: number; textAnchor: 'start' | 'middle' | 'end' } =>
  x < edge ? { x: 0, textAnchor: 'start' } : x > width - edge ? { x: width, textAnchor: 'end' } : { x, textAnchor: 'middle' }

export function Bars({ title, parts, columns }: { title: string; parts: Part[]; columns: Column[] }) {
  const [table, setTable] = useState(false)
  const most = Math.max(1, ...columns.map(({ values }) => values.reduce((sum, one) => sum + one, 0)))
  const step = width / Math.max(1, columns.length)
  const every = Math.ceil(columns.length / 12)
  const total = (at: number) => columns.reduce((sum, { values }) => sum + (values[at] ?? 0), 0)
  const summary = `${title}: ${parts.map(({ name }, at) => `${name} ${String(total(at))}`).join(', ')}`
  return (
    <section className="card stack">
      <div className="row">
        <h2 className="grow">{title}</h2>
        {parts.map((part, at) => <span key={part.name} className={`legend ${part.look}`}>{part.name} <strong className="number">{total(at)}</strong></span>)}
        <button type="button" aria-pressed={table} onClick={() => setTable(!table)}>{t('asTable')}</button>
      </div>
      {table ? <Table parts={parts} columns={columns} /> : (
        <svg className="plot" role="img" aria-label={summary} viewBox={`0 0 ${width} ${height + 22}`}>
          {ticksOf(most).map((tick) => (
            <g key={tick}>
              <line className="grid" x1={0} x2={width} y1={height * (1 - tick / most)} y2={height * (1 - tick / most)} />
              {tick > 0 && <text className="tick" x={2} y={height * (1 - tick / most) + 12}>{tick}</text>}
            </g>
          ))}
          {columns.map((column, index) => {
            let top = height
            return (
              <g key={index}>
                <title>{`${column.name}: ${parts.map(({ name }, at) => `${name} ${String(column.values[at] ?? 0)}`).join(', ')}`}</title>
                {column.values.map((value, at) => {
                  const tall = (value / most) * height
                  top -= tall
                  return <rect key={at} className={parts[at]?.look} x={index * step + step * 0.14} width={step * 0.72} y={top} height={tall} rx={1.5} />
                })}
                {index % every === 0 && <text className="tick" {...placed((index + 0.5) * step)} y={height + 16}>{column.name}</text>}
              </g>
            )
          })}
        </svg>
      )}
    </section>
  )
}

const Table = ({ parts, columns }: { parts: Part[]; columns: Column[] }) => (
  <Scroll label={t('asTable')}>
    <table>
      <thead><tr><th>{t('when')}</th>{parts.map(({ name }) => <th key={name}>{name}</th>)}</tr></thead>
      <tbody>{columns.map(({ name, values }, index) => <tr key={index}><td>{name}</td>{values.map((value, at) => <td key={at} className="number">{value}</td>)}</tr>)}</tbody>
    </table>
  </Scroll>
)
