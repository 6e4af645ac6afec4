/** Who works at the queues: my own work with the reason of a pause; for managers everybody's. */
import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import { api } from '../api/client'
import { meQuery, queueQuery, queuesQuery } from '../api/queries'
import { agentsOf, type AgentRow } from '../api/queues'
import { clock } from '../format'
import { t, word } from '../i18n'
import { Empty, Loading, Trouble } from '../parts/Notice'
import { Scroll } from '../parts/Scroll'
import { changes } from '../places'

const reasons = ['pauseLunch', 'pauseBreak', 'pauseMeeting', 'pauseTraining'] as const
type Verb = 'login' | 'pause' | 'resume' | 'ready' | 'logout'

/** What makes sense in a state. */
const sensible: Record<string, readonly Verb[]> = {
  out: ['login'], paused: ['resume', 'logout'], wrap_up: ['ready', 'pause', 'logout'], rest: ['ready', 'pause', 'logout'],
}
const usual: readonly Verb[] = ['pause', 'logout']

export function Agents() {
  const { data: me } = useQuery(meQuery)
  const queues = useQuery(queuesQuery)
  const details = useQueries({ queries: (queues.data?.data ?? []).map(({ id }) => queueQuery(id)) })
  const [error, setError] = useState<Error | null>(null)
  const client = useQueryClient()
  const order = (user: string, verb: Verb, reason?: string) =>
    void api(`queues/agents/${user}`, 'POST', { verb, ...(reason && { reason }) }).then(() => {
      setError(null)
      return client.invalidateQueries({ queryKey: ['queues'] })
    }, setError)
  const agents = agentsOf(details.flatMap(({ data }) => (data ? [data] : [])))
  const mine = agents.find(({ user }) => user === me?.user?.id)
  const manages = changes(me, 'configuration')
  const loading = queues.isPending || details.some((one) => one.isPending)
  return (
    <>
      <div className="head">
        <h1>{t('agents')}</h1>
        <Link className="button" to="/queues">{t('queuesNow')}</Link>
      </div>
      <div className="stack">
        {queues.error && <Trouble error={queues.error} again={() => void queues.refetch()} />}
        {error && <Trouble error={error} />}
        {loading && <Loading />}
        {!loading && !queues.error && agents.length === 0 && <Empty title={t('noAgents')} hint={t('noAgentsHint')} />}
        {mine && <Mine agent={mine} order={(verb, reason) => order(mine.user, verb, reason)} />}
        {agents.length > 0 && (
          <Scroll card label={t('agents')}>
            <table data-testid="agents">
              <thead><tr><th>{t('who')}</th><th>{t('state')}</th><th>{t('since')}</th><th>{t('queues')}</th><th>{t('calls')}</th>{manages && <th>{t('orders')}</th>}</tr></thead>
              <tbody>
                {agents.map((agent) => (
                  <tr key={agent.user}>
                    <td className="strong">{agent.name}</td>
                    <td><span className={`pill ${agent.state}`}>{word(agent.state)}</span> {agent.reason}</td>
                    <td className="number">{agent.since_s === null ? '–' : clock(agent.since_s)}</td>
                    <td>{agent.queues.join(', ')}</td>
                    <td className="number">{agent.calls}</td>
                    {manages && (
                      <td className="row">
                        {(sensible[agent.state] ?? usual).map((verb) => (
                          <button key={verb} type="button" aria-label={`${t(`agent_${verb}`)}: ${agent.name}`} onClick={() => order(agent.user, verb)}>{t(`agent_${verb}`)}</button>
                        ))}
                      </td>
                    )}
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
      </div>
    </>
  )
}

function Mine({ agent, order }: { agent: AgentRow; order: (verb: Verb, reason?: string) => void }) {
  const [reason, setReason] = useState('')
  const allowed = sensible[agent.state] ?? usual
  return (
    <section className="card stack" aria-label={t('myWork')} data-testid="my-work">
      <div className="row">
        <h2 className="grow">{t('myWork')}</h2>
        <span className={`pill ${agent.state}`}>{word(agent.state)}</span> {agent.reason}
        {agent.since_s !== null && <span className="number strong">{clock(agent.since_s)}</span>}
      </div>
      <div className="row">
        {allowed.map((verb) => (
          <button key={verb} type="button" className={verb === allowed[0] && verb !== 'pause' ? 'primary' : ''} onClick={() => order(verb, verb === 'pause' ? reason : undefined)}>{t(`agent_${verb}`)}</button>
        ))}
        {allowed.includes('pause') && (
          <label className="row small">
            {t('pauseWhy')}
            <input list="pause-reasons" maxLength={60} value={reason} autoComplete="off" onChange={(event) => setReason(event.target.value)} />
            <datalist id="pause-reasons">{reasons.map((one) => <option key={one} value={t(one)} />)}</datalist>
          </label>
        )}
      </div>
    </section>
  )
}
