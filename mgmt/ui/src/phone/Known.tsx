/** Who calls, beside the call: what contacts and connected shops know of the number. The call never waits for it. */
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { callerQuery } from '../api/queries'
import type { Customer } from '../api/contacts'
import { t } from '../i18n'

export function Known({ number }: { number: string }) {
  const { data } = useQuery({ ...callerQuery(number), enabled: number.startsWith('+') })
  if (!data || (data.contacts.length === 0 && data.customers.length === 0)) return null
  return (
    <ul className="known small" data-testid="phone-known">
      {data.contacts.map((one) => (
        <li key={one.id}>
          <Link to={`/contacts?text=${encodeURIComponent(one.name)}`}>{one.name}</Link>
          {one.company && ` · ${one.company}`}{one.notes && <span className="dim"> · {one.notes.slice(0, 120)}</span>}
        </li>
      ))}
      {data.customers.map((one) => <Bought key={one.id} one={one} />)}
    </ul>
  )
}

function Bought({ one }: { one: Customer }) {
  return (
    <li>
      <a href={one.url} target="_blank" rel="noreferrer">{one.name}</a> · {one.orders} {t('shopOrders')} · {one.spent} {one.currency}
      {one.last_order && <span className="dim"> · {t('lastOrder')} {one.last_order}: {one.last_total} {one.currency}{one.last_state && `, ${one.last_state}`}</span>}
    </li>
  )
}
