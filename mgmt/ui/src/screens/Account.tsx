/** Who is signed in; language, appearance, password, sign out. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import { meQuery } from '../api/queries'
import { language, languages, speak, t, type Language } from '../i18n'
import { Loading } from '../parts/Notice'
import { chooseTheme, chosenTheme, type Theme } from '../theme'
import { useTelephone } from '../phone/PhoneProvider'
import { changes } from '../places'

const themes: Theme[] = ['system', 'light', 'dark']

export function Account() {
  const { data: me } = useQuery(meQuery)
  const [theme, setTheme] = useState(chosenTheme)
  const { switchOff } = useTelephone()
  if (!me) return <Loading />
  return (
    <>
      <div className="head"><h1>{t('account')}</h1></div>
      <div className="stack">
        <section className="card row">
          <div className="grow">
            <h2>{me.user?.name ?? t('operator')}</h2>
            <p className="dim">{[me.user?.email, me.tenant?.name, me.operator && t('operator')].filter(Boolean).join(' · ')}</p>
            {me.must_set_password && <p>{t('setPassword')}</p>}
          </div>
          {me.user && <a className="button" href="/password">{t('password')}</a>}
          <form method="post" action="/logout" onSubmit={switchOff}><button type="submit">{t('signOut')}</button></form>
        </section>
        <section className="card row">
          <div className="grow"><h2>{t('signInTitle')}</h2><p className="dim">{t('signInHint')}</p></div>
          <Link className="button" to="/account/sign-in">{t('signInTitle')}</Link>
        </section>
        {changes(me, 'configuration') && (
          <section className="card row">
            <div className="grow"><h2>{t('apiKeys')}</h2><p className="dim">{t('apiKeysHint')}</p></div>
            <Link className="button" to="/account/keys">{t('apiKeys')}</Link>
          </section>
        )}
        {changes(me, 'configuration') && (
          <section className="card row">
            <div className="grow"><h2>{t('webhooks')}</h2><p className="dim">{t('webhooksHint')}</p></div>
            <Link className="button" to="/account/webhooks">{t('webhooks')}</Link>
          </section>
        )}
        <section className="card row">
          <label>
            {t('language')}
            <select value={language} onChange={(event) => speak(event.target.value as Language)}>
              {Object.entries(languages).map(([id, name]) => <option key={id} value={id}>{name}</option>)}
            </select>
          </label>
          <label>
            {t('theme')}
            <select value={theme} onChange={(event) => { chooseTheme(event.target.value as Theme); setTheme(chosenTheme()) }}>
              {themes.map((one) => <option key={one} value={one}>{t(one)}</option>)}
            </select>
          </label>
        </section>
      </div>
    </>
  )
}
