/** The nodes of the cluster: how another one joins, and each of them upgraded in turn while calls go on. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { api } from '../api/client'
import { nodeQueries, type Nodes as All, type OneNode } from '../api/node'
import { clock } from '../format'
import { t, word } from '../i18n'
import { Copy } from './Copy'
import { Trouble } from './Notice'

const colours = { up: 'live', drained: '', away: 'offline', unknown: '' } as const

/** The newest of the versions that nodes run. Pure. */
export const newest = (nodes: readonly Pick<OneNode, 'version'>[]): string =>
  nodes.map(({ version }) => version).reduce((one, other) => (other.localeCompare(one, 'en', { numeric: true }) > 0 ? other : one), '')

/** Why this node is not to be drained now: another one does not serve. Pure. */
export const hindered = (nodes: readonly OneNode[], node: string): string | null =>
  nodes.find((one) => one.node !== node && one.state !== 'up')?.node ?? null

export function Nodes() {
  const { data, error, refetch } = useQuery(nodeQueries.nodes)
  if (error && !data) return <Trouble error={error} again={() => void refetch()} />
  if (!data) return null
  return (
    <section className="card stack" data-testid="nodes">
      <h2>{t('nodeNodes')} <span className="chip">{data.data.length}</span></h2>
      {data.data.map((one) => <Row key={one.node} one={one} all={data} />)}
      {data.data.length > 1 && <p className="dim small">{t('nodeNodesHint')}</p>}
      <Join commands={data.commands} />
    </section>
  )
}

function Row({ one, all }: { one: OneNode; all: All }) {
  const [from, begin] = useState<string | null>(null)
  const last = newest(all.data)
  return (
    <div className="stack tight" data-testid="cluster-node">
      <div className="row">
        <span className="grow breaks">
          <span className={`pill ${colours[one.state]}`}>{word(`cl_${one.state}`)}</span> <strong>{one.node}</strong>{one.node === all.node && ` (${t('nodeHere')})`}{' '}
          <span className="dim small">
            {[one.version, one.tenants !== null && `${t('nodeServes')}: ${String(one.tenants)}`, one.calls !== null && `${t('calls')}: ${String(one.calls)}`, one.up_s !== null && clock(one.up_s), one.text].filter(Boolean).join(' · ')}
          </span>
          {one.version && one.version !== last && <> <span className="pill bad">{t('clOlder')}</span></>}
        </span>
        <button type="button" aria-expanded={from !== null} aria-label={`${t('clUpgrade')}: ${one.node}`} onClick={() => begin(from === null ? one.version : null)}>{t('clUpgrade')}</button>
      </div>
      {from !== null && <Upgrade one={one} all={all} from={from} />}
    </div>
  )
}

function Upgrade({ one, all, from }: { one: OneNode; all: All; from: string }) {
  const queries = useQueryClient()
  const drain = useMutation({
    mutationFn: (on: boolean) => api('drain', 'PUT', { on, node: one.node }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['node'] }),
  })
  const other = hindered(all.data, one.node)
  const back = one.state === 'up' && one.version !== from
  const drained = back || one.state !== 'up'
  const left = (one.calls ?? 0) + (one.passing ?? 0)
  const empty = back || (drained && left === 0)
  return (
    <ol className="stack tight" data-testid="upgrade">
      <Step done={drained}>
        {t('clDrain')}{' '}
        {one.state === 'up' && !back && <button type="button" disabled={drain.isPending || other !== null} onClick={() => drain.mutate(true)}>{t('nodeDrain')}</button>}
        {one.state === 'drained' && <button type="button" disabled={drain.isPending} onClick={() => drain.mutate(false)}>{t('nodeUndrain')}</button>}
        {!drained && other !== null && <p className="small bad">{t('clOneByOne')} {other}</p>}
        {all.data.length === 1 && <p className="small dim">{t('clAlone')}</p>}
        {drain.error && <Trouble error={drain.error} />}
      </Step>
      <Step done={empty}>{t('clLastCall')}{one.state === 'drained' && ` ${t('clLeft')}: ${String(left)}`}</Step>
      <Step done={back}>
        {t('clInstall')} {one.node}
        <div className="stack tight">{all.commands.upgrade.map((command) => <Command key={command} text={command} />)}</div>
      </Step>
      <Step done={back}>{back ? `${t('clBack')} ${one.version}` : t('clWaits')}</Step>
      <li className="small dim">{t('clOldAgain')}</li>
    </ol>
  )
}

const Step = ({ done, children }: { done: boolean; children: ReactNode }) => (
  <li aria-label={done ? t('clDone') : undefined}><span className={done ? 'good' : 'dim'} aria-hidden>{done ? '✔' : '○'}</span> {children}</li>
)

const Command = ({ text }: { text: string }) => <p className="row"><code className="grow breaks">{text}</code><Copy text={text} /></p>

function Join({ commands: { invite, join } }: { commands: All['commands'] }) {
  const [given, give] = useState({ address: '', token: '' })
  if (invite === null || join === null) return <p className="small dim">{t('clOwnServers')}</p>
  const typed = join.replace('ADDRESS', given.address.trim() || 'ADDRESS').replace('TOKEN', given.token.trim() || 'TOKEN')
  return (
    <details>
      <summary>{t('clJoin')}</summary>
      <ol className="stack tight">
        <li>{t('clInvite')}<Command text={invite} /><p className="small dim">{t('clSecret')}</p></li>
        <li>
          {t('clThere')}
          <div className="row">
            <label className="grow">{t('clAddress')}<input value={given.address} autoComplete="off" placeholder="192.0.2.12" onChange={(event) => give({ ...given, address: event.target.value })} /></label>
            <label className="grow">{t('clToken')}<input type="password" value={given.token} autoComplete="off" onChange={(event) => give({ ...given, token: event.target.value })} /></label>
          </div>
          <p className="row"><code className="grow breaks" data-testid="join-command">{given.token ? typed.replace(given.token.trim(), '…') : typed}</code><Copy text={typed} /></p>
        </li>
        <li>{t('clAppears')}</li>
      </ol>
    </details>
  )
}
