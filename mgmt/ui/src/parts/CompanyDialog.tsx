/** Some fields of the company's own document behind a button, for who runs the company. */
import { useQuery } from '@tanstack/react-query'
import { useRef, type FormEvent, type ReactNode } from 'react'
import { useCompany, type Company } from '../api/company'
import { meQuery } from '../api/queries'
import { t } from '../i18n'
import type { Key } from '../i18n/en'
import { changes } from '../places'
import { Trouble } from './Notice'

interface Props {
  id: string
  title: Key
  hint: Key
  fields: (company: Company | undefined) => ReactNode
  said: (form: FormData) => Partial<Company>
}

export function CompanyDialog(props: Props) {
  const { data: me } = useQuery(meQuery)
  return changes(me, 'configuration') && <Asked {...props} />
}

function Asked({ id, title, hint, fields, said }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const { company, change } = useCompany()
  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    change.mutate(said(new FormData(event.currentTarget)), { onSuccess: () => dialog.current?.close() })
  }
  return (
    <>
      <button disabled={!company} onClick={() => dialog.current?.showModal()}>{t(title)}</button>
      <dialog ref={dialog} aria-labelledby={id}>
        <form key={JSON.stringify(company)} className="form" onSubmit={save}>
          <h2 id={id}>{t(title)}</h2>
          {fields(company)}
          <p className="dim small">{t(hint)}</p>
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
