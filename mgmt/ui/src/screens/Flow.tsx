/** The call flow editor: chart and outline of one document, its form, its problems; publishing; the simulator. */
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState, type KeyboardEvent } from 'react'
import { useSearchParams } from 'react-router'
import { flowQueries, flowsQuery, meQuery } from '../api/queries'
import type { Me } from '../api/types'
import type { Flow as LiveFlow } from '../flow/types'
import { Connect } from '../flow/Connect'
import { DropOff, useTraffic } from '../flow/DropOff'
import { DraftState } from '../flow/DraftState'
import { Expectations } from '../flow/Expectations'
import { beginning as beginningOf, type Beginning } from '../flow/keeper'
import { FlowChart } from '../flow/FlowChart'
import { NewFlow } from '../flow/NewFlow'
import { NodeForm } from '../flow/NodeForm'
import { Outline } from '../flow/Outline'
import { Publish } from '../flow/Publish'
import { beginning, kinds } from '../flow/schema'
import { Simulator } from '../flow/Simulator'
import { TryCall } from '../flow/TryCall'
import { draftQuery, placeOf, unsavedAt, useDrawing } from '../flow/useDrawing'
import { led, waysOut, type WayOut } from '../flow/ways'
import { t } from '../i18n'
import { checkWords } from '../i18n/checks'
import { groupName, kindName } from '../i18n/steps'
import { Empty, Loading, Trouble } from '../parts/Notice'
import { changes } from '../places'

