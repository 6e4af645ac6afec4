/** The numbers of the company with what others are told of them, and the places where its people are, for emergency calls. */
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { numberSpendQuery, whole, type NumberSpend } from '../api/billing'
import { listingsQuery, type Listing } from '../api/listings'
import { meQuery } from '../api/queries'
import type { Target } from '../api/types'
import { addressFields, numberFields } from '../config/fields'
import { placed } from '../config/known'
import { ObjectScreen } from '../config/ObjectScreen'
import { phone } from '../format'
import { t } from '../i18n'
import type { Key } from '../i18n/en'
import { money } from '../money'
import { spoken, usePlaces } from './Company'

const states: Record<Listing['state'], Key> = { asked: 'listAsked', listed: 'listListed', refused: 'listRefused', by_hand: 'listByHand' }
const whats: Record<Listing['what'], Key> = { emergency: 'listEmergency', caller_name: 'listName' }

export function Numbers() {
  const places = usePlaces()
  const told = useQuery(listingsQuery).data?.data ?? []
  const { data: me } = useQuery(meQuery)
  const spent = useQuery({ ...numberSpendQuery, enabled: me?.rights?.billing !== undefined }).data?.data ?? []
  return (
    <ObjectScreen
      kind="number" title="numbers" empty={['noNumbers', 'noNumbersHint']} fields={numberFields} removable={false}
      head={<Link className="button" to="/addresses">{t('addresses')}</Link>}
      name={(object) => phone(object.id)}
      row={(object) => (
        <>
          <p className="dim small">{String(object.document.label || '') && `${String(object.document.label)} · `}{t('fGoesTo')}: {spoken(places, object.document.target as Target)} · {t(object.document.texting ? 'textsOn' : 'textsOff')}</p>
          {spent.filter(({ number }) => number === object.id).map((one) => <Spent key={one.number} spend={one} />)}
          {told.filter(({ number }) => number === object.id).map((one) => <Told key={one.what} one={one} />)}
        </>
      )}
    />
  )
}

const sums = (found: { currency: string; cents: number }[]) => found.map(({ currency, cents }) => money(cents, currency)).join(' + ')

function Spent({ spend }: { spend: NumberSpend }) {
  return (
    <p className="small" data-testid="spend">
      {t('spentMonth')}: <span className="strong number">{sums(whole(spend)) || t('spentNothing')}</span>
      <span className="dim"> · {t('calls')}: {spend.calls}, {spend.minutes} {t('minutesShort')}{spend.costs.length > 0 && ` (${sums(spend.costs)})`}{spend.rent && ` · ${t('spentRent')}: ${sums([spend.rent])}`}</span>
    </p>
  )
}

function Told({ one }: { one: Listing }) {
  const gone = Object.keys(one.wanted).length === 0
  return (
    <p className="small breaks" data-testid="listing">
      {t(whats[one.what])}: {one.what === 'caller_name' ? one.wanted.name ?? '–' : placed(one.wanted)}
      {' · '}<span className={one.state === 'refused' ? 'bad' : 'dim'}>{t(gone ? 'listGoing' : states[one.state])}{one.said && `: ${one.said}`}</span>
    </p>
  )
}

export function Addresses() {
  return (
    <ObjectScreen
      kind="address" title="addresses" empty={['noAddresses', 'noAddressesHint']} fields={addressFields} idFrom="street"
      head={<Link className="button" to="/numbers">{t('numbers')}</Link>}
      fresh={{ country: 'US', state: '', city: '', street: '', house: '', floor: '', room: '', place: '', postal_code: '' }}
      name={(object) => placed(object.document)}
      row={(object) => <p className="dim small">{[object.document.place, object.document.floor, object.document.room].filter(Boolean).join(' · ')}</p>}
    />
  )
}
