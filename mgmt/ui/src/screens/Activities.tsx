/** The inbox: voicemails, missed calls, messages, tasks and calls, until somebody has dealt with them. */
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import { api } from '../api/client'
import { activitiesQuery } from '../api/queries'
import type { Activity } from '../api/types'
import { party } from '../format'
import { t } from '../i18n'
import type { Key } from '../i18n/en'
import { Handling } from '../parts/Handling'
import { Moment } from '../parts/Moment'
import { NewTask } from '../parts/NewTask'
import { Empty, Loading, Trouble } from '../parts/Notice'
import { Player } from '../parts/Player'
import { Dial } from '../phone/Dial'

const tabs: [Key, string][] = [['open', 'open'], ['done', 'finished,resolved'], ['all', 'all']]

export function Activities() {
  const [state, setState] = useState('open')
  const [text, setText] = useState('')
  const query = useInfiniteQuery(activitiesQuery(text ? { state, text } : { state }))
  const rows = query.data?.pages.flatMap((page) => page.data) ?? []
  const counts = query.data?.pages[0]?.counts
  return (
    <>
      <div className="head">
        <h1>{t('activity')}</h1>
        <input type="search" aria-label={t('search')} placeholder={t('search')} value={text} onChange={(event) => setText(event.target.value)} />
        <div className="tabs" role="group" aria-label={t('activity')}>
          {tabs.map(([name, asked]) => (
            <button key={name} aria-pressed={asked === state} onClick={() => setState(asked)}>
              {t(name)} {name === 'open' && counts && counts.open > 0 && <span className="chip">{counts.open}</span>}
            </button>
          ))}
        </div>
        <NewTask />
      </div>
      <div className="stack">
        {query.isPending && <Loading />}
        {query.error && <Trouble error={query.error} again={() => void query.refetch()} />}
        {query.isSuccess && rows.length === 0 && <Empty title={t('noActivities')} hint={t('noActivitiesHint')} />}
        {rows.map((activity) => <Row key={activity.id} activity={activity} />)}
        {query.hasNextPage && <button onClick={() => void query.fetchNextPage()}>{t('more')}</button>}
      </div>
    </>
  )
}

function Row({ activity }: { activity: Activity }) {
  const queries = useQueryClient()
  const [error, setError] = useState<Error | null>(null)
  const [opened, setOpened] = useState(false)
  const send = (path: string, method: string, body: unknown) =>
    api(`activities/${activity.id}${path}`, method, body).then(() => queries.invalidateQueries({ queryKey: ['activities'] }), setError)
  const change = (what: Record<string, unknown>) => void send('', 'PATCH', what)
  const done = activity.state !== 'open'
  return (
    <article
      className={`card stack ${activity.unread ? 'unread' : ''}`} data-testid="activity-row"
      onClick={() => activity.unread && change({ unread: false })}
    >
      <div className="row">
        <div className="grow">
          <h2>{activity.title}</h2>
          <p className="dim small">
            {activity.from && <><Dial number={activity.from}>{party(activity.from_name, activity.from)}</Dial> · </>}<Moment at={activity.at} />
            {activity.mailbox && ` · ${activity.mailbox}`}
            {activity.assigned_to && ` · ${activity.assigned_to}`}
            {activity.due_at && <> · {t('due')} <Moment at={activity.due_at} /></>}
          </p>
        </div>
        {activity.flags.map((flag) => <span key={flag} className="chip">{flag}</span>)}
        {!done && late(activity) && <span className="chip bad">{t('overdue')}</span>}
        {activity.call && (
          <Link className="button" to={`/calls/${activity.call}`} aria-label={`${t('details')}: ${activity.title}`}>{t('details')}</Link>
        )}
        <button aria-expanded={opened} aria-label={`${t('handle')}: ${activity.title}`} onClick={() => setOpened(!opened)}>{t('handle')}</button>
        <button
          aria-label={`${done ? t('reopen') : t('markDone')}: ${activity.title}`}
          onClick={(event) => { event.stopPropagation(); change({ state: done ? 'open' : 'finished' }) }}
        >
          {done ? t('reopen') : t('markDone')}
        </button>
      </div>
      {activity.media && <Player media={activity.media} title={activity.title} />}
      {opened && <Handling activity={activity} change={change} comment={(said) => void send('/comments', 'POST', { text: said })} />}
      {error && <Trouble error={error} />}
    </article>
  )
}

/** Behind its date, or behind the time in which somebody should have dealt with it. */
const late = (activity: Activity): boolean =>
  [activity.due_at, activity.answer_by].some((stamp) => stamp !== null && Date.parse(stamp) < Date.now())
