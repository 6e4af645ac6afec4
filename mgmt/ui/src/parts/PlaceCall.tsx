import { useRef, useState, type FormEvent } from 'react'
import { api } from '../api/client'
import { t } from '../i18n'
import { Trouble } from './Notice'

/** A two-leg call: rings the person, then the number. */
export function PlaceCall() {
  const dialog = useRef<HTMLDialogElement>(null)
  const [error, setError] = useState<Error | null>(null)
  const place = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    try {
      await api('calls', 'POST', { from: form.get('from'), to: form.get('to') })
      setError(null)
      dialog.current?.close()
    } catch (refused) {
      setError(refused as Error)
    }
  }
  return (
    <>
      <button onClick={() => dialog.current?.showModal()}>{t('placeCall')}</button>
      <dialog ref={dialog} aria-labelledby="place-call">
        <form className="form" onSubmit={(event) => void place(event)}>
          <h2 id="place-call">{t('placeCall')}</h2>
          <p className="dim small">{t('placeCallHint')}</p>
          <label>{t('person')}<input name="from" required autoComplete="off" /></label>
          <label>{t('number')}<input name="to" required inputMode="tel" autoComplete="off" /></label>
          {error && <Trouble error={error} />}
          <div className="row">
            <button className="primary" type="submit">{t('call')}</button>
            <button type="button" onClick={() => dialog.current?.close()}>{t('cancel')}</button>
          </div>
        </form>
      </dialog>
    </>
  )
}
