/** The node at a glance, for operators: its processes, load, configuration, disk, defence, and a planned stop. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import { api, fetched } from '../api/client'
import { mediaPorts, nodeQuery, nodeQueries, type NodeStatus } from '../api/node'
import { clock } from '../format'
import { t, word } from '../i18n'
import { Between } from '../parts/Between'
import { Moment } from '../parts/Moment'
import { Nodes } from '../parts/Nodes'
import { Loading, Trouble } from '../parts/Notice'
import { useDone } from '../parts/Undo'
import { Scroll } from '../parts/Scroll'

/** Fewer are a warning, as `softswitch doctor` says. */
const certificate_days = 14

export default function Node() {
  const { data, error, isPending, refetch } = useQuery(nodeQuery)
  return (
    <>
      <div className="head">
        <h1>{t('nodeOverview')}</h1>
        {data && <Drain draining={data.switch.draining === true} />}
      </div>
      <div className="stack">
        {isPending && <Loading />}
        {error && <Trouble error={error} again={() => void refetch()} />}
        {data && <Overview status={data} />}
        <Nodes />
        {data && <Fault level={data.switch.log_level} />}
        <Preflight />
        <Between />
        <Replicas />
        <Bans />
      </div>
    </>
  )
}

function Drain({ draining }: { draining: boolean }) {
  const queries = useQueryClient()
  const tell = useDone()
  const set = (on: boolean) => api('drain', 'PUT', { on }).then(() => queries.invalidateQueries({ queryKey: ['node'] }))
  const change = () => void set(!draining).then(() => tell({ text: t(draining ? 'nodeTakes' : 'nodeDrains'), back: () => set(draining) }))
  return <button type="button" className={draining ? 'primary' : 'danger'} onClick={change}>{t(draining ? 'nodeUndrain' : 'nodeDrain')}</button>
}

