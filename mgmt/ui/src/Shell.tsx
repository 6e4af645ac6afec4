/** What surrounds every screen: navigation, the company, whether the page is live. */
import { useQuery } from '@tanstack/react-query'
import { NavLink, Outlet } from 'react-router'
import { useFeed, type Connection } from './api/feed'
import { chooseTenant } from './api/client'
import { meQuery } from './api/queries'
import { t } from './i18n'
import type { Key } from './i18n/en'
import { Dock } from './phone/Dock'

const places: { to: string; name: Key; operators?: true; managers?: true }[] = [
  { to: '/', name: 'live' },
  { to: '/activity', name: 'activity' },
  { to: '/calls', name: 'calls' },
  { to: '/queues', name: 'queues' },
  { to: '/flow', name: 'flow' },
  { to: '/history', name: 'history' },
  { to: '/phone', name: 'myPhone' },
  { to: '/features', name: 'features' },
  { to: '/quality', name: 'quality', managers: true },
  { to: '/trunks', name: 'trunks', operators: true },
  { to: '/account', name: 'account' },
]
const connections: Record<Connection, Key> = { live: 'connected', connecting: 'connecting', offline: 'offline' }

export function Shell() {
  const { calls, connection } = useFeed()
  const { data: me } = useQuery(meQuery)
  return (
    <div className="shell">
      <a className="skip" href="#content">{t('skip')}</a>
      <header className="side">
        <div className="brand">
          <img src="/app/icon.svg" alt="" />
          <span>{me?.tenant?.name ?? 'Softswitch'}</span>
        </div>
        <nav className="nav" aria-label="Main">
          {places.filter(({ operators, managers }) => (!operators || me?.operator) && (!managers || me?.operator || me?.user?.role !== 'user')).map(({ to, name }) => (
            <NavLink key={to} to={to} end={to === '/'}>
              <span>{t(name)}</span>
              {name === 'live' && calls.length > 0 && <span className="chip count">{calls.length}</span>}
            </NavLink>
          ))}
        </nav>
        <div className="foot">
          {me && me.tenants.length > 1 && (
            <label>
              {t('tenant')}
              <select value={me.tenant?.id} onChange={(event) => { chooseTenant(event.target.value); location.reload() }}>
                {me.tenants.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
              </select>
            </label>
          )}
          <span className={`pill ${connection}`} data-testid="connection-pill" role="status">{t(connections[connection])}</span>
        </div>
      </header>
      <main id="content"><Outlet /></main>
      {me?.user && <Dock />}
    </div>
  )
}
