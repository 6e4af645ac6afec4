/** What the others see of me: in a call and for how long, not to be disturbed, my status; a press leads to where I change it. */
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { useFeed } from '../api/feed'
import { phoneQuery } from '../api/queries'
import type { LiveCall, MyPhone } from '../api/types'
import { clock } from '../format'
import { t } from '../i18n'
import { useNow } from './useNow'

/** The call in which somebody with this extension talks. Pure. */
export const talkOf = (calls: readonly LiveCall[], extension: string): LiveCall | undefined =>
  calls.find(({ state, from, to }) => state === 'talking' && (from === extension || to === extension))

export function Presence() {
  const { data } = useQuery(phoneQuery)
  const { calls } = useFeed()
  if (!data) return null
  const talk = talkOf(calls, data.extension)
  const look = talk || data.dnd ? 'bad' : data.status ? 'fair' : 'good'
  return (
    <Link to="/phone" className={`pill presence ${look}`} data-testid="presence" title={t('myPhone')}>
      <span>{talk ? t('talking') : named(data)}</span>{talk && <Since at={talk.answered_at ?? talk.started_at} />}
    </Link>
  )
}

const named = ({ dnd, status, statuses }: MyPhone): string => (dnd ? t('dnd') : statuses.find(({ id }) => id === status)?.name ?? t('available'))

function Since({ at }: { at: string }) {
  const now = useNow()
  return <span className="number"> {clock(Math.max(0, (now - Date.parse(at)) / 1000))}</span>
}
