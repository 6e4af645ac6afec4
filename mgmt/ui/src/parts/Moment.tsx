/** A moment as the company reads it: in the zone of its opening hours, in UTC where the pointer rests. */
import { useQuery } from '@tanstack/react-query'
import { meQuery } from '../api/queries'
import { moment } from '../format'
import { language } from '../i18n'

export function Moment({ at }: { at: string }) {
  const { data: me } = useQuery(meQuery)
  return <time dateTime={at} title={`${moment(at, language, 'UTC')} UTC`}>{moment(at, language, me?.tenant?.timezone)}</time>
}
