/** Says on every page that the account of the company does not let it telephone, or soon will not. */
import type { Me } from '../api/types'
import { t } from '../i18n'
import type { Key } from '../i18n/en'

const WORDS: Record<string, Key> = { past_due: 'pastDueBanner', suspended: 'suspendedBanner', closed: 'closedBanner' }

export function AccountBanner({ me }: { me: Me | undefined }) {
  const words = WORDS[me?.tenant?.status ?? '']
  return words ? <div className="visit" role="status" data-testid="account-banner"><span>{t(words)}</span></div> : null
}
