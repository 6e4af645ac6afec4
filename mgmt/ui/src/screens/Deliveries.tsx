/** What became of telling one address of events: each try with its answer, and sending again. */
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import { api } from '../api/client'
import { deliveriesQuery, type Delivery } from '../api/webhooks'
import { t } from '../i18n'
import { Moment } from '../parts/Moment'
import { Empty, Loading, Trouble } from '../parts/Notice'

const states = ['', 'waiting', 'delivered', 'dead'] as const
const words = { '': 'allDeliveries', waiting: 'deliveryWaiting', delivered: 'deliveryDone', dead: 'deliveryDead' } as const

export function Deliveries() {
  const { id = '' } = useParams()
  const queries = useQueryClient()
  const [state, setState] = useState<(typeof states)[number]>('')
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(deliveriesQuery(id, state))
  const again = useMutation({
    mutationFn: () => api(`webhooks/${encodeURIComponent(id)}/resend-dead`, 'POST'),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['webhooks', id] }),
  })
  const rows = data?.pages.flatMap((page) => page.data) ?? []
  return (
    <>
      <div className="head"><h1>{t('deliveries')}: {id}</h1><Link className="button" to="/account/webhooks">{t('webhooks')}</Link></div>
      <div className="stack">
        <div className="row">
          <label>
            {t('deliveryState')}
            <select value={state} onChange={(event) => setState(event.target.value as (typeof states)[number])}>
              {states.map((one) => <option key={one} value={one}>{t(words[one])}</option>)}
            </select>
          </label>
          <button onClick={() => again.mutate()} disabled={again.isPending}>{t('resendDead')}</button>
        </div>
        {again.error && <Trouble error={again.error} />}
        {isPending && <Loading />}
        {error && <Trouble error={error} again={() => void refetch()} />}
        {data && rows.length === 0 && <Empty title={t('noDeliveries')} hint={t('noDeliveriesHint')} />}
        {rows.map((one) => <Row key={one.event} delivery={one} />)}
        {hasNextPage && <button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>{t('more')}</button>}
      </div>
    </>
  )
}

function Row({ delivery: one }: { delivery: Delivery }) {
  const queries = useQueryClient()
  const resend = useMutation({
    mutationFn: () => api(`webhooks/${encodeURIComponent(one.webhook)}/deliveries/${encodeURIComponent(one.event)}/resend`, 'POST'),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['webhooks', one.webhook] }),
  })
  return (
    <article className="card stack" data-testid="delivery">
      <div className="row">
        <div className="grow">
          <h2>{one.type}</h2>
          <p className="dim small">
            <Moment at={one.happened_at} /> · {t(words[one.state])} · {t('tries')}: {one.count}
            {one.call && <> · <Link to={`/calls/${one.call}`}>{t('theCall')}</Link></>}
          </p>
        </div>
        <button onClick={() => resend.mutate()} disabled={resend.isPending || one.state === 'waiting'}>{t('resend')}</button>
      </div>
      {resend.error && <Trouble error={resend.error} />}
      <details>
        <summary>{t('whatWasSaid')}</summary>
        {one.tries.map((said) => (
          <p key={said.at} className="small breaks">
            <Moment at={said.at} /> · {said.status ? `HTTP ${said.status}` : said.problem} · {said.ms} ms
            {said.answer && <> · <code>{said.answer}</code></>}
          </p>
        ))}
        <pre className="small">{JSON.stringify(one.body, null, 2)}</pre>
      </details>
    </article>
  )
}