function Overview({ status }: { status: NodeStatus }) {
  const { switch: sip, config, disk, history, services } = status
  const used = 100 - Math.round((100 * disk.free_mb) / Math.max(1, disk.total_mb))
  const ports = mediaPorts(sip.media_workers ?? [])
  const facts: [string, string][] = [
    [t('nodeVersion'), status.version],
    [t('nodeUp'), sip.up_s === undefined ? '–' : clock(sip.up_s)],
    [t('nodeCalls'), `${String(sip.calls ?? 0)} · ${String(sip.calls_total ?? 0)}`],
    [t('nodeRefused'), String(sip.calls_refused ?? 0)],
    [t('nodePhones'), String(sip.phones ?? 0)],
    [t('nodeLag'), sip.defence ? `${String(sip.defence.lag_ms)} ms` : '–'],
    [t('nodeBusy'), sip.defence ? `${String(sip.defence.busy_percent)} %` : '–'],
    [t('nodeSequence'), `${String(config.sequence)} (${word(config.state)}${config.behind ? `, −${String(config.behind)}` : ''})`],
    [t('nodePorts'), ports ? `${String(ports.used)} / ${String(ports.pairs)}` : '–'],
    [t('nodeHistoryLag'), history.lag_s == null ? '–' : `${history.lag_s.toFixed(1)} s`],
    [t('nodeSpool'), `${(history.spool_bytes / 1_048_576).toFixed(1)} MB`],
  ]
  return (
    <>
      {sip.state !== 'up' && <p className="problem" role="alert">{t('nodeAway')} {sip.text}</p>}
      {sip.draining && <p className="problem" role="status">{t('nodeDrains')}</p>}
      {config.state !== 'following' && config.text && <p className="problem" role="status">{t('nodeSequence')}: {config.text}</p>}
      {!history.shared && !!sip.cluster?.others.length && <p className="problem" role="status">{t('nodeApart')}</p>}
      <dl className="card figures" data-testid="node-figures">
        {facts.map(([name, value]) => <div key={name}><dt className="dim small">{name}</dt><dd className="strong number">{value}</dd></div>)}
      </dl>
      <section className="card stack">
        <h2>{t('nodeDisk')}</h2>
        <div className="level" role="meter" aria-label={t('nodeDisk')} aria-valuemin={0} aria-valuemax={100} aria-valuenow={used}><span style={{ width: `${String(used)}%` }} /></div>
        <p className="dim small">{(disk.free_mb / 1024).toFixed(1)} GB {t('nodeFree')} / {(disk.total_mb / 1024).toFixed(1)} GB</p>
      </section>
      {status.certificates.length > 0 && (
        <section className="card stack">
          <h2>{t('nodeCertificates')}</h2>
          <ul className="plain stack tight small" data-testid="certificates">
            {status.certificates.map(({ name, days_left }) => {
              const fine = days_left !== null && days_left >= certificate_days
              return <li key={name}><span className={`pill ${fine ? 'good' : 'bad'}`}>{fine ? '✔' : '✖'} {days_left === null ? t('nodeUnread') : `${String(days_left)} ${t('nodeDays')}`}</span> {name}</li>
            })}
          </ul>
        </section>
      )}
      <section className="card stack">
        <h2>{t('nodeMedia')}</h2>
        <ul className="small">
          {(sip.media_workers ?? []).map((worker) => (
            <li key={worker.name}><span className={`pill ${worker.ready ? 'live' : 'offline'}`}>{worker.name}</span> {worker.legs} {t('nodeLegs')} · {worker.busy_percent} %</li>
          ))}
        </ul>
        <p className="dim small">{Object.entries(sip.network?.listening ?? {}).map(([name, where]) => `${name.toUpperCase()} ${where.join(', ')}`).join(' · ')}</p>
      </section>
      {sip.speech && (
        <section className="card stack" data-testid="speech">
          <h2>{t('nodeSpeech')}</h2>
          <p className="small"><span className={`pill ${sip.speech.trouble ? 'offline' : 'live'}`}>{sip.speech.engine || t('nodeNobodySpeaks')}</span> {sip.speech.waiting} {t('nodeTextsWait')}</p>
          {sip.speech.trouble && <p className="problem" role="status">{sip.speech.trouble}</p>}
          <p className="dim small">{t('nodeSpeechHint')} <Link to="/prompts">{t('prompts')}</Link></p>
        </section>
      )}
      <section className="card stack">
        <h2>{t('nodeServices')}</h2>
        <Scroll label={t('nodeServices')}>
          <table>
            <thead><tr><th>{t('nodeService')}</th><th>{t('state')}</th><th>{t('nodeRan')}</th><th>{t('nodeDone')}</th></tr></thead>
            <tbody>
              {Object.values(services).map((one) => (
                <tr key={one.name}>
                  <td className="strong">{one.name.replaceAll('_', ' ')}</td>
                  <td><span className={`pill ${one.ok === null ? '' : one.ok ? 'live' : 'offline'}`}>{one.text ?? t('nodeNotYet')}</span></td>
                  <td>{one.ran_at ? <Moment at={one.ran_at} /> : '–'}</td>
                  <td className="number">{one.done}{one.failures ? ` (${String(one.failures)} ${t('failed').toLowerCase()})` : ''}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      </section>
    </>
  )
}

const levels = ['error', 'warning', 'info', 'debug'] as const

/** What helps to find a fault: how much the switch's log holds until its next start, and everything that others need, as one file. */
function Fault({ level }: { level: string | undefined }) {
  const queries = useQueryClient()
  const tell = useDone()
  const set = (wanted: string) => api('log-level', 'PUT', { level: wanted }).then(() => queries.invalidateQueries({ queryKey: ['node'] }))
  const change = useMutation({ mutationFn: set })
  const choose = (wanted: string) =>
    change.mutate(wanted, { onSuccess: () => tell({ text: `${t('nodeLog')}: ${wanted}`, back: level ? () => set(level) : null }) })
  const bundle = useMutation({ mutationFn: () => fetched('status/support', 'softswitch-support.tar.gz') })
  return (
    <section className="card stack">
      <h2>{t('nodeFault')}</h2>
      <div className="row">
        <label className="row">{t('nodeLog')}
          <select value={level ?? ''} disabled={!level || change.isPending} onChange={(event) => choose(event.target.value)}>
            {!level && <option value="">–</option>}
            {levels.map((one) => <option key={one}>{one}</option>)}
          </select>
        </label>
        <button type="button" disabled={bundle.isPending} onClick={() => bundle.mutate()}>{t(bundle.isPending ? 'pWorking' : 'nodeBundle')}</button>
      </div>
      <p className="dim small">{t('nodeFaultHint')}</p>
      {(change.error ?? bundle.error) && <Trouble error={change.error ?? bundle.error!} />}
    </section>
  )
}

interface Finding {
  name: string
  ok: boolean
  text: string
  fix: string
}

/** What `softswitch doctor` says of the machine, each with its fix. */
function Preflight() {
  const look = useMutation({ mutationFn: () => api<{ data: Finding[] }>('status/checks', 'POST') })
  return (
    <section className="card stack">
      <div className="row">
        <div className="grow"><h2>{t('preflight')}</h2><p className="dim small">{t('preflightHint')}</p></div>
        <button type="button" disabled={look.isPending} onClick={() => look.mutate()}>{t(look.isPending ? 'pWorking' : 'acceptanceRun')}</button>
      </div>
      {look.error && <Trouble error={look.error} />}
      {look.data && (
        <ul className="plain stack tight" data-testid="findings" aria-live="polite">
          {[...look.data.data].sort((a, b) => Number(a.ok) - Number(b.ok)).map((one) => (
            <li key={one.name}>
              <span className={`pill ${one.ok ? 'good' : 'bad'}`}>{one.ok ? '✔' : '✖'} {one.name}</span> <span className="small">{one.text}</span>
              {!one.ok && one.fix && <p className="small"><strong>{t('preflightFix')}:</strong> <code className="breaks">{one.fix}</code></p>}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Replicas() {
  const { data } = useQuery(nodeQueries.replicas)
  if (!data) return null
  return (
    <section className="card stack">
      <h2>{t('nodeReplicas')}</h2>
      <ul className="small">
        {data.data.map((one) => (
          <li key={`${one.node} ${one.process}`}>
            <span className={`pill ${one.verdict === 'ok' ? 'live' : 'offline'}`}>{one.verdict}</span> {one.node} / {one.process} · {t('version')} {one.sequence} <span className="dim number">{one.fingerprint.slice(0, 12)}</span> {one.text}
            {one.watchers !== null && <span className="dim"> · {t('nodeWatchers')}: {one.watchers}{one.told !== null && `, ${t('nodeTold')} ${String(one.told)}`}</span>}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Bans() {
  const { data } = useQuery(nodeQueries.bans)
  const queries = useQueryClient()
  const [error, setError] = useState<Error | null>(null)
  const lift = (source: string) => void api(`bans?source=${encodeURIComponent(source)}`, 'DELETE').then(() => queries.invalidateQueries({ queryKey: ['node'] }), setError)
  if (!data) return null
  return (
    <section className="card stack">
      <h2>{t('nodeBans')} <span className="chip">{data.data.length}</span></h2>
      {error && <Trouble error={error} />}
      {data.data.length === 0 && <p className="dim small">{t('nodeNoBans')}</p>}
      {data.data.map((one) => (
        <div key={`${one.source} ${one.user ?? ''}`} className="row">
          <span className="grow">{one.source} {one.user}</span>
          <span className="number dim">{clock(one.left_s)}</span>
          <button type="button" aria-label={`${t('nodeLift')}: ${one.source}`} onClick={() => lift(one.source)}>{t('nodeLift')}</button>
        </div>
      ))}
    </section>
  )
}
