/** A report on the page: its table, of which a long one shows its beginning. */
import { useQuery } from '@tanstack/react-query'
import { reportTableQuery } from '../api/reports'
import { t } from '../i18n'
import { Loading, Trouble } from './Notice'
import { Scroll } from './Scroll'

const rows_max = 500

export function ReportTable({ id }: { id: string }) {
  const { data, error } = useQuery(reportTableQuery(id))
  if (error) return <Trouble error={error} />
  if (!data) return <Loading />
  if (data.rows.length === 0) return <p className="dim">{t('rEmpty')}</p>
  return (
    <>
      <Scroll label={data.title}>
        <table data-testid="report-table">
          <caption className="dim small">{data.title} · {data.about}</caption>
          <thead><tr>{data.columns.map((name) => <th key={name} scope="col">{name}</th>)}</tr></thead>
          <tbody>
            {data.rows.slice(0, rows_max).map((row, index) => (
              <tr key={index}>{row.map((cell, column) => <td key={column} className={typeof cell === 'number' ? 'number' : undefined}>{cell ?? '–'}</td>)}</tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {data.rows.length > rows_max && <p className="dim small">{t('rFirst')} {rows_max} / {data.rows.length}</p>}
    </>
  )
}
