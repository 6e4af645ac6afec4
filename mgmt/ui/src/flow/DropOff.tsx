/** Where callers go in a flow and where they give up: each step with who came, on to where, hung up, helped there, over there. */
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useFeed } from '../api/feed'
import { flowQueries } from '../api/queries'
import { inOrder } from './graph'
import { hereNow } from './here'
import type { Flow, Passed, Traffic } from './types'
import { t } from '../i18n'
import { Scroll } from '../parts/Scroll'

const spans = [1, 7, 30, 90] as const
const names = { 1: 'days1', 7: 'days7', 30: 'days30', 90: 'days90' } as const
export type Days = keyof typeof names

/** The share of those who hung up, in whole percent. */
export const lost = ({ entered, left }: Passed): number => (entered === 0 ? 0 : Math.round((100 * left) / entered))

/** What passed in some days, as it is counted now and then, and who is where at this moment. */
export function useTraffic(flow: Flow, days: string): Traffic | undefined {
  const { data } = useQuery(flowQueries.traffic(flow.id, days))
  const now = JSON.stringify(hereNow(useFeed().calls, flow.id, flow.document.nodes))
  return useMemo(() => data && { ...data, now: JSON.parse(now) as Record<string, number> }, [data, now])
}

/** `of`: the days of the page around it; without them they are chosen here. */
export function DropOff({ flow, choose, of }: { flow: Flow; choose: (id: string) => void; of?: Days }) {
  const [chosen, setDays] = useState<Days>(7)
  const days = of ?? chosen
  const data = useTraffic(flow, String(days))
  const rows = inOrder(flow.document).flatMap((id) => {
    const passed = data?.nodes[id]
    return passed ? [{ id, passed, here: data.now[id] ?? 0 }] : []
  })
  return (
    <section className="card stack" aria-label={t('dropOff')} data-testid="drop-off">
      <div className="head">
        <h2>{t('dropOff')}</h2>
        {of ? <span className="dim small">{t(names[of])}</span> : (
          <div className="tabs" role="group" aria-label={t('dropOff')}>
            {spans.map((one) => <button key={one} type="button" aria-pressed={one === days} onClick={() => setDays(one)}>{t(names[one])}</button>)}
          </div>
        )}
      </div>
      {data && !data.whole && <p className="dim small">{t('dropOffNewest')}: {data.calls}</p>}
      {rows.length === 0 ? <p className="dim small">{t('noDropOff')}</p> : (
        <Scroll label={t('dropOff')}>
          <table>
            <thead>
              <tr><th scope="col">{t('flowStep')}</th><th scope="col">{t('hereNow')}</th><th scope="col">{t('cameIn')}</th><th scope="col">{t('hungUpHere')}</th><th scope="col">{t('helpedHere')}</th><th scope="col">{t('overHere')}</th><th scope="col">{t('wentOn')}</th></tr>
            </thead>
            <tbody>
              {rows.map(({ id, passed, here }) => (
                <tr key={id}>
                  <th scope="row"><button type="button" className="link" onClick={() => choose(id)}>{flow.document.nodes[id]?.label ?? id}</button></th>
                  <td>{here}</td>
                  <td>{passed.entered}</td>
                  <td>{passed.left}{passed.left > 0 && <> · <span className={lost(passed) >= 20 ? 'strong' : 'dim'}>{lost(passed)} %</span></>}</td>
                  <td>{passed.served}</td>
                  <td>{passed.ended}</td>
                  <td className="small">{Object.entries(passed.ways).sort(([, a], [, b]) => b - a).map(([to, count]) => `${flow.document.nodes[to]?.label ?? to}: ${String(count)}`).join(', ')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  )
}
