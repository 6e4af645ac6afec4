/** Who did what in the company, when and from where: filters, pages, a file for a spreadsheet. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { address } from '../api/client'
import { auditQuery } from '../api/people'
import { t, word } from '../i18n'
import { Moment } from '../parts/Moment'
import { Empty, Loading, Trouble } from '../parts/Notice'

export function Audit() {
  const [filter, setFilter] = useState({ actor: '', action: '', object: '', since: '', until: '' })
  const asked = { ...filter, since: stampOf(filter.since), until: stampOf(filter.until) }
  const query = useInfiniteQuery(auditQuery(asked))
  const rows = query.data?.pages.flatMap((page) => page.data) ?? []
  const file = new URLSearchParams(Object.entries(asked).filter(([, value]) => value)).toString()
  const field = (name: keyof typeof filter) => ({
    value: filter[name],
    onChange: (event: { target: { value: string } }) => setFilter({ ...filter, [name]: event.target.value }),
  })
  return (
    <>
      <div className="head"><h1>{t('audit')}</h1><a className="button" href={address(`audit.csv?${file}`)} download>{t('download')}</a></div>
      <div className="stack">
        <form className="card row" onSubmit={(event) => event.preventDefault()}>
          <label>{t('who')}<input maxLength={100} {...field('actor')} /></label>
          <label>{t('auditAction')}<input maxLength={100} {...field('action')} /></label>
          <label>{t('auditObject')}<input maxLength={100} {...field('object')} /></label>
          <label>{t('from')}<input type="datetime-local" {...field('since')} /></label>
          <label>{t('to')}<input type="datetime-local" {...field('until')} /></label>
        </form>
        {query.isPending && <Loading />}
        {query.error && <Trouble error={query.error} again={() => void query.refetch()} />}
        {query.isSuccess && rows.length === 0 && <Empty title={t('noAudit')} hint={t('noAuditHint')} />}
        {rows.length > 0 && (
          <div className="card scroll" role="region" aria-label={t('audit')} tabIndex={0}>
            <table>
              <thead><tr>{(['when', 'who', 'auditAction', 'auditObject', 'details', 'auditAddress'] as const).map((name) => <th key={name} scope="col">{t(name)}</th>)}</tr></thead>
              <tbody>
                {rows.map((row, at) => (
                  <tr key={`${row.at} ${at}`} data-testid="audit-row">
                    <td><Moment at={row.at} /></td><td>{row.actor}</td><td>{word(`audit_${row.action.replaceAll('.', '_')}`).replace('audit_', '')}</td>
                    <td>{row.object}</td><td>{row.detail}</td><td>{row.address ?? '–'}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {query.hasNextPage && <button onClick={() => void query.fetchNextPage()}>{t('more')}</button>}
      </div>
    </>
  )
}

/** A moment that was chosen, as the API takes it. Pure. */
export const stampOf = (chosen: string): string => (chosen ? new Date(chosen).toISOString() : '')
