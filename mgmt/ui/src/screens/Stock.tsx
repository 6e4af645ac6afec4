/** Numbers for the operator: what waits for a person, the stock with cost and margin, blocks that come in, suppliers. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { Link } from 'react-router'
import { api } from '../api/client'
import { toJudgeQuery, type Paper } from '../api/papers'
import { drifts, marginsQuery, openPortsQuery, states, stockQuery, toTellQuery, type OpenPort, type Reconciliation, type StockNumber, type ToTell } from '../api/stock'
import { placed } from '../config/known'
import { supplierFields } from '../config/fields'
import { ObjectScreen } from '../config/ObjectScreen'
import { phone } from '../format'
import { t, word } from '../i18n'
import { money } from '../money'
import { Moment } from '../parts/Moment'
import { Empty, Loading, Trouble } from '../parts/Notice'

/** One step about something, after which everything here is read again. */
function useStep<T>(run: (given: T) => Promise<unknown>) {
  const queries = useQueryClient()
  return useMutation({ mutationFn: run, onSuccess: () => queries.invalidateQueries() })
}

export function Stock() {
  const ports = useQuery(openPortsQuery).data ?? []
  const listings = useQuery(toTellQuery).data?.data ?? []
  const papers = useQuery(toJudgeQuery).data?.data ?? []
  return (
    <>
      <div className="head"><h1>{t('stock')}</h1><Link className="button" to="/suppliers">{t('suppliers')}</Link></div>
      <div className="stack">
        {ports.map((port) => <Port key={port.id} port={port} />)}
        {papers.map((one) => <Judged key={`${one.tenant}/${one.id}`} one={one} />)}
        {listings.map((one) => <Told key={`${one.tenant}/${one.id}`} one={one} />)}
        <Margins />
        <Block />
        <Numbers />
      </div>
    </>
  )
}

function Port({ port }: { port: OpenPort }) {
  const [day, setDay] = useState(port.foc_on ?? '')
  const [why, setWhy] = useState('')
  const step = useStep((body: object) => api(`ports/${port.tenant}/${port.id}/steps`, 'POST', body))
  const pin = useMutation({ mutationFn: () => api<{ pin: string }>(`ports/${port.tenant}/${port.id}`) })
  return (
    <article className="card stack" data-testid="open-port">
      <h2>{port.numbers.map(phone).join(', ')} <span className="pill">{word(`port_${port.state}`)}</span></h2>
      <p className="dim small">{port.tenant} · {port.carrier} · {port.account} · <Moment at={port.changed_at} /></p>
      <p className="small">
        {[port.name, port.street, port.place].join(', ')}{port.wanted_on && ` · ${t('portWanted')} ${port.wanted_on}`}
        {pin.data && ` · ${t('portPin')}: ${pin.data.pin}`}
      </p>
      <div className="row">
        <a className="button" href={`/api/v1/ports/${port.tenant}/${port.id}/bill`}>{t('stockBill')}</a>
        {port.has_pin && !pin.data && <button disabled={pin.isPending} onClick={() => pin.mutate()}>{t('stockPin')}</button>}
        <label>{t('portFoc')}<input type="date" value={day} onChange={(event) => setDay(event.target.value)} /></label>
        <button disabled={!day || step.isPending} onClick={() => step.mutate({ step: 'accept', foc_on: day })}>{t('stockAccept')}</button>
        {port.state === 'accepted' && <button className="primary" disabled={step.isPending} onClick={() => step.mutate({ step: 'ported' })}>{t('stockPorted')}</button>}
        <label className="grow">{t('stockWhy')}<input maxLength={120} value={why} onChange={(event) => setWhy(event.target.value)} /></label>
        <button className="danger" disabled={!why || step.isPending} onClick={() => step.mutate({ step: 'reject', said: why })}>{t('stockReject')}</button>
      </div>
      {(step.error ?? pin.error) && <Trouble error={(step.error ?? pin.error)!} />}
    </article>
  )
}

