/** A link for the carrier of a trunk: for some days it shows how we see the trunk, without a sign-in, and changes nothing. */
import { useMutation } from '@tanstack/react-query'
import { api } from '../api/client'
import { t } from '../i18n'
import { Moment } from './Moment'
import { Trouble } from './Notice'

export function CarrierLink({ trunk, name }: { trunk: string; name: string }) {
  const share = useMutation({
    mutationFn: () => api<{ url: string; expires_at: string }>(`trunks/${encodeURIComponent(trunk)}/link`, 'POST')
      .then(({ url, expires_at }) => ({ url: new URL(url, location.origin).href, expires_at })),
  })
  return (
    <div className="stack tight">
      <div className="row">
        <p className="grow dim small">{t('carrierLinkHint')}</p>
        <button type="button" disabled={share.isPending} aria-label={`${t('carrierLink')}: ${name}`} onClick={() => share.mutate()}>{t('carrierLink')}</button>
      </div>
      {share.data && (
        <label>{t('carrierLinkUntil')} <Moment at={share.data.expires_at} />
          <input readOnly value={share.data.url} data-testid="carrier-link" onFocus={(event) => event.target.select()} />
        </label>
      )}
      {share.error && <Trouble error={share.error} />}
    </div>
  )
}
