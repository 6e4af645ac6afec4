/** How much there is by weekday and hour: a table whose cells are also coloured, so that it is read by everybody. */
import { Scroll } from '../parts/Scroll'

export function HeatMap({ title, rows, columns, values }: { title: string; rows: string[]; columns: string[]; values: number[][] }) {
  const most = Math.max(1, ...values.flat())
  return (
    <section className="card stack">
      <h2>{title}</h2>
      <Scroll label={title}>
        <table className="heat">
          <thead><tr><td />{columns.map((name) => <th key={name} scope="col">{name}</th>)}</tr></thead>
          <tbody>
            {rows.map((name, row) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {columns.map((hour, column) => {
                  const value = values[row]?.[column] ?? 0
                  return <td key={hour} className="number" style={{ '--share': `${String(Math.round((100 * value) / most))}%` } as React.CSSProperties}>{value || ''}</td>
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  )
}
