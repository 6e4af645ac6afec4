/** Says on every page that the account of the company does not let it telephone, or soon will not. */
import type { Me } from '../api/types'
import { t } from '../i18n'
import type { Key } from '../i18n/en'

const STOPPED: Record<string, Key> = { suspended: 'suspendedBanner', closed: 'closedBanner' }

function words(tenant: Me['tenant']): Key | undefined {
  const stopped = STOPPED[tenant?.status ?? '']
  if (stopped) return stopped
  if (tenant?.minutes_spent) return 'minutesSpentBanner'
  return tenant?.status === 'past_due' ? 'pastDueBanner' : undefined
}

export function AccountBanner({ me }: { me: Me | undefined }) {
  const said = words(me?.tenant ?? null)
  return said ? <div className="visit" role="status" data-testid="account-banner"><span>{t(said)}</span></div> : null
}