function Judged({ one }: { one: Paper }) {
  const [why, setWhy] = useState('')
  const here = `papers/${one.tenant}/${one.id}`
  const step = useStep((body: object) => api(`${here}/steps`, 'POST', body))
  return (
    <article className="card stack" data-testid="to-judge">
      <h2>{one.tenant} {t('papersToJudge')}: {one.country}, {word(`paper_${one.paper}`)}</h2>
      <div className="row">
        <a className="button" href={`/api/v1/${here}/file`}>{t('paperOpen')}</a>
        <button className="primary" disabled={step.isPending} onClick={() => step.mutate({ step: 'accept' })}>{t('paperAccept')}</button>
        <label className="grow">{t('stockWhy')}<input maxLength={120} value={why} onChange={(event) => setWhy(event.target.value)} /></label>
        <button className="danger" disabled={!why || step.isPending} onClick={() => step.mutate({ step: 'refuse', said: why })}>{t('paperRefuse')}</button>
      </div>
      {step.error && <Trouble error={step.error} />}
    </article>
  )
}

function Told({ one }: { one: ToTell }) {
  const done = useStep(() => api(`listings/${one.tenant}/${encodeURIComponent(one.id)}/done`, 'POST'))
  const words = one.what === 'caller_name' ? one.wanted.name : `${one.wanted.name ?? ''}, ${placed(one.wanted)}`
  return (
    <article className="card row" data-testid="to-tell">
      <div className="grow">
        <h2>{phone(one.number)} <span className={`pill ${one.state === 'refused' ? 'bad' : ''}`}>{t(one.state === 'refused' ? 'listRefused' : 'stockByHand')}</span></h2>
        <p className="dim small breaks">
          {one.tenant} · {t(one.what === 'caller_name' ? 'listName' : 'listEmergency')}: {Object.keys(one.wanted).length ? words : t('stockTakeBack')}{one.said && ` · ${one.said}`}
        </p>
        {done.error && <Trouble error={done.error} />}
      </div>
      {one.state === 'by_hand' && <button disabled={done.isPending} onClick={() => done.mutate(undefined)}>{t('stockTold')}</button>}
    </article>
  )
}

function Block() {
  const [given, setGiven] = useState({ first: '', last: '', place: '', price: '' })
  const add = useStep(() => api<{ added: number; given: number }>('stock', 'POST', {
    first: given.first, last: given.last || given.first, ...(given.place && { place: given.place }), price_cents: Math.round(100 * Number(given.price || 0)),
  }))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate(undefined)
  }
  const set = (name: keyof typeof given) => (event: { target: { value: string } }) => setGiven({ ...given, [name]: event.target.value })
  const made = add.data as { added: number } | undefined
  return (
    <form className="card stack" onSubmit={submit} data-testid="new-block">
      <h2>{t('stockBlock')}</h2>
      <div className="row">
        <label>{t('stockFirst')}<input required placeholder="+12125550100" value={given.first} onChange={set('first')} /></label>
        <label>{t('stockLast')}<input placeholder="+12125550199" value={given.last} onChange={set('last')} /></label>
        <label className="grow">{t('stockPlace')}<input maxLength={80} value={given.place} onChange={set('place')} /></label>
        <label>{t('stockPrice')}<input type="number" min={0} step="0.01" className="short" value={given.price} onChange={set('price')} /></label>
        <button className="primary" disabled={add.isPending}>{t('stockAdd')}</button>
      </div>
      {add.error && <Trouble error={add.error} />}
      {made && <p role="status">{t('stockAdded')}: {made.added}</p>}
    </form>
  )
}

function Numbers() {
  const [state, setState] = useState('')
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(stockQuery(state))
  const found = data?.pages.flatMap((page) => page.data) ?? []
  return (
    <section className="stack">
      <label className="row">{t('stockState')}
        <select value={state} onChange={(event) => setState(event.target.value)}>
          <option value="">{t('stockAll')}</option>
          {states.map((one) => <option key={one} value={one}>{word(`stock_${one}`)}</option>)}
        </select>
      </label>
      {isPending && <Loading />}
      {error && <Trouble error={error} again={() => void refetch()} />}
      {data && found.length === 0 && <Empty title={t('noStock')} hint={t('noStockHint')} />}
      {found.map((one) => <Row key={one.number} one={one} />)}
      {hasNextPage && <button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>{t('more')}</button>}
    </section>
  )
}

