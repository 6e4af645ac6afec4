/** The journal: every finished call, newest first. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { callsQuery } from '../api/queries'
import { clock, party } from '../format'
import { t, word } from '../i18n'
import { Moment } from '../parts/Moment'
import { Empty, Loading, Trouble } from '../parts/Notice'
import { Mos } from '../parts/Quality'
import { Dial } from '../phone/Dial'

export function Calls() {
  const query = useInfiniteQuery(callsQuery)
  const rows = query.data?.pages.flatMap((page) => page.data) ?? []
  return (
    <>
      <div className="head"><h1>{t('calls')}</h1></div>
      <div className="stack">
        {query.isPending && <Loading />}
        {query.error && <Trouble error={query.error} again={() => void query.refetch()} />}
        {query.isSuccess && rows.length === 0 && <Empty title={t('noCalls')} hint={t('noCallsHint')} />}
        {rows.length > 0 && (
          <div className="card scroll">
            <table>
              <thead>
                <tr>
                  <th>{t('when')}</th><th>{t('from')}</th><th>{t('to')}</th><th>{t('outcome')}</th>
                  <th className="wide">{t('who')}</th><th className="wide">{t('talkTime')}</th><th className="wide">{t('quality')}</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((call) => (
                  <tr key={call.id}>
                    <td><Link to={`/calls/${call.id}`}><Moment at={call.started_at} /></Link></td>
                    <td><Dial number={call.from}>{party(call.from_name, call.from)}</Dial></td>
                    <td><Dial number={call.to}>{party(call.to_name, call.to)}</Dial></td>
                    <td><span className={`pill ${call.outcome ?? ''}`}>{word(call.outcome)}</span></td>
                    <td className="wide">{call.who ?? '–'}</td>
                    <td className="wide number">{clock(call.talk_ms / 1000)}</td>
                    <td className="wide"><Mos value={call.mos} /></td>
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
