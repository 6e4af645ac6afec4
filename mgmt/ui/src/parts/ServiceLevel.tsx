/** How soon customers should have an answer: the service level of the inbox, for who runs the company. */
import { useQuery } from '@tanstack/react-query'
import { useRef, type FormEvent } from 'react'
import { useCompany } from '../api/company'
import { meQuery } from '../api/queries'
import { t } from '../i18n'
import { changes } from '../places'
import { Trouble } from './Notice'

const within_min_max = 20_160

export function ServiceLevel() {
  const { data: me } = useQuery(meQuery)
  return changes(me, 'configuration') && <Asked />
}

function Asked() {
  const dialog = useRef<HTMLDialogElement>(null)
  const { company, change } = useCompany()
  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const said = new FormData(event.currentTarget).get('within')
    change.mutate({ answer_within_min: said ? Number(said) : null }, { onSuccess: () => dialog.current?.close() })
  }
  return (
    <>
      <button disabled={!company} onClick={() => dialog.current?.showModal()}>{t('answerWithin')}</button>
      <dialog ref={dialog} aria-labelledby="answer-within">
        <form key={String(company?.answer_within_min)} className="form" onSubmit={save}>
          <h2 id="answer-within">{t('answerWithin')}</h2>
          <label>
            {t('answerWithinMin')}
            <input name="within" type="number" min={1} max={within_min_max} step={1} defaultValue={company?.answer_within_min ?? ''} autoComplete="off" />
          </label>
          <p className="dim small">{t('answerWithinHint')}</p>
          {change.error && <Trouble error={change.error} />}
          <div className="row">
            <button className="primary" type="submit" disabled={change.isPending}>{t('save')}</button>
            <button type="button" onClick={() => dialog.current?.close()}>{t('cancel')}</button>
          </div>
        </form>
      </dialog>
    </>
  )
}
