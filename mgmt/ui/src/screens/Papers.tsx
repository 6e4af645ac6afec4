/** Papers that a country asks for before a number there is the company's: show them, see whether they are accepted. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { address, send } from '../api/client'
import { papersQuery, type Paper } from '../api/papers'
import { phone } from '../format'
import { language, t, word } from '../i18n'
import { Moment } from '../parts/Moment'
import { Empty, Loading, Trouble } from '../parts/Notice'

const countries = new Intl.DisplayNames(language, { type: 'region' })

/** The countries that are about the company: where something was shown or a number waits. Pure. */
export const concerned = (papers: Paper[]): string[] =>
  [...new Set(papers.filter(({ state, numbers }) => state !== 'missing' || !!numbers?.length).map(({ country }) => country))]

export function Papers() {
  const { data, error, isPending, refetch } = useQuery(papersQuery)
  const [chosen, choose] = useState('')
  const papers = data?.data ?? []
  const shown = [...new Set([...concerned(papers), ...(chosen ? [chosen] : [])])]
  const others = [...new Set(papers.map(({ country }) => country))].filter((one) => !shown.includes(one))
  return (
    <>
      <div className="head"><h1>{t('papers')}</h1></div>
      <div className="stack">
        <p className="dim">{t('papersHint')}</p>
        {isPending && <Loading />}
        {error && <Trouble error={error} again={() => void refetch()} />}
        {data && papers.length === 0 && <Empty title={t('noPapers')} hint={t('noPapersHint')} />}
        {shown.map((country) => (
          <section key={country} className="stack">
            <h2>{countries.of(country)}</h2>
            {papers.filter((one) => one.country === country).map((one) => <Row key={one.id} one={one} />)}
          </section>
        ))}
        {others.length > 0 && (
          <label className="row">{t('papersCountry')}
            <select value="" onChange={(event) => choose(event.target.value)}>
              <option value="">–</option>
              {others.map((one) => <option key={one} value={one}>{countries.of(one)}</option>)}
            </select>
          </label>
        )}
      </div>
    </>
  )
}

function Row({ one }: { one: Paper }) {
  const queries = useQueryClient()
  const give = useMutation({
    mutationFn: (file: File) => send(`market/papers/${one.country}/${one.paper}`, file, file.type, 'PUT'),
    onSuccess: () => queries.invalidateQueries({ queryKey: papersQuery.queryKey }),
  })
  return (
    <article className="card stack" data-testid="paper">
      <h3>{word(`paper_${one.paper}`)} <span className={`pill ${one.state === 'accepted' ? 'good' : one.state === 'refused' ? 'bad' : ''}`}>{word(`paper_${one.state}`)}</span></h3>
      <p className="dim small">{word(`paperHint_${one.paper}`)}{one.changed_at && <> · <Moment at={one.changed_at} /></>}</p>
      {!!one.numbers?.length && <p className="small">{t('paperWaits')}: {one.numbers.map(phone).join(', ')}</p>}
      {one.said && <p>{one.said}</p>}
      {one.state !== 'missing' && <a href={address(`market/papers/${one.country}/${one.paper}/file`)} download>{t('paperFile')}</a>}
      {give.error && <Trouble error={give.error} />}
      <label>
        {t(one.state === 'missing' ? 'paperGive' : 'paperAgain')}
        <input type="file" disabled={give.isPending} accept="application/pdf,image/png,image/jpeg" onChange={(event) => event.target.files?.[0] && give.mutate(event.target.files[0])} />
      </label>
    </article>
  )
}
