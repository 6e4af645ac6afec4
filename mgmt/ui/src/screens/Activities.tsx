/** The inbox: voicemails, missed calls and calls, until somebody has dealt with them. */
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import { api } from '../api/client'
import { activitiesQuery } from '../api/queries'
import type { Activity } from '../api/types'
import { party } from '../format'
import { t } from '../i18n'
import type { Key } from '../i18n/en'
import { Moment } from '../parts/Moment'
import { Empty, Loading, Trouble } from '../parts/Notice'
import { Player } from '../parts/Player'

const tabs: Key[] = ['open', 'done', 'all']

export function Activities() {
  const [state, setState] = useState<Key>('open')
  const query = useInfiniteQuery(activitiesQuery(state))
  const rows = query.data?.pages.flatMap((page) => page.data) ?? []
  const counts = query.data?.pages[0]?.counts
  return (
    <>
      <div className="head">
        <h1>{t('activity')}</h1>
        <div className="tabs" role="group" aria-label={t('activity')}>
          {tabs.map((tab) => (
            <button key={tab} aria-pressed={tab === state} onClick={() => setState(tab)}>
              {t(tab)} {tab === 'open' && counts && counts.open > 0 && <span className="chip">{counts.open}</span>}
            </button>
          ))}
        </div>
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
  const change = (what: Partial<Activity>) =>
    api(`activities/${activity.id}`, 'PATCH', what).then(() => queries.invalidateQueries({ queryKey: ['activities'] }), setError)
  const done = activity.state === 'done'
  return (
    <article
      className={`card stack ${activity.unread ? 'unread' : ''}`} data-testid="activity-row"
      onClick={() => activity.unread && void change({ unread: false })}
    >
      <div className="row">
        <div className="grow">
          <h2>{activity.title}</h2>
          <p className="dim small">
            {party(activity.from_name, activity.from)} · <Moment at={activity.at} />
            {activity.mailbox && ` · ${activity.mailbox}`}
          </p>
        </div>
        <Link className="button" to={`/calls/${activity.call}`} aria-label={`${t('details')}: ${activity.title}`}>{t('details')}</Link>
        <button
          aria-label={`${done ? t('reopen') : t('markDone')}: ${activity.title}`}
          onClick={(event) => { event.stopPropagation(); void change({ state: done ? 'open' : 'done' }) }}
        >
          {done ? t('reopen') : t('markDone')}
        </button>
      </div>
      {activity.media && <Player media={activity.media} title={activity.title} />}
      {error && <Trouble error={error} />}
    </article>
  )
}