function Margins() {
  const rows = useQuery(marginsQuery).data?.data ?? []
  if (rows.length === 0) return null
  return (
    <section className="card stack" data-testid="margins">
      <h2>{t('stockMargins')}</h2>
      <div className="scroll" role="region" aria-label={t('stockMargins')} tabIndex={0}>
        <table>
          <thead><tr>{(['marginOf', 'marginNumbers', 'marginCost', 'marginPrice', 'marginLeft'] as const).map((name) => <th key={name} scope="col">{t(name)}</th>)}</tr></thead>
          <tbody>
            {rows.map((one) => (
              <tr key={`${one.supplier} ${one.country} ${one.kind} ${one.currency}`}>
                <td>{one.supplier} · {one.country} · {word(`gn_${one.kind}`)}</td>
                <td>{one.numbers}, {one.had}</td>
                <td>{money(one.cost_cents, one.currency)}</td>
                <td>{money(one.price_cents, one.currency)}</td>
                <td>{money(one.margin_cents, one.currency)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

/** What a number costs and brings a month, as far as it is known. */
function worth(one: StockNumber): string | false {
  const left = one.margin_cents === null ? '' : ` = ${money(one.margin_cents, one.currency)}`
  return (one.price_cents > 0 || one.cost_cents > 0) && `${money(one.price_cents, one.currency)} − ${money(one.cost_cents, one.cost_currency)}${left}`
}

function Row({ one }: { one: StockNumber }) {
  const step = useStep((name: 'block' | 'unblock' | 'port_out' | 'stays' | 'left') => api(`stock/${encodeURIComponent(one.number)}/steps`, 'POST', { step: name }))
  return (
    <article className="card row" data-testid="stock-number">
      <div className="grow">
        <h2>{phone(one.number)} <span className={`pill ${one.state === 'assigned' ? 'good' : one.state === 'blocked' ? 'bad' : ''}`}>{word(`stock_${one.state}`)}</span></h2>
        <p className="dim small">
          {[one.place, one.supplier, one.holder, worth(one)].filter(Boolean).join(' · ')}
          {' · '}<Moment at={one.until ?? one.changed_at} />
        </p>
        {one.state === 'porting_out' && <p className="small">{t('stockLeaveHint')} {one.holder}, {one.pin}</p>}
        {step.error && <Trouble error={step.error} />}
      </div>
      {one.state === 'assigned' && <button disabled={step.isPending} onClick={() => step.mutate('port_out')}>{t('stockLeaves')}</button>}
      {one.state === 'porting_out' && <button disabled={step.isPending} onClick={() => step.mutate('stays')}>{t('stockStays')}</button>}
      {one.state === 'porting_out' && <button className="danger" disabled={step.isPending} onClick={() => step.mutate('left')}>{t('stockLeft')}</button>}
      {one.state === 'available' && <button disabled={step.isPending} onClick={() => step.mutate('block')}>{t('stockBlockOne')}</button>}
      {one.state === 'blocked' && <button disabled={step.isPending} onClick={() => step.mutate('unblock')}>{t('stockUnblock')}</button>}
    </article>
  )
}

/** Who sells numbers and carries texts. */
export function Suppliers() {
  return (
    <ObjectScreen
      kind="supplier" title="suppliers" empty={['noSuppliers', 'noSuppliersHint']} fields={supplierFields} returnable={false}
      head={<Link className="button" to="/stock">{t('stock')}</Link>}
      fresh={{ name: '', kind: 'vitelity', account: '', user: '', sells_numbers: true, route: '', messages_per_s_max: 10 }}
      row={({ id, document: one }) => (
        <>
          <p className="dim small breaks">
            {word(`supplier_${String(one.kind)}`)} · {String(one.account) || '–'}{one.sells_numbers === true && ` · ${t('supSells')}`}
          </p>
          {one.sells_numbers === true && <Reconcile supplier={id} />}
        </>
      )}
    />
  )
}

/** What the supplier has for us against our stock, and what that costs. */
function Reconcile({ supplier }: { supplier: string }) {
  const compare = useStep(() => api<Reconciliation>(`suppliers/${encodeURIComponent(supplier)}/reconciliation`, 'POST'))
  const found = compare.data as Reconciliation | undefined
  return (
    <div className="stack tight" data-testid="reconcile">
      <div className="row"><button type="button" disabled={compare.isPending} onClick={() => compare.mutate(undefined)}>{t('reconcile')}</button></div>
      {compare.error && <Trouble error={compare.error} />}
      {found && (
        <p className="small breaks" role="status">
          {t('reconciled')}: {found.theirs}
          {found.costs.map((one) => ` · ${money(one.monthly_cents, one.currency)} ${t('perMonth')}${one.idle_cents > 0 ? ` (${t('rec_idle')}: ${money(one.idle_cents, one.currency)})` : ''}`)}
          {drifts.filter((name) => found[name].length > 0).map((name) => ` · ${t(`rec_${name}`)}: ${found[name].map(phone).join(', ')}`)}
        </p>
      )}
    </div>
  )
}
