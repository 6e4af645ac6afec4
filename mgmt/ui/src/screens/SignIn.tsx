/** What I sign in with and where I am signed in; whether helpers may come in. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { api } from '../api/client'
import { appsQuery, factorsQuery, sessionsQuery, supportQuery, type Factors, type Session } from '../api/people'
import { meQuery } from '../api/queries'
import { chosenTenant } from '../api/window'
import { t } from '../i18n'
import type { Key } from '../i18n/en'
import { useConfirmed } from '../parts/Confirmed'
import { Moment } from '../parts/Moment'
import { Loading, Trouble } from '../parts/Notice'
import { Secret } from '../parts/Secret'

const ways: Record<Session['way'], Key> = { link: 'wayLink', password: 'wayPassword', second_factor: 'wayFactor', passkey: 'wayPasskey', sso: 'waySso' }

export function SignIn() {
  const { data: me } = useQuery(meQuery)
  const { data, error, isPending } = useQuery(factorsQuery)
  return (
    <>
      <div className="head"><h1>{t('signInTitle')}</h1></div>
      <div className="stack">
        {me?.must_add_factor && <p className="problem" role="alert">{t('mustAddFactor')}</p>}
        {isPending && <Loading />}
        {error && <Trouble error={error} />}
        {data && <Ways factors={data} />}
        <Sessions />
        <Apps />
        {me?.rights?.support && <Support changes={me.rights.support === 'change' && !me.visitor && !chosenElsewhere(me.user && me.tenant?.id)} />}
      </div>
    </>
  )
}

/** Whether an operator or reseller looks at another company than the own one. */
const chosenElsewhere = (own: string | null | undefined) => chosenTenant() !== null && chosenTenant() !== own

function Ways({ factors }: { factors: Factors }) {
  const queries = useQueryClient()
  const { run, asking, error } = useConfirmed()
  const [codes, setCodes] = useState<string[]>([])
  const [app, setApp] = useState<{ secret: string; picture: string } | null>(null)
  const seen = () => Promise.all([queries.invalidateQueries({ queryKey: factorsQuery.queryKey }), queries.invalidateQueries({ queryKey: meQuery.queryKey })])
  const kept = async (answer: { recovery_codes: string[] } | undefined) => {
    setCodes(answer?.recovery_codes ?? [])
    await seen()
  }
  const addPasskey = async () => {
    const options = await api<PublicKeyCredentialCreationOptionsJSON>('me/passkeys/options', 'POST')
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
    const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential | null
    if (made) await kept(await api('me/passkeys', 'POST', { name: thisBrowser(), credential: made.toJSON() }))
  }
  return (
    <>
      <section className="card row">
        <div className="grow"><h2>{t('wayPassword')}</h2><p className="dim small">{t(factors.password ? 'isSet' : 'isNotSet')}</p></div>
        <a className="button" href="/password">{t('password')}</a>
      </section>
      <section className="card stack">
        <div className="row">
          <div className="grow"><h2>{t('passkeys')}</h2><p className="dim small">{t('passkeysHint')}</p></div>
          <button onClick={() => void run(addPasskey)}>{t('addPasskey')}</button>
        </div>
        {factors.passkeys.map((one) => (
          <div key={one.id} className="row" data-testid="passkey">
            <p className="grow">{one.name} <span className="dim small">· {one.site} · <Moment at={one.added_at} /></span></p>
            <button aria-label={`${t('remove')}: ${one.name}`} onClick={() => void run(() => api(`me/passkeys/${one.id}`, 'DELETE').then(seen))}>{t('remove')}</button>
          </div>
        ))}
      </section>
      <section className="card stack">
        <div className="row">
          <div className="grow"><h2>{t('appCodes')}</h2><p className="dim small">{t(factors.totp ? 'appOn' : 'appHint')}</p></div>
          {factors.totp
            ? <button onClick={() => void run(() => api('me/totp', 'DELETE').then(seen))}>{t('remove')}</button>
            : <button onClick={() => void run(async () => setApp(await api('me/totp', 'POST')))}>{t('addApp')}</button>}
        </div>
        {app && <AppCode app={app} run={run} done={(answer) => { setApp(null); return kept(answer) }} />}
      </section>
      {(factors.totp || factors.passkeys.length > 0) && (
        <section className="card row">
          <div className="grow"><h2>{t('recoveryCodes')}</h2><p className="dim small">{factors.recovery_codes} {t('codesLeft')}</p></div>
          <button onClick={() => void run(async () => kept(await api('me/recovery-codes', 'POST')))}>{t('newCodes')}</button>
        </section>
      )}
      {asking}
      {error && error.name !== 'NotAllowedError' && <Trouble error={error} />}
      {codes.length > 0 && <Secret id="recovery-codes" text={codes.join('\n')} hint={t('codesOnce')} />}
    </>
  )
}

