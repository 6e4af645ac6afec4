/** The queues as they are now: who waits, for how long, how well it goes, who works; and one's own work at them. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import { api } from '../api/client'
import { meQuery, queueQuery, queuesQuery } from '../api/queries'
import type { Queue, QueuePerson } from '../api/queues'
import { clock } from '../format'
import { t, word } from '../i18n'
import { Empty, Loading, Trouble } from '../parts/Notice'
import { Dial } from '../phone/Dial'
import { changes } from '../places'

export function Queues() {
  const { data, error, isPending, refetch } = useQuery(queuesQuery)
  const { data: me } = useQuery(meQuery)
  const manages = changes(me, 'configuration')
  return (
    <>
      <div className="head">
        <h1>{t('queues')}</h1>
        <Link className="button" to="/agents">{t('agents')}</Link>
        <Link className="button" to="/wall">{t('wallboard')}</Link>
        {manages && <Link className="button" to="/queue-settings">{t('queueSettings')}</Link>}
      </div>
      <div className="stack">
        {isPending && <Loading />}
        {error && <Trouble error={error} again={() => void refetch()} />}
        {data?.data.length === 0 && <Empty title={t('noQueues')} hint={t('noQueuesHint')} />}
        {data?.data.map((queue) => <Card key={queue.id} queue={queue} mayManage={manages} />)}
      </div>
    </>
  )
}

function Card({ queue, mayManage }: { queue: Queue; mayManage: boolean }) {
  const [open, setOpen] = useState(false)
  const facts: [string, string][] = [
    [t('waiting'), String(queue.waiting)],
    [t('longestWait'), queue.longest_wait_s === null ? '–' : clock(queue.longest_wait_s)],
    [t('promised'), String(queue.promised_waiting)],
    [`${t('inTime')} (${queue.sla_s} s)`, queue.sla_percent === null ? '–' : `${queue.sla_percent} %`],
    [t('answered'), String(queue.answered)],
    [t('gaveUp'), String(queue.abandoned)],
    [t('free'), String(queue.agents.free)],
    [t('talking'), String(queue.agents.busy + queue.agents.ringing)],
    [t('paused'), String(queue.agents.paused + queue.agents.wrap_up + queue.agents.rest)],
  ]
  return (
    <article className="card stack" data-testid="queue">
      <div className="row">
        <h2 className="grow">{queue.name}</h2>
        <button aria-expanded={open} onClick={() => setOpen(!open)}>{t('details')}</button>
      </div>
      <dl className="figures">
        {facts.map(([name, value]) => <div key={name}><dt className="dim small">{name}</dt><dd className="strong number">{value}</dd></div>)}
      </dl>
      {open && <Details id={queue.id} mayManage={mayManage} />}
    </article>
  )
}

function Details({ id, mayManage }: { id: string; mayManage: boolean }) {
  const { data, error, refetch } = useQuery(queueQuery(id))
  const queries = useQueryClient()
  if (error) return <Trouble error={error} again={() => void refetch()} />
  if (!data) return <Loading />
  const withdraw = (place: string) => void api(`queues/promises/${place}`, 'DELETE').finally(() => queries.invalidateQueries({ queryKey: ['queues'] }))
  return (
    <div className="scroll stack" tabIndex={0} role="group" aria-label={data.name}>
      <table>
        <thead><tr><th>{t('person')}</th><th>{t('state')}</th><th>{t('since')}</th><th>{t('calls')}</th></tr></thead>
        <tbody>{data.people.map((one) => <Person key={one.user} person={one} />)}</tbody>
      </table>
      {data.places.length > 0 && (
        <table>
          <thead><tr><th>#</th><th>{t('from')}</th><th>{t('waiting')}</th><th>{t('state')}</th><th /></tr></thead>
          <tbody>
            {data.places.map((place) => (
              <tr key={place.id}>
                <td>{place.position}</td>
                <td>{place.number ? <Dial number={place.number}>{place.name ?? place.number}</Dial> : (place.name ?? '–')}</td>
                <td className="number">{clock(place.waited_s)}</td>
                <td>{word(place.kind)}</td>
                <td>{place.kind === 'promised' && mayManage && <button onClick={() => withdraw(place.id)}>{t('withdraw')}</button>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  )
}

function Person({ person }: { person: QueuePerson }) {
  return (
    <tr>
      <td>{person.name}</td>
      <td><span className={`pill ${person.state}`}>{word(person.state)}</span> {person.reason}</td>
      <td className="number">{person.since_s === null ? '–' : clock(person.since_s)}</td>
      <td className="number">{person.calls}</td>
    </tr>
  )
}
