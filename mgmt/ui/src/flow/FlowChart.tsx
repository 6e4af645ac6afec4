import dagre from '@dagrejs/dagre'
import { Background, Controls, Handle, MarkerType, Position, ReactFlow, type Edge, type Node, type NodeProps } from '@xyflow/react'
import '@xyflow/react/dist/style.css'
import { useMemo, useRef, type KeyboardEvent } from 'react'
import { neighbour } from './ways'
import type { Flow, Traffic } from './types'
import { edges, entry, summary } from './graph'
import { t } from '../i18n'
import { kindName } from '../i18n/steps'

interface Card extends Record<string, unknown> {
  kind: string
  label: string
  text: string
  visited: boolean
  wrong: boolean
  chosen: boolean
  here: number
  left: number
}

const width = 210
const height = 66
const nodeTypes = { card: CardView }

function CardView({ data }: NodeProps<Node<Card>>) {
  return (
    <div className={`node ${data.visited ? 'visited' : ''} ${data.wrong ? 'wrong' : ''} ${data.chosen ? 'chosen' : ''}`} data-testid="flow-node">
      <Handle type="target" position={Position.Top} />
      <div className="kind">
        {kindName(data.kind, data.kind)}
        {data.here > 0 && <span className="chip" title={t('callersHere')}>● {data.here}</span>}
        {data.left > 0 && <span className="dim" title={t('leftHere')}> ↘ {data.left}</span>}
      </div>
      <div className="strong">{data.label}</div>
      {data.text && <div className="dim">{data.text}</div>}
      {data.kind !== '' && <Handle type="source" position={Position.Bottom} data-testid="flow-handle" />}
    </div>
  )
}

/** Where everything goes: dagre ranks the nodes from the entry down. */
export function layout(flow: Flow, visited: ReadonlySet<string>, chosen: string | null = null, traffic?: Traffic): { nodes: Node<Card>[]; edges: Edge[] } {
  const ways = edges(flow.document)
  const graph = new dagre.graphlib.Graph({ multigraph: true })
    .setGraph({ rankdir: 'TB', nodesep: 60, ranksep: 64 })
    .setDefaultEdgeLabel(() => ({}))
  const wrong = new Set(flow.problems.map((problem) => problem.node))
  const cards: [string, Card][] = [
    [entry, { kind: '', label: t('entry'), text: '', visited: visited.size > 0, wrong: false, chosen: false, here: 0, left: 0 }],
    ...Object.entries(flow.document.nodes).map(([id, node]): [string, Card] => [
      id,
      {
        kind: node.kind, label: node.label ?? id, text: summary(node), visited: visited.has(id), wrong: wrong.has(id), chosen: id === chosen,
        here: traffic?.now[id] ?? 0, left: traffic?.nodes[id]?.left ?? 0,
      },
    ]),
  ]
  cards.forEach(([id]) => graph.setNode(id, { width, height }))
  ways.forEach(({ from, to }) => graph.setEdge(from, to))
  dagre.layout(graph)
  return {
    nodes: cards.map(([id, data]) => {
      const place = graph.node(id) as { x: number; y: number }
      return { id, type: 'card', data, position: { x: place.x - width / 2, y: place.y - height / 2 } }
    }),
    edges: ways.map(({ from, to, label }) => ({
      id: `${from} ${to}`, source: from, target: to, label, markerEnd: { type: MarkerType.ArrowClosed },
    })),
  }
}

export function FlowChart({ flow, visited, chosen, choose, connect, traffic }: {
  flow: Flow; visited: ReadonlySet<string>; chosen: string | null; choose: (id: string) => void; connect: (from: string, to: string | null) => void; traffic: Traffic | undefined
}) {
  const chart = useRef<HTMLDivElement>(null)
  const drawn = useMemo(() => layout(flow, visited, chosen, traffic), [flow, visited, chosen, traffic])
  const walk = (event: KeyboardEvent) => {
    if (event.key.startsWith('Arrow')) {
      const next = neighbour(drawn.nodes.filter(({ id }) => id !== entry), chosen ?? '', event.key)
      event.preventDefault()
      event.stopPropagation()
      if (next === null) return
      choose(next)
      chart.current?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(next)}"]`)?.focus()
    } else if (event.key.toLowerCase() === 'c' && !event.ctrlKey && !event.metaKey && chosen !== null) {
      event.preventDefault()
      connect(chosen, null)
    }
  }
  return (
    <div className="chart" ref={chart} onKeyDown={walk}>
      <ReactFlow
        nodes={drawn.nodes} edges={drawn.edges} nodeTypes={nodeTypes} fitView nodesDraggable={false} nodesConnectable connectionRadius={60} deleteKeyCode={null}
        onNodeClick={(_, { id }) => { if (id !== entry) choose(id) }}
        onConnect={({ source, target }) => { if (source !== entry && target !== entry) connect(source, target) }}
        onNodesChange={(changes) => changes.forEach((one) => { if (one.type === 'select' && one.selected && one.id !== entry) choose(one.id) })}
        minZoom={0.2} colorMode={document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light'} aria-label={flow.name}
      >
        <Background />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  )
}