interface AppCodeProps {
  app: { secret: string; picture: string }
  run: (work: () => Promise<unknown>) => Promise<void>
  done: (answer: { recovery_codes: string[] }) => Promise<void>
}

function AppCode({ app, run, done }: AppCodeProps) {
  const [code, setCode] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void run(async () => done(await api('me/totp', 'PUT', { code })))
  }
  return (
    <form className="row" onSubmit={submit}>
      <img className="qr" src={app.picture} alt={t('qrCode')} width={180} height={180} />
      <div className="stack grow">
        <p className="small">{t('scanIt')}</p>
        <code className="secret" data-testid="totp-secret">{app.secret}</code>
        <label>{t('code')}<input inputMode="numeric" autoComplete="one-time-code" required maxLength={7} value={code} onChange={(event) => setCode(event.target.value)} /></label>
        <button type="submit" className="primary">{t('confirmDo')}</button>
      </div>
    </form>
  )
}

function Sessions() {
  const queries = useQueryClient()
  const { data, error, isPending } = useQuery(sessionsQuery)
  const [trouble, setTrouble] = useState<Error | null>(null)
  const end = (id: string) =>
    void api(`me/sessions/${id}`, 'DELETE').then(() => queries.invalidateQueries({ queryKey: sessionsQuery.queryKey }), setTrouble)
  return (
    <section className="card stack">
      <div className="row">
        <h2 className="grow">{t('sessions')}</h2>
        {(data?.data.length ?? 0) > 1 && <button onClick={() => end('others')}>{t('signOutOthers')}</button>}
      </div>
      {isPending && <Loading />}
      {(error ?? trouble) && <Trouble error={(error ?? trouble)!} />}
      {data?.data.map((one) => (
        <div key={one.id} className="row" data-testid="session">
          <p className="grow">
            {browserOf(one.agent)} {one.here && <span className="chip">{t('here')}</span>}
            <span className="dim small"> · {one.address} · {t(ways[one.way])} · <Moment at={one.seen_at} /></span>
          </p>
          {!one.here && <button onClick={() => end(one.id)}>{t('signOut')}</button>}
        </div>
      ))}
    </section>
  )
}

function Apps() {
  const queries = useQueryClient()
  const { data, error, isPending } = useQuery(appsQuery)
  const [trouble, setTrouble] = useState<Error | null>(null)
  const end = (id: string) =>
    void api(`me/apps/${id}`, 'DELETE').then(() => queries.invalidateQueries({ queryKey: appsQuery.queryKey }), setTrouble)
  return (
    <section className="card stack">
      <div className="row">
        <div className="grow"><h2>{t('apps')}</h2><p className="dim small">{t('appsHint')}</p></div>
        <a className="button" href="/device">{t('appEnterCode')}</a>
      </div>
      {isPending && <Loading />}
      {(error ?? trouble) && <Trouble error={(error ?? trouble)!} />}
      {data?.data.map((one) => (
        <div key={one.id} className="row" data-testid="app">
          <p className="grow">
            {one.name} {one.wakes && <span className="chip">{t('appWakes')}</span>}
            <span className="dim small"> · {one.address} · <Moment at={one.seen_at} /></span>
          </p>
          <button aria-label={`${t('signOut')}: ${one.name}`} onClick={() => end(one.id)}>{t('signOut')}</button>
        </div>
      ))}
    </section>
  )
}

const hours = [1, 8, 24, 168]

function Support({ changes }: { changes: boolean }) {
  const queries = useQueryClient()
  const { data } = useQuery(supportQuery)
  const [trouble, setTrouble] = useState<Error | null>(null)
  const on = !!data?.until && Date.parse(data.until) > Date.now()
  const set = (wanted: number | null) =>
    void api('support', wanted === null ? 'DELETE' : 'PUT', wanted === null ? undefined : { hours: wanted })
      .then(() => queries.invalidateQueries({ queryKey: supportQuery.queryKey }), setTrouble)
  return (
    <section className="card stack">
      <h2>{t('helpers')}</h2>
      <p className="dim small">{t('helpersHint')}</p>
      <div className="row">
        <p className="grow">{on && data?.until ? <>{t('helpersIn')} {t('until')} <Moment at={data.until} /></> : t('helpersOut')}</p>
        {changes && on && <button onClick={() => set(null)}>{t('helpersStop')}</button>}
        {changes && !on && hours.map((one) => <button key={one} onClick={() => set(one)}>{one} {t('hoursShort')}</button>)}
      </div>
      {trouble && <Trouble error={trouble} />}
    </section>
  )
}

/** A browser by the name that it says: what people recognise of it. Pure. */
export function browserOf(agent: string): string {
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)\//.exec(agent)?.[1]
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|Linux)/.exec(agent)?.[1]
  const named = { Edg: 'Edge', OPR: 'Opera' }[browser as string] ?? browser
  return [named, system].filter(Boolean).join(', ') || '–'
}

const thisBrowser = () => browserOf(navigator.userAgent).slice(0, 60)
