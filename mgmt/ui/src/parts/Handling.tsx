/** What people make of an activity: whose it is, until when, notes; and what else there was with the customer. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { activitiesQuery, peopleQuery } from '../api/queries'
import type { Activity } from '../api/types'
import { t } from '../i18n'
import { titled } from '../i18n/titles'
import { Moment } from './Moment'

interface Props {
  activity: Activity
  change: (what: Record<string, unknown>) => void
  comment: (text: string) => void
}

/** The beginning of a name that is being written after an @ at the end of a note; null: none is. Pure. */
export const naming = (note: string): string | null => /(?:^|\s)@([^@\s]*)$/.exec(note)?.[1]?.toLowerCase() ?? null

export function Handling({ activity, change, comment }: Props) {
  const { data: people } = useQuery(peopleQuery)
  const [note, setNote] = useState('')
  const flagged = activity.flags.length > 0
  const add = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    comment(note)
    setNote('')
  }
  const begun = naming(note)
  const named = begun === null ? [] : (people?.data ?? []).filter(({ id, name }) => [id, ...name.toLowerCase().split(' ')].some((one) => one.startsWith(begun))).slice(0, 5)
  return (
    <div className="stack">
      {activity.text && <p className="said">{activity.text}</p>}
      {activity.proof.proved === false && <p className="small dim">{t('notProved')} SPF: {activity.proof.spf}, DMARC: {activity.proof.dmarc}</p>}
      {activity.source && <p className="small dim">{t('cameFrom')}: {activity.source}{activity.source_ref && `, ${activity.source_ref}`}</p>}
      {activity.attachments.some((one) => one.file) && (
        <p className="small" aria-label={t('attachments')}>
          {activity.attachments.map((one, index) => one.file && (
            <a key={index} className="chip" href={`/api/v1/activities/${activity.id}/attachments/${String(index)}`} download>{one.file}</a>
          ))}
        </p>
      )}
      <div className="row">
        <label className="row small">
          {t('assignedTo')}
          <select value={activity.assigned_to ?? ''} onChange={(event) => change({ assigned_to: event.target.value || null })}>
            <option value="">{t('nobody')}</option>
            {people?.data.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
          </select>
        </label>
        <button onClick={() => change({ flags: flagged ? [] : ['important'] })}>{flagged ? t('unflag') : t('flag')}</button>
      </div>
      <h3>{t('comments')}</h3>
      <ul className="small">
        {activity.comments.map((one) => (
          <li key={one.id} data-testid="comment">
            {one.text.split(/((?<![\w@.])@[a-z0-9][a-z0-9_-]*)/).map((part, at) => (at % 2 ? <strong key={at}>{part}</strong> : part))} <span className="dim">{one.by.replace(/^.*\//, '')} · <Moment at={one.at} /></span>
          </li>
        ))}
      </ul>
      <form className="row" onSubmit={add}>
        <input className="grow" required aria-label={t('addComment')} placeholder={t('addComment')} autoComplete="off" value={note} onChange={(event) => setNote(event.target.value)} />
        <button type="submit">{t('save')}</button>
        {named.map(({ id, name }) => <button key={id} type="button" onClick={() => setNote(note.replace(/@[^@\s]*$/, `@${id} `))}>@{id} {name}</button>)}
      </form>
      {activity.customer && <Thread customer={activity.customer} but={activity.id} />}
    </div>
  )
}

function Thread({ customer, but }: { customer: string; but: string }) {
  const query = useInfiniteQuery(activitiesQuery({ customer }))
  const rows = (query.data?.pages.flatMap((page) => page.data) ?? []).filter((one) => one.id !== but)
  if (rows.length === 0) return null
  return (
    <>
      <h3>{t('thread')}</h3>
      <ul className="small">
        {rows.map((one) => <li key={one.id}>{titled(one).title} <span className="dim"><Moment at={one.at} /></span></li>)}
      </ul>
    </>
  )
}
