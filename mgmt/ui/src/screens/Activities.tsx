/** The inbox: voicemails, missed calls, messages, tasks and calls, until somebody has dealt with them. */
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type KeyboardEvent } from 'react'
import { Link, useSearchParams } from 'react-router'
import { api } from '../api/client'
import { activitiesQuery, meQuery } from '../api/queries'
import type { Activity } from '../api/types'
import { party } from '../format'
import { t } from '../i18n'
import type { Key } from '../i18n/en'
import { titled } from '../i18n/titles'
import { Chosen } from '../parts/Chosen'
import { Handling } from '../parts/Handling'
import { Moment } from '../parts/Moment'
import { NewTask } from '../parts/NewTask'
import { Empty, Loading, Trouble } from '../parts/Notice'
import { Mos } from '../parts/Quality'
import { Player } from '../parts/Player'
import { SavedViews } from '../parts/SavedViews'
import { ServiceLevel } from '../parts/ServiceLevel'
import { useDone } from '../parts/Undo'
import { Dial } from '../phone/Dial'
import { useTelephone } from '../phone/PhoneProvider'

const tabs: [Key, string][] = [['open', 'open'], ['unreadTab', 'unread'], ['mentionsMe', 'mentions'], ['done', 'finished,resolved'], ['all', 'all']]
/** How many the node marks in one request. */
const chosen_max = 200
const kinds: Record<string, Key> = { voicemail: 'voicemail', missed_call: 'missed', message: 'messages', email: 'mailAddresses', web_request: 'webSite', task: 'taskKind' }

export function Activities() {
  const [asked, ask] = useSearchParams()
  const state = asked.get('state') ?? 'open'
  const text = asked.get('text') ?? ''
  const set = (name: string, value: string) => ask((before) => { before.set(name, value); return before }, { replace: true })
  const kind = asked.get('kind') ?? ''
  const me = useQuery(meQuery).data?.user?.id
  const query = useInfiniteQuery(activitiesQuery({ ...filterOf(state, me), ...(text && { text }), ...(kind && { kind }) }))
  const rows = query.data?.pages.flatMap((page) => page.data) ?? []
  const counts = query.data?.pages[0]?.counts
  const [ids, choose] = useState<ReadonlySet<string>>(new Set())
  const chosen = rows.filter(({ id }) => ids.has(id)).slice(0, chosen_max)
  const toggle = (id: string) => choose((before) => before.has(id) ? new Set([...before].filter((one) => one !== id)) : new Set([...before, id]))
  return (
    <>
      <div className="head">
        <h1>{t('activity')}</h1>
        <input type="search" aria-label={t('search')} placeholder={t('search')} value={text} onChange={(event) => set('text', event.target.value)} />
        <select aria-label={t('anyKind')} value={kind} onChange={(event) => set('kind', event.target.value)}>
          <option value="">{t('anyKind')}</option>
          {Object.entries(kinds).map(([one, name]) => <option key={one} value={one}>{t(name)}</option>)}
        </select>
        <div className="tabs" role="group" aria-label={t('activity')}>
          {tabs.filter(([, wanted]) => me !== undefined || wanted !== 'mentions').map(([name, wanted]) => (
            <button key={name} aria-pressed={wanted === state} onClick={() => set('state', wanted)}>
              {t(name)} {name === 'open' && counts && counts.open > 0 && <span className="chip">{counts.open < 1000 ? counts.open : '1000+'}</span>}
              {name === 'unreadTab' && counts && counts.unread > 0 && <span className="chip">{counts.unread < 1000 ? counts.unread : '1000+'}</span>}
            </button>
          ))}
        </div>
        <NewTask />
        <ServiceLevel />
      </div>
      <SavedViews />
      <div className="stack" onKeyDown={walk}>
        {query.isPending && <Loading />}
        {query.error && <Trouble error={query.error} again={() => void query.refetch()} />}
        {query.isSuccess && rows.length === 0 && (kind === 'voicemail' && !text
          ? <Empty title={t('noVoicemails')} hint={t('noVoicemailsHint')}><Link className="button" to="/prompts">{t('recordGreeting')}</Link></Empty>
          : <Empty title={t('noActivities')} hint={t('noActivitiesHint')} />)}
        {rows.length > 0 && <p className="dim small wide">{t('activityKeys')}</p>}
        {chosen.length > 0 && <Chosen chosen={chosen} all={() => choose(new Set(rows.map(({ id }) => id)))} none={() => choose(new Set())} />}
        {rows.map((activity) => <Row key={activity.id} activity={activity} chosen={ids.has(activity.id)} choose={() => toggle(activity.id)} />)}
        {query.hasNextPage && <button onClick={() => void query.fetchNextPage()}>{t('more')}</button>}
      </div>
    </>
  )
}

