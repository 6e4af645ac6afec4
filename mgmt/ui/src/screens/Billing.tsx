/** The account of the company: whether it may telephone, what it pays, its invoices. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { IN_SERVICE, STATUS } from '../account'
import { billingQuery, invoicesQuery, usageQuery, type BillingAccount } from '../api/billing'
import { address, api } from '../api/client'
import { meQuery } from '../api/queries'
import { day } from '../format'
import { language, t, word } from '../i18n'
import { money } from '../money'
import { CloseAccount } from '../parts/CloseAccount'
import { Moment } from '../parts/Moment'
import { Empty, Loading, Trouble } from '../parts/Notice'

export function Billing() {
  const { data, error, isPending, refetch } = useQuery(billingQuery)
  return (
    <>
      <div className="head"><h1>{t('billing')}</h1></div>
      <div className="stack">
        {isPending && <Loading />}
        {error && <Trouble error={error} again={() => void refetch()} />}
        {data && <Standing account={data} />}
        <Used />
        <Invoices />
        <Leave />
      </div>
    </>
  )
}

function Standing({ account }: { account: BillingAccount }) {
  return (
    <article className="card row" data-testid="billing-account">
      <div className="grow">
        <h2>{account.plan?.name ?? t('noPlan')} <span className={`pill ${IN_SERVICE.includes(account.status) ? 'good' : 'bad'}`}>{t(STATUS[account.status])}</span></h2>
        {account.plan && <p className="dim">{money(account.plan.monthly_cents, account.plan.currency)} {t('perMonth')}</p>}
        {account.since_at && <p className="dim small">{t('accountSince')} <Moment at={account.since_at} /></p>}
        {account.late_at && <p className="dim small">{t('lateSince')} <Moment at={account.late_at} /></p>}
      </div>
    </article>
  )
}

/** An owner closes the account. */
function Leave() {
  const queries = useQueryClient()
  const me = useQuery(meQuery).data
  if (me?.user?.role !== 'owner' || !me.tenant || me.tenant.status === 'closed') return null
  const close = (name: string) => api('billing/close', 'POST', { name }).then(() => queries.invalidateQueries())
  return (
    <section className="card row" data-testid="leave">
      <div className="grow"><h2>{t('leaveTitle')}</h2><p className="dim small">{t('leaveHint')}</p></div>
      <CloseAccount company={me.tenant.name} close={close} />
    </section>
  )
}

/** From this share on a bar says that little is left. */
const scarce_percent = 90

/** What of the plan is used, a bar for each thing that it limits. */
function Used() {
  const { data } = useQuery(usageQuery)
  if (!data) return null
  return (
    <section className="card stack" data-testid="usage">
      <h2>{t('usage')}</h2>
      <p className="dim small"><Moment at={data.since_at} /> – <Moment at={data.until_at} /></p>
      {data.data.map(({ what, used, of }) => {
        const percent = of === null ? 0 : of === 0 ? 100 : Math.round((100 * used) / of)
        const name = word(`usage_${what}`)
        return (
          <div key={what} className="stack tight">
            <p className="row"><span className="grow">{name}</span><span className="number">{used}{of === null ? ` · ${t('usageFree')}` : ` / ${String(of)}`}</span>{of !== null && percent >= scarce_percent && <span className="pill bad">{t(used > of ? 'usageOver' : 'usageScarce')}</span>}</p>
            {of !== null && <div className="level" role="meter" aria-label={name} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.min(100, percent)}><span style={{ width: `${String(Math.min(100, percent))}%` }} /></div>}
          </div>
        )
      })}
    </section>
  )
}

function Invoices() {
  const { data, error, isPending, refetch } = useQuery(invoicesQuery)
  if (isPending) return <Loading />
  if (error) return <Trouble error={error} again={() => void refetch()} />
  if (data.data.length === 0) return <Empty title={t('noInvoices')} hint={t('noInvoicesHint')} />
  return (
    <div className="card scroll" role="region" aria-label={t('invoices')} tabIndex={0}>
      <table>
        <thead><tr>{(['when', 'invoiceNumber', 'invoiceAmount', 'invoiceDue', 'status'] as const).map((name) => <th key={name} scope="col">{t(name)}</th>)}</tr></thead>
        <tbody>
          {data.data.map((one) => (
            <tr key={one.id} data-testid="invoice-row">
              <td><Moment at={one.made_at} /></td>
              <td><a href={address(`billing/invoices/${encodeURIComponent(one.id)}/pdf`)} download>{one.number}</a></td>
              <td>{money(one.cents, one.currency)}</td>
              <td>{one.due_at && day(one.due_at, language)}</td>
              <td>{word(`invoice_${one.state}`)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