export default function Flow() {
  const { data, error, isPending, refetch } = useQuery(flowsQuery)
  const [asked, ask] = useSearchParams()
  const setChosen = (flow: string) => ask({ flow })
  const { data: me } = useQuery(meQuery)
  if (isPending) return <Loading />
  if (error) return <Trouble error={error} again={() => void refetch()} />
  const flow = data.data.find(({ id }) => id === asked.get('flow')) ?? data.data[0]
  const start = changes(me, 'configuration') && <NewFlow taken={data.data.map(({ id }) => id)} open={setChosen} />
  if (!flow) return <div className="stack"><Empty title={t('flow')} hint={t('noFlowsHint')} />{start}</div>
  return (
    <>
      <div className="head">
        <h1>{t('flow')}: {flow.name}</h1>
        {data.data.length > 1 && (
          <label>
            {t('flow')}
            <select value={flow.id} onChange={(event) => setChosen(event.target.value)}>
              {data.data.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
            </select>
          </label>
        )}
        <span className="chip">{t('version')} {flow.version}</span>
        {start}
      </div>
      {me && <Opened key={`${flow.id} ${me.tenant?.id ?? ''}`} flow={flow} me={me} step={asked.get('step')} />}
    </>
  )
}

/** The editor, once it is known what was drawn before. */
function Opened({ flow, me, step }: { flow: LiveFlow; me: Me; step: string | null }) {
  const draft = useQuery(draftQuery(flow.id))
  if (draft.isPending) return <Loading />
  const place = placeOf(me, flow.id)
  return <Editor flow={flow} step={step} begun={beginningOf(draft.data ?? null, unsavedAt(place))} place={place} />
}

/** `step`: the one that is chosen first; `begun` and `place`: of the drawing. */
function Editor({ flow, step, begun, place }: { flow: LiveFlow; step: string | null; begun: Beginning; place: string }) {
  const drawing = useDrawing(flow, begun, place)
  const { change, document, dirty, live } = drawing
  const [visited, setVisited] = useState<ReadonlySet<string>>(new Set())
  const [node, setNode] = useState(step !== null && step in document.nodes ? step : null)
  const [kind, setKind] = useState('play')
  const { data: schema } = useQuery(flowQueries.schema)
  const traffic = useTraffic(flow, '7')
  const { data: checked } = useQuery({ ...flowQueries.checked(flow.id, document), enabled: dirty, placeholderData: (before) => before })
  const known = useQuery(flowQueries.known).data ?? {}
  const problems = useMemo(() => (dirty ? (checked?.problems ?? []) : live.problems), [dirty, checked, live])
  const drawn = useMemo(() => ({ ...flow, document, problems }), [flow, document, problems])
  const all = useMemo(() => (schema ? kinds(schema) : []), [schema])
  const here = node === null ? undefined : document.nodes[node]
  const kindHere = all.find((one) => one.kind === here?.kind)
  const nodes = Object.keys(document.nodes)
  const [line, setLine] = useState<{ from: string; to: string | null } | null>(null)
  const source = line && document.nodes[line.from]
  const sourceKind = all.find((one) => one.kind === source?.kind)
  const ways = source && sourceKind && schema ? waysOut(sourceKind, source, schema.$defs) : []
  const lead = (way: WayOut, to: string) => {
    if (!line || !source) return
    const [name, value] = led(source, way, to)
    change({ type: 'field', id: line.from, name, value })
    setLine(null)
  }
  const press = (event: KeyboardEvent) => {
    const typing = (event.target as HTMLElement).closest('input, select, textarea, dialog') !== null
    const control = event.ctrlKey || event.metaKey
    const key = event.key.toLowerCase()
    if (typing) return
    if (control && key === 'z') change({ type: event.shiftKey ? 'redo' : 'undo' })
    else if (control && key === 'y') change({ type: 'redo' })
    else if (control && key === 'd' && node !== null) change({ type: 'copy', id: node })
    else if ((key === 'delete' || key === 'backspace') && node !== null) {
      change({ type: 'remove', id: node })
      setNode(null)
    } else return
    event.preventDefault()
  }
  const add = () => {
    const found = all.find((one) => one.kind === kind)
    if (found && schema) change({ type: 'add', kind, after: node, fields: beginning(found.schema, schema.$defs, nodes.at(-1) ?? '') })
  }
  return (
    <div className="stack" onKeyDown={press}>
      {line && source && <Connect key={`${line.from} ${line.to ?? ''}`} from={line.from} to={line.to} ways={ways} nodes={nodes} connect={lead} cancel={() => setLine(null)} />}
      <DraftState drawing={drawing} />
      {problems.length > 0
        ? <div className="problem" role="alert"><ul>{problems.map((one, index) => (
          <li key={index}>{one.severity === 'warning' ? '⚠ ' : ''}{one.node && <button type="button" className="link" onClick={() => setNode(one.node)}>{one.node}</button>} {checkWords(one)}</li>
        ))}</ul></div>
        : <p className="dim small">{t('noProblems')}</p>}
      <div className="row" role="toolbar" aria-label={t('edit')}>
        <label>
          {t('newNode')}
          <select value={kind} data-testid="new-kind" onChange={(event) => setKind(event.target.value)}>
            {[...new Set(all.map((one) => one.group))].map((group) => (
              <optgroup key={group} label={groupName(group)}>{all.filter((one) => one.group === group).map((one) => <option key={one.kind} value={one.kind}>{kindName(one.kind, one.title)}</option>)}</optgroup>
            ))}
          </select>
        </label>
        <button type="button" data-testid="add-node" onClick={add}>{node === null ? t('addNode') : `${t('addBehind')} ${node}`}</button>
        <button type="button" disabled={drawing.past.length === 0} onClick={() => change({ type: 'undo' })}>{t('undo')}</button>
        <button type="button" disabled={drawing.future.length === 0} onClick={() => change({ type: 'redo' })}>{t('redo')}</button>
        <label>
          {t('startNode')}
          <select value={document.start} onChange={(event) => change({ type: 'start', id: event.target.value })}>{nodes.map((id) => <option key={id}>{id}</option>)}</select>
        </label>
        <label>
          {t('fallbackNode')}
          <select value={document.fallback ?? ''} onChange={(event) => change({ type: 'fallback', id: event.target.value || null })}>
            <option value="">–</option>{nodes.map((id) => <option key={id}>{id}</option>)}
          </select>
        </label>
        <label>
          {t('faxNode')}
          <select value={document.fax ?? ''} onChange={(event) => change({ type: 'fax', id: event.target.value || null })}>
            <option value="">–</option>{nodes.map((id) => <option key={id}>{id}</option>)}
          </select>
        </label>
      </div>
      <div className="editor">
        <Outline document={document} problems={problems} chosen={node} choose={setNode} />
        <FlowChart flow={drawn} visited={visited} chosen={node} choose={setNode} connect={(from, to) => setLine({ from, to })} traffic={traffic} />
        {here && node !== null && kindHere && schema && (
          <aside className="card stack" aria-label={node} data-testid="node-form">
            <h2>{kindName(kindHere.kind, kindHere.title)}</h2>
            <form className="row" key={node} onSubmit={(event) => {
              event.preventDefault()
              const to = String(new FormData(event.currentTarget).get('id'))
              change({ type: 'rename', id: node, to })
              if (to !== node && !(to in document.nodes)) setNode(to)
            }}>
              <label>{t('nodeName')}<input name="id" defaultValue={node} /></label>
              <button type="submit">{t('rename')}</button>
              <button type="button" onClick={() => setLine({ from: node, to: null })}>{t('connect')}…</button>
              <button type="button" onClick={() => change({ type: 'copy', id: node })}>{t('copyNode')}</button>
              <button type="button" onClick={() => { change({ type: 'remove', id: node }); setNode(null) }}>{t('removeOne')}</button>
            </form>
            <NodeForm kind={kindHere} node={here} defs={schema.$defs} choices={{ nodes, known }} set={(name, value) => change({ type: 'field', id: node, name, value })} />
          </aside>
        )}
      </div>
      <p className="dim small">{t('flowKeys')}</p>
      <Publish flow={flow} drawing={drawing} />
      <TryCall flow={flow.id} document={document} />
      <Simulator flow={flow.id} document={dirty ? document : null} onPath={setVisited} />
      <DropOff flow={flow} choose={setNode} />
      <Expectations />
    </div>
  )
}