/** What the API is asked for by a tab. */
function filterOf(tab: string, me: string | undefined): Record<string, string> {
  if (tab === 'unread') return { state: 'all', unread: 'true' }
  return tab === 'mentions' ? { state: 'all', mentions: me ?? '' } : { state: tab }
}

/** J and K go to the next row and the one before. */
function walk(event: KeyboardEvent<HTMLDivElement>): void {
  const step = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0
  if (step === 0 || (event.target as HTMLElement).closest('input, select, textarea')) return
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-testid="activity-row"]')]
  const here = rows.findIndex((row) => row.contains(event.target as HTMLElement))
  rows[Math.max(0, here + step)]?.focus()
}

function Row({ activity: found, chosen, choose }: { activity: Activity; chosen: boolean; choose: () => void }) {
  const activity = titled(found)
  const queries = useQueryClient()
  const [error, setError] = useState<Error | null>(null)
  const [opened, setOpened] = useState(false)
  const send = (path: string, method: string, body: unknown) =>
    api(`activities/${activity.id}${path}`, method, body).then(() => queries.invalidateQueries({ queryKey: ['activities'] }), setError)
  const change = (what: Record<string, unknown>) => void send('', 'PATCH', what)
  const done = activity.state !== 'open'
  const tell = useDone()
  const { dial } = useTelephone()
  const toggle = () => {
    const back = activity.state
    void send('', 'PATCH', { state: done ? 'open' : 'finished' }).then(() => tell({ text: `${activity.title}: ${t(done ? 'reopen' : 'markDone')}`, back: () => send('', 'PATCH', { state: back }) }))
  }
  const press = (event: KeyboardEvent<HTMLElement>) => {
    if (event.target !== event.currentTarget) return
    if (event.key === 'e') toggle()
    else if (event.key === 'u') change({ unread: !activity.unread })
    else if (event.key === 'x') choose()
    else if (event.key === 'r') dial(activity.from)
    else if (event.key === 'Enter') setOpened(!opened)
  }
  return (
    <article
      className={`card stack ${activity.unread ? 'unread' : ''}`} data-testid="activity-row" tabIndex={0} aria-label={activity.title} onKeyDown={press}
      onClick={() => activity.unread && change({ unread: false })}
    >
      <div className="row">
        <label className="choose" onClick={(event) => event.stopPropagation()}>
          <input type="checkbox" checked={chosen} onChange={choose} aria-label={`${t('choose')}: ${activity.title}`} />
        </label>
        <div className="grow">
          <h2>{activity.title}</h2>
          <p className="dim small">
            {activity.from && <><Dial number={activity.from}>{party(activity.from_name, activity.from)}</Dial> · </>}<Moment at={activity.at} />
            {activity.mailbox && ` · ${activity.mailbox}`}
            {activity.assigned_to && ` · ${activity.assigned_to}`}
            {activity.due_at && <> · {t('due')} <Moment at={activity.due_at} /></>}
          </p>
        </div>
        {activity.mos !== null && <Mos value={activity.mos} />}
        {activity.flags.map((flag) => <span key={flag} className="chip">{flag}</span>)}
        {!done && late(activity) && <span className="chip bad">{t('overdue')}</span>}
        {activity.call && (
          <Link className="button" to={`/calls/${activity.call}`} aria-label={`${t('details')}: ${activity.title}`}>{t('details')}</Link>
        )}
        <button aria-expanded={opened} aria-label={`${t('handle')}: ${activity.title}`} onClick={() => setOpened(!opened)}>{t('handle')}</button>
        <button
          aria-label={`${done ? t('reopen') : t('markDone')}: ${activity.title}`}
          onClick={(event) => { event.stopPropagation(); toggle() }}
        >
          {done ? t('reopen') : t('markDone')}
        </button>
      </div>
      {activity.media && (
        <Player media={activity.media} title={activity.title} {...(activity.transcript && { said: { text: activity.transcript, words: activity.words, summary: activity.summary ?? [] } })} />
      )}
      {activity.media && activity.writing && !activity.transcript && <p className="dim small" role="status" data-testid="writing">{t('beingWritten')}</p>}
      {opened && <Handling activity={activity} change={change} comment={(said) => void send('/comments', 'POST', { text: said })} />}
      {error && <Trouble error={error} />}
    </article>
  )
}

/** Behind its date, or behind the time in which somebody should have dealt with it. */
const late = (activity: Activity): boolean =>
  [activity.due_at, activity.answer_by].some((stamp) => stamp !== null && Date.parse(stamp) < Date.now())
