/** The calls that are parked: in which slot, who, since when, and how to take one. */
import { useQuery } from '@tanstack/react-query'
import { useFeed } from '../api/feed'
import { featuresQuery } from '../api/queries'
import { clock, party } from '../format'
import { t } from '../i18n'
import { Empty, Trouble } from '../parts/Notice'
import { useNow } from '../parts/useNow'
import { useTelephone } from '../phone/PhoneProvider'

export function Parked() {
  const { calls, problem } = useFeed()
  const features = useQuery(featuresQuery).data?.data ?? []
  const { state, dial } = useTelephone()
  const now = useNow()
  const code = (id: string) => features.find((one) => one.id === id)?.code ?? ''
  const parked = calls.flatMap((call) => {
    const slot = /^slot ([0-9]{2})$/.exec(call.where)?.[1]
    return slot ? [{ call, slot, since: call.steps.findLast((step) => step.code === 'park.slot')?.at ?? call.started_at }] : []
  }).sort((a, b) => a.slot.localeCompare(b.slot))
  return (
    <>
      <div className="head"><h1>{t('parked')}</h1></div>
      <div className="stack">
        {problem && <Trouble error={problem} />}
        {!problem && parked.length === 0 && <Empty title={t('noParked')} hint={`${t('noParkedHint')} ${code('park')}, ${code('in_call_park')}`} />}
        {parked.map(({ call, slot, since }) => (
          <article key={call.id} className="card row" data-testid="parked">
            <span className="slot number" aria-label={`${t('slot')} ${slot}`}>{slot}</span>
            <div className="grow">
              <h2>{party(call.from_name, call.from)}</h2>
              <p className="dim small">{t('takeIt')} {code('unpark')}{slot}</p>
            </div>
            <span className="number strong">{clock((now - Date.parse(since)) / 1000)}</span>
            {state === 'ready' && code('unpark') && <button type="button" className="primary" onClick={() => dial(`${code('unpark')}${slot}`)}>{t('takeCall')}</button>}
          </article>
        ))}
      </div>
    </>
  )
}
