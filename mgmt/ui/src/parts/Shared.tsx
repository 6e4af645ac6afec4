/** What can be done with a recording besides hearing it: a link for a quarter of an hour, keeping it for a lawsuit, deleting it. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { api } from '../api/client'
import { meQuery } from '../api/queries'
import { t } from '../i18n'
import { Moment } from './Moment'
import { Trouble } from './Notice'

const reason_chars_max = 500

interface Hold { by: string; at: string; reason: string }

export function Shared({ media }: { media: string }) {
  const queries = useQueryClient()
  const { data: me } = useQuery(meQuery)
  const [link, setLink] = useState('')
  const [asking, setAsking] = useState<'delete' | 'hold' | null>(null)
  const [error, setError] = useState<Error | null>(null)
  const manages = !!me && (me.operator || (me.user?.role !== 'user' && me.user?.role !== 'auditor'))
  const { data: known } = useQuery({ queryKey: ['held', media], queryFn: () => api<{ hold: Hold | null }>(`media/${media}/audit`), enabled: manages })
  const hold = known?.hold
  const share = () => void api<{ url: string }>(`media/${media}/link`, 'POST').then(({ url }) => {
    setLink(new URL(url, location.origin).href)
    return navigator.clipboard?.writeText(new URL(url, location.origin).href).catch(() => undefined)
  }, setError)
  const done = () => {
    setAsking(null)
    setError(null)
    return queries.invalidateQueries({ queryKey: ['held', media] })
  }
  const gone = () => queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] !== media })
  const reasoned = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const reason = String(new FormData(event.currentTarget).get('reason') ?? '')
    const held = asking === 'hold'
    void (held ? api(`media/${media}/hold`, 'PUT', { reason }) : api(`media/${media}?reason=${encodeURIComponent(reason)}`, 'DELETE')).then(held ? done : gone, setError)
  }
  const release = () => void api(`media/${media}/hold`, 'DELETE').then(done, setError)
  return (
    <div className="stack">
      <div className="row">
        <button type="button" onClick={share}>{t('shareLink')}</button>
        {manages && !asking && !hold && <button type="button" onClick={() => setAsking('hold')}>{t('holdSound')}</button>}
        {manages && !asking && !hold && <button type="button" className="danger" onClick={() => setAsking('delete')}>{t('deleteSound')}</button>}
      </div>
      {hold && <p className="row" data-testid="hold"><span className="grow">{t('heldBy')} {hold.by}, <Moment at={hold.at} />: {hold.reason}. {t('heldHint')}</span><button type="button" onClick={release}>{t('endHold')}</button></p>}
      {link && <label>{t('shareHint')}<input readOnly value={link} data-testid="shared-link" onFocus={(event) => event.target.select()} /></label>}
      {asking && (
        <form className="row" onSubmit={reasoned}>
          <label className="grow">{t(asking === 'hold' ? 'holdSoundHint' : 'deleteSoundHint')}<input name="reason" required maxLength={reason_chars_max} autoComplete="off" autoFocus /></label>
          <button type="submit" className={asking === 'hold' ? 'primary' : 'danger'}>{t(asking === 'hold' ? 'holdSound' : 'removeForGood')}</button>
          <button type="button" onClick={() => setAsking(null)}>{t('cancel')}</button>
        </form>
      )}
      {error && <Trouble error={error} />}
    </div>
  )
}
