/** What surrounds every screen: navigation, the company, whether the page is live. */
import { useQuery } from '@tanstack/react-query'
import { Suspense, useEffect, useState } from 'react'
import { NavLink, Outlet, useLocation } from 'react-router'
import { secondsUntil, useFeed, type Connection } from './api/feed'
import { meQuery } from './api/queries'
import { chooseTenant } from './api/window'
import { t } from './i18n'
import type { Key } from './i18n/en'
import { Jump } from './Jump'
import { Dock } from './phone/Dock'
import { Loading } from './parts/Notice'
import { AccountBanner } from './parts/AccountBanner'
import { Presence } from './parts/Presence'
import { useNow } from './parts/useNow'
import { VisitBanner } from './parts/VisitBanner'
import { groups, seenBy, type Place } from './places'

const connections: Record<Connection, Key> = { live: 'connected', connecting: 'connecting', offline: 'offline' }

export function Shell() {
  const { calls, connection, again } = useFeed()
  const { data: me } = useQuery(meQuery)
  const [more, setMore] = useState(false)
  const { pathname } = useLocation()
  const seen = seenBy(me)
  useEffect(() => setMore(false), [pathname])
  return (
    <div className="shell">
      <a className="skip" href="#content">{t('skip')}</a>
      <header className={`side ${more ? 'all' : ''}`}>
        <div className="brand">
          <img src="/app/icon.svg" alt="" />
          <span>{me?.tenant?.name ?? 'Softswitch'}</span>
        </div>
        <nav className="nav" aria-label={t('navMain')}>
          {groups.map((group) => {
            const here = seen.filter((one) => one.group === group)
            return here.length > 0 && (
              <div key={group} className="nav-group" role="group" aria-label={t(group)}>
                <p className="nav-title" aria-hidden="true">{t(group)}</p>
                {here.map((place) => <Link key={place.to} place={place} count={place.name === 'live' ? calls.length : 0} />)}
              </div>
            )
          })}
        </nav>
        <button type="button" className="nav-more" aria-expanded={more} onClick={() => setMore(!more)}>{t(more ? 'navClose' : 'navMore')}</button>
        <div className="foot">
          {me && me.tenants.length > 1 && (
            <label>
              {t('tenant')}
              <select value={me.tenant?.id} onChange={(event) => { chooseTenant(event.target.value); location.reload() }}>
                {me.tenants.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
              </select>
            </label>
          )}
          {me?.user && <Presence />}
          <span className={`pill ${connection}`} data-testid="connection-pill" role="status">{t(connections[connection])}{again !== null && <Countdown to={again} />}</span>
        </div>
      </header>
      <main id="content"><VisitBanner me={me} /><AccountBanner me={me} /><Suspense fallback={<Loading />}><Outlet /></Suspense></main>
      {me?.user && <Dock />}
      <Jump />
    </div>
  )
}

/** The seconds are no news to who listens: what changed is said once. */
const Countdown = ({ to }: { to: number }) => <span className="number" aria-hidden="true"> {secondsUntil(to, useNow())} {t('secondsShort')}</span>

const Link = ({ place: { to, name }, count }: { place: Place; count: number }) => (
  <NavLink to={to} end={to === '/'}>
    <span>{t(name)}</span>
    {count > 0 && <span className="chip count">{count}</span>}
  </NavLink>
)
