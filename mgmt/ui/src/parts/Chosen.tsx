/** What is done with several activities of the inbox at once: one request there, and one with the former marks to take it back. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Activity } from '../api/activity'
import { api } from '../api/client'
import { peopleQuery } from '../api/queries'
import { t } from '../i18n'
import { Trouble } from './Notice'
import { useDone } from './Undo'

type Marks = Partial<Pick<Activity, 'unread' | 'state' | 'flags' | 'assigned_to'>>

/** The flag of what somebody deleted, also at a telephone: done with; a voice message goes for good when its mailbox says so. */
export const deleted = 'deleted'

interface Props {
  chosen: Activity[]
  all: () => void
  none: () => void
}

export function Chosen({ chosen, all, none }: Props) {
  const queries = useQueryClient()
  const tell = useDone()
  const { data: people } = useQuery(peopleQuery)
  const send = (changes: ({ id: string } & Marks)[]) =>
    api('activities', 'PATCH', { changes }).then(() => queries.invalidateQueries({ queryKey: ['activities'] }))
  const change = useMutation({
    mutationFn: (make: (one: Activity) => Marks) => send(chosen.map((one) => ({ id: one.id, ...make(one) }))),
  })
  const mark = (text: string, make: (one: Activity) => Marks) => {
    const before = chosen.map(({ id, unread, state, flags, assigned_to }) => ({ id, unread, state, flags, assigned_to }))
    const said = `${text}: ${String(chosen.length)}`
    change.mutate(make, { onSuccess: () => { none(); tell({ text: said, back: () => send(before) }) } })
  }
  const give = (person: string) => mark(t('assignedTo'), () => ({ assigned_to: person === '-' ? null : person }))
  const remove = () => mark(t('deletedMany'), (one) => ({ unread: false, state: 'resolved', flags: [...new Set([...one.flags, deleted])] }))
  return (
    <section className="card stack chosen-bar" aria-label={t('chosenMany')} data-testid="chosen">
      <div className="row">
        <span className="grow strong" role="status">{t('chosenMany')}: {chosen.length}</span>
        <label className="row small">
          {t('assignedTo')}
          <select value="" disabled={change.isPending} onChange={(event) => give(event.target.value)}>
            <option value="" disabled>…</option>
            <option value="-">{t('nobody')}</option>
            {people?.data.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
          </select>
        </label>
        <button type="button" disabled={change.isPending} onClick={() => mark(t('markDone'), () => ({ state: 'finished', unread: false }))}>{t('markDone')}</button>
        <button type="button" disabled={change.isPending} onClick={() => mark(t('resolve'), () => ({ state: 'resolved', unread: false }))}>{t('resolve')}</button>
        <button type="button" className="danger" disabled={change.isPending} onClick={remove}>{t('deleteMany')}</button>
        <button type="button" onClick={all}>{t('chooseAll')}</button>
        <button type="button" onClick={none}>{t('chooseNone')}</button>
      </div>
      {change.error && <Trouble error={change.error} />}
    </section>
  )
}
