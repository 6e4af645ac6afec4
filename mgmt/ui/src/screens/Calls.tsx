/** The journal: every finished call, newest first. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useSearchParams } from 'react-router'
import { callsQuery } from '../api/queries'
import { clock, party } from '../format'
import { t, word } from '../i18n'
import { Moment } from '../parts/Moment'
import { Empty, Loading, Trouble } from '../parts/Notice'
import { Mos } from '../parts/Quality'
import { RecordingRule } from '../parts/RecordingRule'
import { SavedViews } from '../parts/SavedViews'
import { Dial } from '../phone/Dial'
import { Scroll } from '../parts/Scroll'

const filters = ['party', 'said', 'direction', 'outcome', 'since', 'until'] as const

export function Calls() {
  const [asked, ask] = useSearchParams()
  const filter = Object.fromEntries(filters.flatMap((name): [string, string][] => (asked.get(name) ? [[name, asked.get(name)!]] : [])))
  const query = useInfiniteQuery(callsQuery(Object.fromEntries(Object.entries(filter).map(([name, value]) => [name, name === 'since' || name === 'until' ? new Date(value).toISOString() : value]))))
  const set = (name: string, value: string) => ask((before) => {
    const next = new URLSearchParams(before)
    if (value) next.set(name, value)
    else next.delete(name)
    return next
  }, { replace: true })
  const rows = query.data?.pages.flatMap((page) => page.data) ?? []
  return (
    <>
      <div className="head"><h1>{t('calls')}</h1><RecordingRule /></div>
      <div className="row filters" role="search">
        <input type="search" aria-label={t('searchCalls')} placeholder={t('searchCalls')} value={filter.party ?? ''} onChange={(event) => set('party', event.target.value)} />
        <input type="search" aria-label={t('searchSaid')} placeholder={t('searchSaid')} value={filter.said ?? ''} onChange={(event) => set('said', event.target.value)} />
        <select aria-label={t('anyDirection')} value={filter.direction ?? ''} onChange={(event) => set('direction', event.target.value)}>
          <option value="">{t('anyDirection')}</option>
          {(['inbound', 'outbound', 'internal'] as const).map((one) => <option key={one} value={one}>{t(one)}</option>)}
        </select>
        <select aria-label={t('anyOutcome')} value={filter.outcome ?? ''} onChange={(event) => set('outcome', event.target.value)}>
          <option value="">{t('anyOutcome')}</option>
          {(['answered', 'missed', 'voicemail', 'abandoned', 'busy', 'failed'] as const).map((one) => <option key={one} value={one}>{t(one)}</option>)}
        </select>
        <label className="row small">{t('sinceDate')}<input type="date" value={filter.since ?? ''} onChange={(event) => set('since', event.target.value)} /></label>
        <label className="row small">{t('untilDate')}<input type="date" value={filter.until ?? ''} onChange={(event) => set('until', event.target.value)} /></label>
        {Object.keys(filter).length > 0 && <button type="button" onClick={() => ask({})}>{t('clearFilters')}</button>}
      </div>
      <SavedViews />
      <div className="stack">
        {query.isPending && <Loading />}
        {query.error && <Trouble error={query.error} again={() => void query.refetch()} />}
        {query.isSuccess && rows.length === 0 && (Object.keys(filter).length > 0
          ? <Empty title={t('noFound')} hint={t('noFoundHint')} />
          : <Empty title={t('noCalls')} hint={t('noCallsHint')} />)}
        {rows.length > 0 && (
          <Scroll card label={t('calls')}>
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
                    <td className="nowrap"><Dial number={call.from}>{party(call.from_name, call.from)}</Dial></td>
                    <td className="nowrap"><Dial number={call.to}>{party(call.to_name, call.to)}</Dial></td>
                    <td><span className={`pill ${call.outcome ?? ''}`}>{word(call.outcome)}</span></td>
                    <td className="wide">{call.who ?? '–'}</td>
                    <td className="wide number">{clock(call.talk_ms / 1000)}</td>
                    <td className="wide"><Mos value={call.mos} /></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
        {query.hasNextPage && <button onClick={() => void query.fetchNextPage()}>{t('more')}</button>}
      </div>
    </>
  )
}
