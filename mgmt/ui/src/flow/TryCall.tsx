/** Call me to test: my phone rings, and I am the caller of the flow as it is drawn here. */
import { useState } from 'react'
import { api } from '../api/client'
import type { FlowDocument } from './types'
import { t } from '../i18n'
import { Trouble } from '../parts/Notice'

export function TryCall({ flow, document }: { flow: string; document: FlowDocument }) {
  const [error, setError] = useState<Error | null>(null)
  const [rings, setRings] = useState(false)
  const ring = async () => {
    setError(null)
    setRings(false)
    try {
      await api(`flows/${flow}/try`, 'POST', { document })
      setRings(true)
    } catch (refused) {
      setError(refused as Error)
    }
  }
  return (
    <section className="card stack" aria-label={t('callMe')}>
      <div className="row">
        <button type="button" data-testid="call-me" onClick={() => void ring()}>{t('callMe')}</button>
        <span className="dim small">{t('callMeHint')}</span>
      </div>
      {rings && <p role="status">{t('callMeRings')}</p>}
      {error && <Trouble error={error} />}
    </section>
  )
}
