/** Fields that only carriers have: gateways in rows, texts one a line. */
import { t } from '../i18n'
import { Ordered } from './choosers'

export interface Gateway {
  host: string
  port: number | null
  transport: 'udp' | 'tcp' | 'tls' | null
  priority: number
  weight: number
}

interface FieldProps<T> {
  label: string
  value: T
  set: (value: T) => void
}

export const LinesField = ({ label, value, set }: FieldProps<string[]>) => (
  <textarea aria-label={label} rows={Math.max(2, value.length + 1)} defaultValue={value.join('\n')} onChange={(event) => set(event.target.value.split(/[\s,]+/).filter(Boolean))} />
)

export function GatewaysField({ label, value, set }: FieldProps<Gateway[]>) {
  const called = ({ host }: Gateway) => host || t('fGateway')
  return (
    <div className="stack tight" role="group" aria-label={label}>
      <Ordered items={value} set={set} name={called}>
        {(gateway, change) => (
          <div className="row">
            <label className="grow">{t('fHost')}<input required autoComplete="off" value={gateway.host} onChange={(event) => change({ ...gateway, host: event.target.value.trim() })} /></label>
            <label>{t('fPort')}<input type="number" min={1} max={65_535} className="short" placeholder="SRV" value={gateway.port ?? ''} onChange={(event) => change({ ...gateway, port: event.target.value ? Number(event.target.value) : null })} /></label>
            <label>
              {t('fTransport')}
              <select value={gateway.transport ?? ''} onChange={(event) => change({ ...gateway, transport: (event.target.value || null) as Gateway['transport'] })}>
                <option value="">{t('fByDns')}</option>
                {(['udp', 'tcp', 'tls'] as const).map((one) => <option key={one} value={one}>{one.toUpperCase()}</option>)}
              </select>
            </label>
            <label>{t('fPriority')}<input type="number" min={0} max={65_535} className="short" value={gateway.priority} onChange={(event) => change({ ...gateway, priority: Number(event.target.value) })} /></label>
          </div>
        )}
      </Ordered>
      <button type="button" onClick={() => set([...value, { host: '', port: 5060, transport: 'udp', priority: 10 * (value.length + 1), weight: 10 }])}>+ {t('fGateway')}</button>
    </div>
  )
}
