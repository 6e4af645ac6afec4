/** Notes at a moment of a recording, kept with the call in the inbox: one that is pressed is played from there. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { api } from '../api/client'
import type { Activity } from '../api/types'
import { clock } from '../format'
import { t } from '../i18n'
import { Moment } from './Moment'
import { Trouble } from './Notice'

/** The second that a note begins with ("1:23 the address"), and the rest; null: it is of no moment. Pure. */
export function momentOf(text: string): { at_s: number; rest: string } | null {
  const found = /^(?:(\d+):)?(\d{1,3}):(\d\d) (.*)$/s.exec(text)
  return found && { at_s: Number(found[1] ?? 0) * 3600 + Number(found[2]) * 60 + Number(found[3]), rest: found[4] ?? '' }
}

export function Notes({ call, at_s, seek }: { call: string; at_s: number; seek: (seconds: number) => void }) {
  const queries = useQueryClient()
  const { data } = useQuery({ queryKey: ['activities', 'of call', call], queryFn: () => api<Activity>(`activities/a${call}`), retry: false })
  const [marking, setMarking] = useState<number | null>(null)
  const [error, setError] = useState<Error | null>(null)
  if (!data) return null
  const keep = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const text = `${clock(marking ?? 0)} ${String(new FormData(event.currentTarget).get('note') ?? '')}`
    void api(`activities/${data.id}/comments`, 'POST', { text }).then(() => { setMarking(null); setError(null); return queries.invalidateQueries({ queryKey: ['activities'] }) }, setError)
  }
  return (
    <div className="stack tight">
      <ul className="plain stack tight small" aria-label={t('comments')}>
        {data.comments.map(({ id, text, by, at }) => {
          const moment = momentOf(text)
          return (
            <li key={id} data-testid="mark">
              {moment ? <><button type="button" className="link number" aria-label={`${t('seek')}: ${text}`} onClick={() => seek(moment.at_s)}>{clock(moment.at_s)}</button> {moment.rest}</> : text}
              {' '}<span className="dim">{by.replace(/^.*\//, '')} · <Moment at={at} /></span>
            </li>
          )
        })}
      </ul>
      {marking === null
        ? <div><button type="button" onClick={() => setMarking(at_s)}>{t('markHere')} {clock(at_s)}</button></div>
        : (
          <form className="row" onSubmit={keep}>
            <label className="grow">{t('addComment')} {clock(marking)}<input name="note" required maxLength={500} autoComplete="off" autoFocus /></label>
            <button type="submit" className="primary">{t('save')}</button>
            <button type="button" onClick={() => setMarking(null)}>{t('cancel')}</button>
          </form>
        )}
      {error && <Trouble error={error} />}
    </div>
  )
}
