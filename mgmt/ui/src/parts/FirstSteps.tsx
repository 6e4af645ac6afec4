/** What a new company does first: five things with their minutes, ticked by what there is; gone when all is done, or wanted gone. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import { firstStepsQuery, meQuery } from '../api/queries'
import type { FirstStep } from '../api/types'
import { t } from '../i18n'
import type { Key } from '../i18n/en'
import { changes } from '../places'

const words: Record<FirstStep['id'], [name: Key, hint: Key, to: string | null]> = {
  hear: ['sHear', 'sHearHint', null], browser: ['sBrowser', 'sBrowserHint', null], invite: ['sInvite', 'sInviteHint', '/people'],
  hours: ['sHours', 'sHoursHint', '/hours'], phone: ['sPhone', 'sPhoneHint', '/phone'],
}
const key = (tenant: string) => `softswitch.first-steps.${tenant}`

export function FirstSteps() {
  const { data: me } = useQuery(meQuery)
  const tenant = me?.tenant?.id
  const [hidden, setHidden] = useState(false)
  const wanted = !!tenant && changes(me, 'configuration') && !hidden && localStorage.getItem(key(tenant)) === null
  const { data } = useQuery({ ...firstStepsQuery, enabled: wanted })
  const left = data?.data.filter(({ done }) => !done) ?? []
  if (!wanted || left.length === 0) return null
  const hide = () => { localStorage.setItem(key(tenant), 'hidden'); setHidden(true) }
  return (
    <section className="card stack" aria-labelledby="first-steps" data-testid="first-steps">
      <div className="row">
        <div className="grow">
          <h2 id="first-steps">{t('sTitle')}</h2>
          <p className="dim small">{left.reduce((sum, { minutes }) => sum + minutes, 0)} {t('sMinutesLeft')}</p>
        </div>
        <button type="button" onClick={hide}>{t('sHide')}</button>
      </div>
      <ol className="steps-list">
        {data?.data.map(({ id, minutes, done }) => {
          const [name, hint, to] = words[id]
          return (
            <li key={id}>
              <span aria-hidden="true">{done ? '✔' : '○'}</span>{' '}
              {to && !done ? <Link to={to}>{t(name)}</Link> : <span className={done ? 'dim' : 'strong'}>{t(name)}</span>}
              <span className="dim small"> · {done ? t('sDone') : `${String(minutes)} ${t('minutesShort')}`}</span>
              {!done && <p className="dim small">{t(hint)}{id === 'hear' && data.number ? ` ${data.number}` : ''}</p>}
            </li>
          )
        })}
      </ol>
    </section>
  )
}
