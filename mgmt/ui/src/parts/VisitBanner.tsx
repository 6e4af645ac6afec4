/** Says on every page that a helper acts as somebody, and ends it. */
import { api } from '../api/client'
import type { Me } from '../api/types'
import { t } from '../i18n'

export function VisitBanner({ me }: { me: Me | undefined }) {
  if (!me?.visitor) return null
  const end = () => void api('me/visit', 'DELETE').then(() => location.assign('/app/'))
  return (
    <div className="visit" role="status" data-testid="visit">
      <span>{me.visitor}: {t('actsAs')} <strong>{me.user?.name}</strong> ({me.tenant?.name})</span>
      <button onClick={end}>{t('visitEnd')}</button>
    </div>
  )
}
