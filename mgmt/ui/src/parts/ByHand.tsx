/** Open or closed by hand for a while, whatever the week says; it ends by itself, or at the press of a button. */
import { useState } from 'react'
import { dateIn, forcedOf, momentOf, type Turn } from '../config/hours'
import type { Stored } from '../config/objects'
import { language, t } from '../i18n'
import type { Key } from '../i18n/en'
import { useNow } from './useNow'

interface Asked { object: Stored; zone: string; next: Turn | undefined; manages: boolean; set: (forced: { open: boolean; until: string } | null) => void }

const hour_ms = 3_600_000
const spans = ['turn', 'hour', 'hours4', 'today', 'week'] as const
type Span = (typeof spans)[number]
const names: Record<Span, Key> = { turn: 'hUntilTurn', hour: 'hOneHour', hours4: 'hFourHours', today: 'hUntilMidnight', week: 'hOneWeek' }

export function ByHand({ object, zone, next, manages, set }: Asked) {
  const now = useNow()
  const [span, setSpan] = useState<Span>('today')
  const forced = forcedOf(object.document, new Date(now))
  const at = new Intl.DateTimeFormat(language, { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZone: zone })
  if (forced) return (
    <div className="row" data-testid="by-hand">
      <p className="grow" role="status"><span className="chip">{t(forced.open ? 'hOpenByHand' : 'hClosedByHand')}</span> {t('until')} <time dateTime={forced.until}>{at.format(new Date(forced.until))}</time></p>
      {manages && <button type="button" onClick={() => set(null)}>{t('hAsTheWeek')}</button>}
    </div>
  )
  const until: Record<Span, Date | undefined> = {
    turn: next?.at, hour: new Date(Date.now() + hour_ms), hours4: new Date(Date.now() + 4 * hour_ms),
    today: momentOf(dateIn(new Date(), zone), '24:00', zone), week: new Date(Date.now() + 7 * 24 * hour_ms),
  }
  const force = (open: boolean) => set({ open, until: (until[span] ?? new Date(Date.now() + hour_ms)).toISOString() })
  return manages && (
    <div className="row">
      <label>
        {t('hByHand')}
        <select value={span} onChange={(event) => setSpan(event.target.value as Span)}>
          {spans.filter((one) => until[one]).map((one) => <option key={one} value={one}>{t(names[one])}{one === 'turn' && next ? ` (${at.format(next.at)})` : ''}</option>)}
        </select>
      </label>
      <button type="button" onClick={() => force(true)}>{t('hOpenNow')}</button>
      <button type="button" onClick={() => force(false)}>{t('hCloseNow')}</button>
    </div>
  )
}
