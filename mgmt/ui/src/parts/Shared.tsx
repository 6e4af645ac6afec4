/** What can be done with a recording besides hearing it: a link for a quarter of an hour, and deleting it, which is for good. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { api } from '../api/client'
import { meQuery } from '../api/queries'
import { t } from '../i18n'
import { Trouble } from './Notice'

const reason_chars_max = 500

export function Shared({ media }: { media: string }) {
  const queries = useQueryClient()
  const { data: me } = useQuery(meQuery)
  const [link, setLink] = useState('')
  const [asking, setAsking] = useState(false)
  const [error, setError] = useState<Error | null>(null)
  const manages = !!me && (me.operator || (me.user?.role !== 'user' && me.user?.role !== 'auditor'))
  const share = () => void api<{ url: string }>(`media/${media}/link`, 'POST').then(({ url }) => {
    setLink(new URL(url, location.origin).href)
    return navigator.clipboard?.writeText(new URL(url, location.origin).href).catch(() => undefined)
  }, setError)
  const remove = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const reason = String(new FormData(event.currentTarget).get('reason') ?? '')
    void api(`media/${media}?reason=${encodeURIComponent(reason)}`, 'DELETE').then(() => queries.invalidateQueries(), setError)
  }
  return (
    <div className="stack">
      <div className="row">
        <button type="button" onClick={share}>{t('shareLink')}</button>
        {manages && !asking && <button type="button" className="danger" onClick={() => setAsking(true)}>{t('deleteSound')}</button>}
      </div>
      {link && <label>{t('shareHint')}<input readOnly value={link} data-testid="shared-link" onFocus={(event) => event.target.select()} /></label>}
      {asking && (
        <form className="row" onSubmit={remove}>
          <label className="grow">{t('deleteSoundHint')}<input name="reason" required maxLength={reason_chars_max} autoComplete="off" autoFocus /></label>
          <button type="submit" className="danger">{t('removeForGood')}</button>
          <button type="button" onClick={() => setAsking(false)}>{t('cancel')}</button>
        </form>
      )}
      {error && <Trouble error={error} />}
    </div>
  )
}
