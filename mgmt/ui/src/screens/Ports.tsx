/** Numbers that come from another carrier: ask for them, give the bill, hand it in, see how far it is. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { api, send } from '../api/client'
import { portsQuery, type PortIn } from '../api/ports'
import { t, word } from '../i18n'
import type { Key } from '../i18n/en'
import { Moment } from '../parts/Moment'
import { Empty, Loading, Trouble } from '../parts/Notice'

const FIELDS = ['carrier', 'account', 'name', 'street', 'place', 'pin', 'wanted_on'] as const
const NAMES: Record<(typeof FIELDS)[number], Key> = {
  carrier: 'portCarrier', account: 'portAccount', name: 'portName', street: 'portStreet', place: 'portPlace', pin: 'portPin', wanted_on: 'portWanted',
}

export function Ports() {
  const { data, error, isPending, refetch } = useQuery(portsQuery)
  return (
    <>
      <div className="head"><h1>{t('ports')}</h1></div>
      <div className="stack">
        <PortForm />
        {isPending && <Loading />}
        {error && <Trouble error={error} again={() => void refetch()} />}
        {data?.data.length === 0 && <Empty title={t('noPorts')} hint={t('noPortsHint')} />}
        {data?.data.map((port) => <Row key={port.id} port={port} />)}
      </div>
    </>
  )
}

/** What the losing carrier asks for: of a new port-in, or of one that is put right (its numbers stay; no PIN: the one that is there). */
function PortForm({ port, done }: { port?: PortIn; done?: () => void }) {
  const queries = useQueryClient()
  const [given, setGiven] = useState<Record<string, string>>(port ? told(port) : {})
  const save = useMutation({
    mutationFn: () => {
      const others = Object.fromEntries(FIELDS.filter((name) => given[name]).map((name) => [name, given[name]]))
      if (port) return api<PortIn>(`market/ports/${port.id}`, 'PUT', others)
      return api<PortIn>('market/ports', 'POST', { numbers: (given.numbers ?? '').split(/[\s,;]+/).filter(Boolean), ...others })
    },
    onSuccess: () => {
      if (!port) setGiven({})
      done?.()
      return queries.invalidateQueries({ queryKey: portsQuery.queryKey })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  const set = (name: string) => (event: { target: { value: string } }) => setGiven({ ...given, [name]: event.target.value })
  return (
    <form className={port ? 'stack' : 'card stack'} onSubmit={submit} data-testid={port ? 'fix-port' : 'new-port'}>
      {!port && <p className="dim">{t('portsHint')}</p>}
      {!port && <label>{t('portNumbers')}<input required value={given.numbers ?? ''} onChange={set('numbers')} placeholder="+12125550171, +12125550172" /></label>}
      <div className="row">
        {FIELDS.map((name) => (
          <label key={name}>
            {t(NAMES[name])}
            <input type={name === 'wanted_on' ? 'date' : 'text'} maxLength={120} autoComplete="off" required={name !== 'pin' && name !== 'wanted_on'} value={given[name] ?? ''} onChange={set(name)} placeholder={name === 'pin' && port?.has_pin ? t('portPinStays') : undefined} />
          </label>
        ))}
      </div>
      {save.error && <Trouble error={save.error} />}
      <button className="primary" disabled={save.isPending}>{t(port ? 'portSave' : 'portMake')}</button>
    </form>
  )
}

const told = ({ carrier, account, name, street, place, wanted_on }: PortIn): Record<string, string> =>
  ({ carrier, account, name, street, place, wanted_on: wanted_on ?? '' })

function Row({ port }: { port: PortIn }) {
  const queries = useQueryClient()
  const done = () => queries.invalidateQueries({ queryKey: portsQuery.queryKey })
  const step = useMutation({ mutationFn: (name: 'submit' | 'cancel') => api(`market/ports/${port.id}/steps`, 'POST', { step: name }), onSuccess: done })
  const give = useMutation({ mutationFn: (file: File) => send(`market/ports/${port.id}/bill`, file, file.type, 'PUT'), onSuccess: done })
  const [fixing, setFixing] = useState(false)
  const open = ['draft', 'submitted', 'accepted', 'rejected'].includes(port.state)
  const mine = ['draft', 'rejected'].includes(port.state)
  return (
    <article className="card stack" data-testid="port">
      <h2>{port.numbers.join(', ')} <span className={`pill ${port.state === 'ported' ? 'good' : port.state === 'rejected' ? 'bad' : ''}`}>{word(`port_${port.state}`)}</span></h2>
      <p className="dim small">{port.carrier} · {port.account} · <Moment at={port.changed_at} />{port.foc_on && ` · ${t('portFoc')} ${port.foc_on}`}</p>
      {port.said && <p>{port.said}</p>}
      {(step.error ?? give.error) && <Trouble error={(step.error ?? give.error)!} />}
      {mine && fixing && <PortForm port={port} done={() => setFixing(false)} />}
      <div className="row">
        {mine && <button aria-expanded={fixing} onClick={() => setFixing(!fixing)}>{t('portFix')}</button>}
        {mine && (
          <label>
            {t(port.bill ? 'portBillAgain' : 'portBill')}
            <input type="file" accept="application/pdf,image/png,image/jpeg" onChange={(event) => event.target.files?.[0] && give.mutate(event.target.files[0])} />
          </label>
        )}
        {port.state === 'draft' && <button className="primary" disabled={!port.bill || step.isPending} onClick={() => step.mutate('submit')}>{t('portSubmit')}</button>}
        {open && <button className="danger" disabled={step.isPending} onClick={() => step.mutate('cancel')}>{t('portCancel')}</button>}
      </div>
    </article>
  )
}
