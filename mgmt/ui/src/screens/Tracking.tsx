/** Call tracking: pools of numbers for visitors of a site, the lines to put into a page, and the calls as tables for who brought them. */
import { useQuery } from '@tanstack/react-query'
import { address } from '../api/client'
import { meQuery } from '../api/queries'
import { trackingFields } from '../config/fields'
import type { Stored } from '../config/objects'
import { ObjectScreen } from '../config/ObjectScreen'
import { phone } from '../format'
import { t } from '../i18n'
import { Copy } from '../parts/Copy'

const days = 30
const day_ms = 86_400_000

export function Tracking() {
  return (
    <ObjectScreen
      kind="tracking" title="tracking" empty={['noTracking', 'noTrackingHint']} fields={trackingFields}
      fresh={{ name: '', origins: [], numbers: [], fallback: '', window_days: 21, hold_s: 1800, counter: '', token: '', conversion: 'Call', currency: 'USD' }}
      row={(object) => <Pool object={object} />}
    />
  )
}

function Pool({ object: { id, document } }: { object: Stored }) {
  const { data: me } = useQuery(meQuery)
  const fallback = String(document.fallback)
  const text = `<script async src="${location.origin}/tracking/${me?.tenant?.id ?? ''}.${id}.js"></script>\n<a href="tel:${fallback}"><span data-tracked-number>${fallback}</span></a>`
  const until = new Date(Math.ceil(Date.now() / day_ms) * day_ms)
  const span = `since=${new Date(until.getTime() - days * day_ms).toISOString()}&until=${until.toISOString()}`
  return (
    <div className="stack tight">
      <p className="dim small">
        {(document.origins as string[]).join(', ')} · {(document.numbers as string[]).length} {t('trackNumbers')} · {t('trackFallback')}: {phone(fallback)}
        {' · '}{document.counter ? `Metrica ${String(document.counter)}` : t('trackNoUpload')}
      </p>
      <p className="small dim">{t('snippet')}</p>
      <div className="row"><code className="breaks grow" data-testid="snippet">{text}</code><Copy text={text} /></div>
      <div className="row">
        <span className="small dim">{t('trackTables')}</span>
        <a className="button" href={address(`tracking/${id}/metrica.csv?${span}`)} download>Yandex Metrica</a>
        <a className="button" href={address(`tracking/${id}/google.csv?${span}`)} download>Google Ads</a>
      </div>
    </div>
  )
}
