/** The carriers, for operators: channels in use, gateways, registrations, what calls over them came to, acceptance. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { api } from '../api/client'
import { trunksQuery } from '../api/queries'
import { byNode, type Reached } from '../api/trunks'
import type { Gateway, Trunk } from '../api/types'
import { Spark } from '../charts/Spark'
import { t, word } from '../i18n'
import { useObjects, type Stored } from '../config/objects'
import { Acceptance } from '../parts/Acceptance'
import { CarrierLink } from '../parts/CarrierLink'
import { Empty, Loading, Trouble } from '../parts/Notice'
import { Scroll } from '../parts/Scroll'
import { TrunkFigures } from '../parts/TrunkFigures'

const spans = ['1', '7', '31'] as const

export function Trunks() {
  const [sought, seek] = useSearchParams()
  const days = spans.find((one) => one === sought.get('days')) ?? '1'
  const { data, error, isPending, refetch, dataUpdatedAt } = useQuery(trunksQuery)
  return (
    <>
      <div className="head"><h1>{t('trunks')}</h1>
        <div className="tabs" role="group" aria-label={t('trunkFigures')}>
          {spans.map((one) => <button key={one} type="button" aria-pressed={one === days} onClick={() => seek({ days: one })}>{t(`days${one}`)}</button>)}
        </div>
        <Link className="button" to="/trunk-settings">{t('trunkSettings')}</Link>
      </div>
      <div className="stack">
        {isPending && <Loading />}
        {error && <Trouble error={error} again={() => void refetch()} />}
        {data?.data.length === 0 && <Empty title={t('noTrunks')} hint={t('noTrunksHint')} />}
        {!!data?.signalling?.length && <OurAddresses reached={data.signalling} silent={data.silent ?? []} />}
        {data?.data.map((trunk) => <Card key={trunk.id} trunk={trunk} days={days} at={dataUpdatedAt} />)}
      </div>
    </>
  )
}

/** `at` is when it was asked about. */
function Card({ trunk, days, at }: { trunk: Trunk; days: string; at: number }) {
  const used = trunk.channels_in + trunk.channels_out
  return (
    <article className="card stack" data-testid="trunk">
      <div className="row">
        <h2 className="grow">{trunk.name} {trunk.drained && <span className="pill offline">{t('trunkDrained')}</span>}</h2>
        <DrainTrunk trunk={trunk} />
      </div>
      <p className="dim small">
        {t('channels')}: {trunk.channels_in} {t('incoming')}, {trunk.channels_out} {t('outgoing')}, {t('of')} {trunk.channels_max}
      </p>
      <div className="level" role="meter" aria-label={`${t('channels')}: ${trunk.name}`} aria-valuemin={0} aria-valuemax={trunk.channels_max} aria-valuenow={used}>
        <span style={{ width: `${String(Math.min(100, (100 * used) / Math.max(1, trunk.channels_max)))}%` }} />
      </div>
      {trunk.calls_per_s_in !== undefined && (
        <p className="dim small" data-testid="pace">
          {t('callsPerSecond')}: {trunk.calls_per_s_in} {t('incoming')}{limit(trunk.calls_per_s_in_max)}, {trunk.calls_per_s_out} {t('outgoing')}{limit(trunk.calls_per_s_out_max)}
        </p>
      )}
      <Scroll label={trunk.name}>
        <table>
          <thead><tr><th>{t('gateway')}</th><th>{t('state')}</th><th>{t('lastAnswer')}</th><th>{t('roundTrip')}</th><th>{t('registration')}</th></tr></thead>
          <tbody>{trunk.gateways.map((gateway) => <Row key={gateway.gateway} gateway={gateway} at={at} />)}</tbody>
        </table>
      </Scroll>
      <TrunkFigures id={trunk.id} days={days} />
      <Acceptance trunk={trunk.id} name={trunk.name} />
      <CarrierLink trunk={trunk.id} name={trunk.name} />
    </article>
  )
}

/** What a carrier must know of us: every node, its signalling and its voice. */
function OurAddresses({ reached, silent }: { reached: Reached[]; silent: string[] }) {
  return (
    <section className="card stack tight small" data-testid="signalling" aria-label={t('ourAddresses')}>
      <h2>{t('ourAddresses')}</h2>
      <p className="dim">{t('ourAddressesHint')}</p>
      <ul className="plain stack tight">
        {byNode(reached).map(([node, all]) => (
          <li key={node} className="breaks"><span className="strong">{node}</span><ul className="plain">{all.map(({ transport, address }) => <li key={transport + address}>{transport.toUpperCase()} <span className="number">{address}</span></li>)}</ul></li>
        ))}
      </ul>
      {silent.length > 0 && <p className="problem" role="status">{t('ourAddressesSilent')} {silent.join(', ')}</p>}
    </section>
  )
}

/** No new calls, those in progress go on; can be taken back. */
function DrainTrunk({ trunk: { id, name, drained = false } }: { trunk: Trunk }) {
  const { change } = useObjects('trunk')
  const set = useMutation({
    mutationFn: async () => {
      const before = await api<Stored>(`config/trunk/${encodeURIComponent(id)}`)
      return change(before, () => ({ drained: !drained }))
    },
  })
  return (
    <>
      <button type="button" disabled={set.isPending} aria-label={`${t(drained ? 'trunkUndrain' : 'trunkDrain')}: ${name}`} onClick={() => set.mutate()}>{t(drained ? 'trunkUndrain' : 'trunkDrain')}</button>
      {set.error && <Trouble error={set.error} />}
    </>
  )
}

const limit = (most: number | null | undefined) => (most == null ? '' : ` ${t('of')} ${String(most)}`)

function Row({ gateway, at }: { gateway: Gateway; at: number }) {
  const { registration } = gateway
  const trips = useTrips(gateway.rtt_ms, at)
  return (
    <tr>
      <td>{gateway.gateway}</td>
      <td><span className={`pill ${gateway.state === 'up' ? 'live' : 'offline'}`}>{word(gateway.state)}</span></td>
      <td>{gateway.said}</td>
      <td className="number">{gateway.rtt_ms === null ? '–' : `${gateway.rtt_ms.toFixed(0)} ms`} <Spark name={`${t('roundTrip')} (ms)`} values={trips} /></td>
      <td>{registration ? `${t(registration.registered ? 'yes' : 'no')} (${registration.said || registration.state})` : '–'}</td>
    </tr>
  )
}

const trips_max = 120

/** The round trips to a gateway since this page is open, each time that was asked (`at`). */
function useTrips(rtt_ms: number | null, at: number): (number | null)[] {
  const [trips, setTrips] = useState<(number | null)[]>([])
  useEffect(() => setTrips((before) => [...before, rtt_ms === null ? null : Math.round(rtt_ms)].slice(-trips_max)), [rtt_ms, at])
  return trips
}
