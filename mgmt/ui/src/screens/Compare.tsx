/** Two calls beside each other: how each sounded, over time and in its recording; both are in the address. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useSearchParams } from 'react-router'
import { callQuery, callsQuery, meQuery } from '../api/queries'
import type { Call } from '../api/types'
import { moment, party } from '../format'
import { language, t } from '../i18n'
import { Loading, Trouble } from '../parts/Notice'
import { Mos } from '../parts/Quality'
import { Sound } from '../parts/Sound'
import { Streams } from './CallDetail'

const sides = ['a', 'b'] as const

export function Compare() {
  const [sought, seek] = useSearchParams()
  const { data } = useInfiniteQuery(callsQuery({}))
  const { data: me } = useQuery(meQuery)
  const recent = data?.pages.flatMap((page) => page.data) ?? []
  const choose = (side: string, id: string) => seek((before) => { before.set(side, id); return before })
  return (
    <>
      <div className="head"><h1>{t('compareCalls')}</h1></div>
      <div className="halves">
        {sides.map((side) => {
          const id = sought.get(side) ?? ''
          return (
            <section key={side} className="stack" aria-label={t(side === 'a' ? 'compareFirst' : 'compareSecond')}>
              <label>
                {t(side === 'a' ? 'compareFirst' : 'compareSecond')}
                <select value={id} onChange={(event) => choose(side, event.target.value)}>
                  <option value="">–</option>
                  {id && !recent.some((one) => one.id === id) && <option value={id}>{id}</option>}
                  {recent.map((one) => <option key={one.id} value={one.id}>{named(one, me?.tenant?.timezone)}</option>)}
                </select>
              </label>
              {id && <Side id={id} />}
            </section>
          )
        })}
      </div>
    </>
  )
}

const named = (call: Call, zone?: string) => `${moment(call.started_at, language, zone)} · ${party(call.from_name, call.from)} → ${party(call.to_name, call.to)}`

function Side({ id }: { id: string }) {
  const { data, error, isPending } = useQuery(callQuery(id))
  if (isPending) return <Loading />
  if (error) return <Trouble error={error} />
  const { call, legs, quality } = data
  return (
    <>
      <div className="card stack" data-testid="compared">
        <div className="row"><h2 className="grow"><Link to={`/calls/${id}`}>{party(call.from_name, call.from)} → {party(call.to_name, call.to)}</Link></h2><Mos value={call.mos} /></div>
        {legs.map((leg) => <Streams key={leg.id} leg={leg} windows={quality.filter((window) => window.leg === leg.id)} />)}
      </div>
      <Sound call={call} />
    </>
  )
}
