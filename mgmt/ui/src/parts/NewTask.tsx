import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState, type FormEvent } from 'react'
import { api } from '../api/client'
import { t } from '../i18n'
import { Trouble } from './Notice'

/** Something to do that no channel brought. */
export function NewTask() {
  const dialog = useRef<HTMLDialogElement>(null)
  const queries = useQueryClient()
  const [error, setError] = useState<Error | null>(null)
  const make = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const said = Object.fromEntries([...form].filter(([, value]) => value !== '')) as Record<string, string>
    if (said.due_at) said.due_at = new Date(said.due_at).toISOString()
    try {
      await api('activities', 'POST', said)
      setError(null)
      dialog.current?.close()
      await queries.invalidateQueries({ queryKey: ['activities'] })
    } catch (refused) {
      setError(refused as Error)
    }
  }
  return (
    <>
      <button onClick={() => dialog.current?.showModal()}>{t('newTask')}</button>
      <dialog ref={dialog} aria-labelledby="new-task">
        <form className="form" onSubmit={(event) => void make(event)}>
          <h2 id="new-task">{t('newTask')}</h2>
          <label>{t('title')}<input name="title" required maxLength={200} autoComplete="off" /></label>
          <label>{t('notes')}<input name="text" autoComplete="off" /></label>
          <label>{t('number')}<input name="phone" inputMode="tel" autoComplete="off" /></label>
          <label>{t('due')}<input name="due_at" type="datetime-local" /></label>
          {error && <Trouble error={error} />}
          <div className="row">
            <button className="primary" type="submit">{t('save')}</button>
            <button type="button" onClick={() => dialog.current?.close()}>{t('cancel')}</button>
          </div>
        </form>
      </dialog>
    </>
  )
}
