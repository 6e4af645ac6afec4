/** What the others see of me and for how long: in a call, not to be disturbed, my status; a press leads to where I change it. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Link } from 'react-router'
import { useFeed } from '../api/feed'
import { phoneQuery } from '../api/queries'
import type { LiveCall, MyPhone } from '../api/types'
import { lasted } from '../format'
import { t } from '../i18n'
import { useNow } from './useNow'

/** The call in which somebody with this extension talks. Pure. */
export const talkOf = (calls: readonly LiveCall[], extension: string): LiveCall | undefined =>
  calls.find(({ state, from, to }) => state === 'talking' && (from === extension || to === extension))

export function Presence() {
  const { data } = useQuery(phoneQuery)
  const { calls } = useFeed()
  const talk = data && talkOf(calls, data.extension)
  const over = useOver(talk?.id)
  if (!data) return null
  const since = talk ? talk.answered_at ?? talk.started_at : later(data.since_at, over)
  const look = talk || data.dnd ? 'bad' : data.status ? 'fair' : 'good'
  return (
    <Link to="/phone" className={`pill presence ${look}`} data-testid="presence" title={t('myPhone')}>
      <span>{talk ? t('talking') : named(data)}</span>{since && <Since at={since} />}
    </Link>
  )
}

/** The later of two moments; undefined where there is none. Pure. */
export const later = (one: string | null | undefined, other: string | null | undefined): string | undefined =>
  [one, other].filter((at): at is string => !!at).sort((a, b) => Date.parse(a) - Date.parse(b)).at(-1)

/** When the last talk ended that this page has seen. */
function useOver(talk: string | undefined): string | null {
  const [known, know] = useState<{ talk: string | undefined; over: string | null }>({ talk, over: null })
  useEffect(() => know((before) => (before.talk === talk ? before : { talk, over: before.talk && !talk ? new Date().toISOString() : before.over })), [talk])
  return known.over
}

const named = ({ dnd, status, statuses }: MyPhone): string => (dnd ? t('dnd') : statuses.find(({ id }) => id === status)?.name ?? t('available'))

function Since({ at }: { at: string }) {
  const now = useNow()
  return <span className="number"> {lasted(Math.max(0, (now - Date.parse(at)) / 1000), { hours: t('hoursShort'), days: t('daysShort') })}</span>
}
