/** A number for the company: look for one, keep it for a quarter of an hour, order it, see whether it is answered. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { Link } from 'react-router'
import { api } from '../api/client'
import { offeredQuery, ownedQuery, type Offered, type Owned } from '../api/market'
import { meQuery } from '../api/queries'
import { phone } from '../format'
import { t, word } from '../i18n'
import { money } from '../money'
import { Moment } from '../parts/Moment'
import { Empty, Loading, Trouble } from '../parts/Notice'
import { useDone } from '../parts/Undo'

const kinds = ['local', 'tollfree', 'mobile'] as const

/** One step about a number, after which all of them are read again. */
function useStep<T>(run: (given: T) => Promise<unknown>) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: run,
    onSettled: () => Promise.all([['market-owned'], ['offered'], ['config']].map((queryKey) => queries.invalidateQueries({ queryKey }))),
  })
}

export function GetNumber() {
  const [asked, ask] = useState<Record<string, string>>({})
  const owned = useQuery(ownedQuery).data?.data ?? []
  const offered = useQuery(offeredQuery(asked))
  const search = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    ask(Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>)
  }
  return (
    <>
      <div className="head"><h1>{t('getNumber')}</h1><Link className="button" to="/numbers">{t('numbers')}</Link></div>
      <div className="stack">
        {owned.map((one) => <Mine key={one.number} one={one} />)}
        <form className="card row" onSubmit={search}>
          <label>{t('aCountry')}<input name="country" className="short" maxLength={2} placeholder="US" autoComplete="off" /></label>
          <label>{t('gnArea')}<input name="npa" className="short" inputMode="numeric" maxLength={6} autoComplete="off" /></label>
          <label className="grow">{t('gnContains')}<input name="contains" maxLength={15} autoComplete="off" /></label>
          <label>{t('gnKind')}
            <select name="type">
              <option value="">{t('stockAll')}</option>
              {kinds.map((one) => <option key={one} value={one}>{word(`gn_${one}`)}</option>)}
            </select>
          </label>
          <button className="primary">{t('gnSearch')}</button>
        </form>
        {offered.isPending && <Loading />}
        {offered.error && <Trouble error={offered.error} again={() => void offered.refetch()} />}
        {!!offered.data?.incomplete.length && <p className="dim small">{t('gnIncomplete')}</p>}
        {offered.data?.data.length === 0 && <Empty title={t('gnNone')} hint={t('gnNoneHint')} />}
        {offered.data?.data.map((one) => <Row key={one.number} one={one} />)}
      </div>
    </>
  )
}

function Row({ one }: { one: Offered }) {
  const keep = useStep(() => api('market/reservations', 'POST', { number: one.number }))
  return (
    <article className="card row" data-testid="offered">
      <div className="grow">
        <h2>{phone(one.number)}</h2>
        <p className="dim small">
          {[word(`gn_${one.kind}`), one.place, one.price_cents > 0 && `${money(one.price_cents, one.currency)} ${t('perMonth')}`, one.setup_price_cents > 0 && `${money(one.setup_price_cents, one.currency)} ${t('gnOnce')}`].filter(Boolean).join(' · ')}
          {one.papers.length > 0 && ` · ${t('gnPapers')}: ${one.papers.map((paper) => word(`paper_${paper}`)).join(', ')}`}
        </p>
        {keep.error && <Trouble error={keep.error} />}
      </div>
      <button disabled={keep.isPending} aria-label={`${t('gnKeep')}: ${phone(one.number)}`} onClick={() => keep.mutate(undefined)}>{t('gnKeep')}</button>
    </article>
  )
}

function Mine({ one }: { one: Owned }) {
  const order = useStep(() => api('market/orders', 'POST', { reservation: one.reservation }))
  const drop = useStep(() => api(`market/reservations/${one.reservation ?? ''}`, 'DELETE'))
  const tell = useDone()
  const path = `market/numbers/${encodeURIComponent(one.number)}`
  const back = useStep(() => api(`${path}/back`, 'POST'))
  const release = useStep(() => api(path, 'DELETE').then(() => tell({ text: `${phone(one.number)}: ${t('gnReleased')}`, back: () => back.mutateAsync(undefined) })))
  const role = useQuery(meQuery).data?.user?.role
  const owner = role === undefined || role === 'owner'
  const leave = useStep(() => api(`${path}/leave`, 'POST'))
  const stay = useStep(() => api(`${path}/stay`, 'POST'))
  const error = order.error ?? drop.error ?? release.error ?? back.error ?? leave.error ?? stay.error
  const open = one.state === 'reserved' || one.state === 'held'
  return (
    <article className="card row" data-testid="owned">
      <div className="grow">
        <h2>{phone(one.number)} <span className={`pill ${one.state === 'assigned' ? 'good' : ''}`}>{word(`stock_${one.state}`)}</span></h2>
        <p className="dim small">
          {open && one.expires_at && <>{t('until')} <Moment at={one.expires_at} /></>}
          {one.state === 'quarantine' && one.expires_at && <>{t('gnBackUntil')} <Moment at={one.expires_at} /></>}
          {one.state === 'assigned' && one.trial.state !== 'none' && `${word(`trial_${one.trial.state}`)}${one.trial.said && `: ${one.trial.said}`}`}
          {one.state === 'porting_out' && `${t('gnLeaves')} ${t('gnAccount')}: ${one.account ?? ''}, PIN: ${one.pin ?? ''}`}
          {one.state === 'held' && <> · <Link to="/papers">{t('papers')}</Link></>}
        </p>
        {error && <Trouble error={error} />}
      </div>
      {one.state === 'reserved' && <button className="primary" disabled={order.isPending} onClick={() => order.mutate(undefined)}>{t('gnOrder')}</button>}
      {open && <button disabled={drop.isPending} onClick={() => drop.mutate(undefined)}>{t('gnDrop')}</button>}
      {one.state === 'assigned' && owner && <button disabled={leave.isPending} aria-label={`${t('gnLeave')}: ${phone(one.number)}`} onClick={() => leave.mutate(undefined)}>{t('gnLeave')}</button>}
      {one.state === 'porting_out' && owner && <button disabled={stay.isPending} onClick={() => stay.mutate(undefined)}>{t('gnStay')}</button>}
      {one.state === 'assigned' && <button className="danger" disabled={release.isPending} aria-label={`${t('gnRelease')}: ${phone(one.number)}`} onClick={() => release.mutate(undefined)}>{t('gnRelease')}</button>}
      {one.state === 'quarantine' && <button className="primary" disabled={back.isPending} aria-label={`${t('gnBack')}: ${phone(one.number)}`} onClick={() => back.mutate(undefined)}>{t('gnBack')}</button>}
    </article>
  )
}
