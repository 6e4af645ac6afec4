/** Programs that may use the API: make a key (shown once), see what it may do, take it back. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { api } from '../api/client'
import { keysQuery } from '../api/queries'
import type { ApiKey, Stored } from '../api/types'
import { t } from '../i18n'
import { Moment } from '../parts/Moment'
import { Empty, Loading, Trouble } from '../parts/Notice'
import { Secret } from '../parts/Secret'

const parts = ['calls', 'activities', 'contacts', 'recordings', 'configuration', 'phones', 'events', 'webhooks'] as const
const day_ms = 24 * 3600 * 1000

export function Keys() {
  const { data, error, isPending, refetch } = useQuery(keysQuery)
  return (
    <>
      <div className="head"><h1>{t('apiKeys')}</h1><a className="button" href="/api/v1/openapi.json">OpenAPI</a></div>
      <div className="stack">
        <NewKey taken={data?.data.map(({ id }) => id) ?? []} />
        {isPending && <Loading />}
        {error && <Trouble error={error} again={() => void refetch()} />}
        {data?.data.length === 0 && <Empty title={t('noKeys')} hint={t('noKeysHint')} />}
        {data?.data.map((key) => <Row key={key.id} stored={key} />)}
      </div>
    </>
  )
}

function Row({ stored: { id, document: key } }: { stored: Stored<ApiKey> }) {
  const queries = useQueryClient()
  const [sure, setSure] = useState(false)
  const remove = useMutation({
    mutationFn: () => api(`config/api_key/${encodeURIComponent(id)}`, 'DELETE'),
    onSuccess: () => queries.invalidateQueries({ queryKey: keysQuery.queryKey }),
  })
  return (
    <article className="card row" data-testid="api-key">
      <div className="grow">
        <h2>{key.name}</h2>
        <p className="dim small">
          {key.scopes.join(', ')} · {t(key.role)}
          {key.expires_at && <> · {t('until')} <Moment at={key.expires_at} /></>}
        </p>
        {remove.error && <Trouble error={remove.error} />}
      </div>
      {sure && <button onClick={() => setSure(false)}>{t('cancel')}</button>}
      <button className={sure ? 'danger' : ''} disabled={remove.isPending} onClick={() => (sure ? remove.mutate() : setSure(true))}>
        {t(sure ? 'removeForGood' : 'remove')}
      </button>
    </article>
  )
}

function NewKey({ taken }: { taken: string[] }) {
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const [role, setRole] = useState<ApiKey['role']>('user')
  const [scopes, setScopes] = useState<string[]>(['calls:read'])
  const [days, setDays] = useState('365')
  const make = useMutation({
    mutationFn: () => {
      const id = idOf(name, taken)
      const expires_at = days ? new Date(Date.now() + Number(days) * day_ms).toISOString() : null
      return api<Stored<ApiKey>>(`config/api_key/${id}`, 'PUT', { id, name, role, scopes, expires_at })
    },
    onSuccess: () => {
      setName('')
      return queries.invalidateQueries({ queryKey: keysQuery.queryKey })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    make.mutate()
  }
  const choose = (part: string, level: string) =>
    setScopes([...scopes.filter((one) => one.split(':')[0] !== part), ...(level ? [level] : [])])
  return (
    <form className="card stack" onSubmit={submit}>
      <h2>{t('newKey')}</h2>
      <div className="row">
        <label>{t('program')}<input value={name} maxLength={120} required onChange={(event) => setName(event.target.value)} /></label>
        <label>
          {t('role')}
          <select value={role} onChange={(event) => setRole(event.target.value as ApiKey['role'])}>
            <option value="user">{t('user')}</option>
            <option value="manager">{t('manager')}</option>
          </select>
        </label>
        <label>
          {t('validFor')}
          <select value={days} onChange={(event) => setDays(event.target.value)}>
            {['30', '365'].map((one) => <option key={one} value={one}>{one} {t('days')}</option>)}
            <option value="">{t('forEver')}</option>
          </select>
        </label>
      </div>
      <div className="row">
        {parts.map((part) => (
          <label key={part}>
            {part}
            <select value={scopes.find((one) => one.split(':')[0] === part) ?? ''} onChange={(event) => choose(part, event.target.value)}>
              <option value="">–</option>
              <option value={`${part}:read`}>{t('look')}</option>
              <option value={part}>{t('lookAndChange')}</option>
            </select>
          </label>
        ))}
        <button type="submit" className="primary" disabled={make.isPending || scopes.length === 0}>{t('makeKey')}</button>
      </div>
      {make.error && <Trouble error={make.error} />}
      {make.data?.password && <Secret text={make.data.password} hint={t('keyOnce')} />}
    </form>
  )
}

function idOf(name: string, taken: string[]): string {
  const base = name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '').slice(0, 40) || 'key'
  let id = base
  for (let n = 2; taken.includes(id); n++) id = `${base}-${n}`
  return id
}
