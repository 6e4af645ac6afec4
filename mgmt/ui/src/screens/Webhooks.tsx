/** Addresses that are told of events: make one, see how it stands, try it, give it a new secret, take it away. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { Link } from 'react-router'
import { api } from '../api/client'
import type { Stored } from '../api/types'
import { typesQuery, webhooksQuery, type Endpoint } from '../api/webhooks'
import { t } from '../i18n'
import { Moment } from '../parts/Moment'
import { Empty, Loading, Trouble } from '../parts/Notice'
import { Secret } from '../parts/Secret'

export function Webhooks() {
  const { data, error, isPending, refetch } = useQuery(webhooksQuery)
  return (
    <>
      <div className="head"><h1>{t('webhooks')}</h1></div>
      <div className="stack">
        <NewWebhook taken={data?.data.map(({ id }) => id) ?? []} />
        {isPending && <Loading />}
        {error && <Trouble error={error} again={() => void refetch()} />}
        {data?.data.length === 0 && <Empty title={t('noWebhooks')} hint={t('noWebhooksHint')} />}
        {data?.data.map((one) => <Row key={one.id} endpoint={one} />)}
      </div>
    </>
  )
}

function Row({ endpoint: one }: { endpoint: Endpoint }) {
  const queries = useQueryClient()
  const [sure, setSure] = useState(false)
  const path = encodeURIComponent(one.id)
  const onSuccess = () => queries.invalidateQueries({ queryKey: webhooksQuery.queryKey })
  const remove = useMutation({ mutationFn: () => api(`config/webhook/${path}`, 'DELETE'), onSuccess })
  const turn = useMutation({
    mutationFn: () => {
      const { id, name, url, events, form, enabled } = one
      return api(`config/webhook/${path}`, 'PUT', { id, name, url, events, form, enabled: !enabled }, '*')
    },
    onSuccess,
  })
  const rotate = useMutation({ mutationFn: () => api<{ secret: string }>(`webhooks/${path}/rotate`, 'POST'), onSuccess })
  const attempt = useMutation({ mutationFn: () => api(`webhooks/${path}/test`, 'POST'), onSuccess })
  const trouble = remove.error ?? turn.error ?? rotate.error ?? attempt.error
  return (
    <article className="card stack" data-testid="webhook">
      <div className="row">
        <div className="grow">
          <h2>{one.name || one.id}</h2>
          <p className="dim small breaks">{one.url} · {one.events.join(', ')}</p>
          <p className="small">
            {one.enabled ? `${t('hookWaiting')}: ${one.waiting}` : t('hookOff')} · {t('hookDead')}: {one.dead}
            {one.last && <> · {t('hookLast')} <Moment at={one.last.happened_at} /></>}
          </p>
        </div>
        <Link className="button" to={`/account/webhooks/${path}`}>{t('deliveries')}</Link>
      </div>
      <div className="row">
        <button onClick={() => attempt.mutate()} disabled={attempt.isPending || !one.enabled}>{t('sendTest')}</button>
        <button onClick={() => rotate.mutate()} disabled={rotate.isPending}>{t('newSecret')}</button>
        <button onClick={() => turn.mutate()} disabled={turn.isPending}>{t(one.enabled ? 'switchOff' : 'switchOn')}</button>
        {sure && <button onClick={() => setSure(false)}>{t('cancel')}</button>}
        <button className={sure ? 'danger' : ''} disabled={remove.isPending} onClick={() => (sure ? remove.mutate() : setSure(true))}>
          {t(sure ? 'removeForGood' : 'remove')}
        </button>
      </div>
      {attempt.isSuccess && <p role="status">{t('testSent')}</p>}
      {rotate.data && <Secret text={rotate.data.secret} hint={t('secretOnce')} />}
      {trouble && <Trouble error={trouble} />}
    </article>
  )
}

function NewWebhook({ taken }: { taken: string[] }) {
  const queries = useQueryClient()
  const { data: types } = useQuery(typesQuery)
  const [name, setName] = useState('')
  const [url, setUrl] = useState('')
  const [form, setForm] = useState<Endpoint['form']>('standard')
  const [chosen, setChosen] = useState<string[]>(['call.ended'])
  const make = useMutation({
    mutationFn: () => {
      const id = idOf(name, taken)
      return api<Stored<unknown>>(`config/webhook/${id}`, 'PUT', { id, name, url, events: chosen, form })
    },
    onSuccess: () => {
      setName('')
      setUrl('')
      return queries.invalidateQueries({ queryKey: webhooksQuery.queryKey })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    make.mutate()
  }
  const turn = (type: string, on: boolean) => setChosen(on ? [...chosen, type] : chosen.filter((one) => one !== type))
  return (
    <form className="card stack" onSubmit={submit}>
      <h2>{t('newWebhook')}</h2>
      <div className="row">
        <label>{t('program')}<input value={name} maxLength={120} required onChange={(event) => setName(event.target.value)} /></label>
        <label className="grow">
          URL
          <input type="url" value={url} placeholder="https://" maxLength={500} required onChange={(event) => setUrl(event.target.value)} />
        </label>
      </div>
      <label>
        {t('hookForm')}
        <select value={form} onChange={(event) => setForm(event.target.value as Endpoint['form'])}>
          <option value="standard">{t('hookStandard')}</option>
          <option value="v4">{t('hookV4')}</option>
        </select>
      </label>
      <fieldset>
        <legend>{t('eventsWanted')}</legend>
        <div className="row">
          {types?.data.filter(({ type }) => type !== 'webhook.test').map(({ type, text }) => (
            <label key={type} className="check" title={text}>
              <input type="checkbox" checked={chosen.includes(type)} onChange={(event) => turn(type, event.target.checked)} />
              {type}
            </label>
          ))}
        </div>
      </fieldset>
      <div className="row">
        <button type="submit" className="primary" disabled={make.isPending || chosen.length === 0}>{t('makeWebhook')}</button>
      </div>
      {make.error && <Trouble error={make.error} />}
      {make.data?.password && <Secret text={make.data.password} hint={t('secretOnce')} />}
    </form>
  )
}

function idOf(name: string, taken: string[]): string {
  const base = name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '').slice(0, 40) || 'webhook'
  let id = base
  for (let n = 2; taken.includes(id); n++) id = `${base}-${n}`
  return id
}
