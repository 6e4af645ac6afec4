/** A new call flow: a name, and what it begins with, made of what the company has. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useRef, useState, type FormEvent } from 'react'
import { api } from '../api/client'
import { flowQueries, flowsQuery } from '../api/queries'
import { idOf } from '../config/objects'
import { t } from '../i18n'
import type { Key } from '../i18n/en'
import { Trouble } from '../parts/Notice'

const words: Record<string, [name: Key, hint: Key]> = {
  message: ['tMessage', 'tMessageHint'], person: ['tPerson', 'tPersonHint'], group: ['tGroup', 'tGroupHint'],
  hours: ['tHours', 'tHoursHint'], menu: ['tMenu', 'tMenuHint'], queue: ['tQueue', 'tQueueHint'],
}

export function NewFlow({ taken, open }: { taken: readonly string[]; open: (id: string) => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const cache = useQueryClient()
  const { data, error: away } = useQuery(flowQueries.templates)
  const [error, setError] = useState<Error | null>(null)
  const make = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const name = String(form.get('name')).trim()
    const id = idOf(name, taken)
    const document = data?.data.find((one) => one.id === form.get('template'))?.document
    try {
      await api(`flows/${id}`, 'PUT', { name, document }, '"0"')
      await cache.invalidateQueries({ queryKey: flowsQuery.queryKey })
      setError(null)
      dialog.current?.close()
      open(id)
    } catch (refused) {
      setError(refused as Error)
    }
  }
  return (
    <>
      <button type="button" onClick={() => dialog.current?.showModal()}>{t('newFlow')}</button>
      <dialog ref={dialog} className="roomy" aria-labelledby="new-flow">
        <form className="form" onSubmit={(event) => void make(event)}>
          <h2 id="new-flow">{t('newFlow')}</h2>
          <label>{t('fName')}<input name="name" required maxLength={120} autoComplete="off" /></label>
          <fieldset className="stack tight choices">
            <legend>{t('tBegin')}</legend>
            {(data?.data ?? []).map((one, at) => {
              const [name, hint] = words[one.id] ?? ['tMessage', 'tMessageHint']
              return (
                <label key={one.id} className="choice">
                  <input type="radio" name="template" value={one.id} defaultChecked={at === 0} />
                  <span><span className="strong">{t(name)}</span><br /><span className="dim small">{t(hint)}</span></span>
                </label>
              )
            })}
            {data?.data.length === 0 && <p className="dim small">{t('tNone')}</p>}
          </fieldset>
          {(error ?? away) && <Trouble error={(error ?? away)!} />}
          <div className="row">
            <button className="primary" type="submit" disabled={!data?.data.length}>{t('tMake')}</button>
            <button type="button" onClick={() => dialog.current?.close()}>{t('cancel')}</button>
          </div>
        </form>
      </dialog>
    </>
  )
}
