/** Closing an account: what happens is said, and the company's name is typed, because its numbers are gone afterwards. */
import { useMutation } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { t } from '../i18n'
import { Trouble } from './Notice'

export function CloseAccount({ company, close }: { company: string; close: (name: string) => Promise<unknown> }) {
  const [asked, ask] = useState(false)
  const [name, setName] = useState('')
  const closing = useMutation({ mutationFn: () => close(name), onSuccess: () => ask(false) })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    closing.mutate()
  }
  if (!asked) return <button type="button" className="danger" onClick={() => ask(true)}>{t('closeAccount')}</button>
  return (
    <form className="stack grow" onSubmit={submit} data-testid="close-account">
      <p className="small">{t('closeHint')}</p>
      <div className="row">
        <label className="grow">{t('closeName')} {company}<input autoFocus required value={name} onChange={(event) => setName(event.target.value)} /></label>
        <button className="danger" disabled={name !== company || closing.isPending}>{t('closeAccount')}</button>
        <button type="button" onClick={() => ask(false)}>{t('cancel')}</button>
      </div>
      {closing.error && <Trouble error={closing.error} />}
    </form>
  )
}
