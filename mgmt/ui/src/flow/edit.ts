/** Changes of a flow that is being drawn, with a way back. Pure. */
import { isLine } from '../i18n/steps'
import { same } from './differs'
import type { FlowDocument, FlowNode } from './types'

export const steps_max = 50

export interface Editing {
  document: FlowDocument
  past: FlowDocument[]
  future: FlowDocument[]
}

export type Change =
  | { type: 'open'; document: FlowDocument }
  /** Another document, with a way back to this one. */
  | { type: 'replace'; document: FlowDocument }
  /** What was sent is live, as `document`; what was drawn since then stays. */
  | { type: 'published'; sent: FlowDocument; document: FlowDocument }
  | { type: 'add'; kind: string; after: string | null; fields: Record<string, unknown> }
  | { type: 'copy'; id: string }
  | { type: 'remove'; id: string }
  | { type: 'rename'; id: string; to: string }
  | { type: 'field'; id: string; name: string; value: unknown }
  | { type: 'start' | 'fallback' | 'fax'; id: string | null }
  | { type: 'undo' | 'redo' }

export const opened = (document: FlowDocument): Editing => ({ document, past: [], future: [] })

export function edited(now: Editing, change: Change): Editing {
  switch (change.type) {
    case 'open':
      return opened(change.document)
    case 'undo': {
      const before = now.past.at(-1)
      return before ? { document: before, past: now.past.slice(0, -1), future: [now.document, ...now.future] } : now
    }
    case 'redo': {
      const [after, ...rest] = now.future
      return after ? { document: after, past: [...now.past, now.document], future: rest } : now
    }
    case 'published':
      return same(now.document, change.sent) ? edited(now, { type: 'replace', document: change.document }) : now
    default: {
      const document = change.type === 'replace' ? change.document : changed(now.document, change)
      return document === now.document || (change.type === 'replace' && same(document, now.document)) ? now : { document, past: [...now.past, now.document].slice(-steps_max), future: [] }
    }
  }
}

function changed(document: FlowDocument, change: Exclude<Change, { type: 'open' | 'replace' | 'published' | 'undo' | 'redo' }>): FlowDocument {
  switch (change.type) {
    case 'start':
      return change.id === null ? document : { ...document, start: change.id }
    case 'fallback':
    case 'fax': {
      const rest = { ...document }
      delete rest[change.type]
      return change.id === null ? rest : { ...rest, [change.type]: change.id }
    }
    case 'field': {
      const node: FlowNode = { ...document.nodes[change.id], kind: document.nodes[change.id]?.kind ?? '' }
      if (change.value === null || change.value === undefined || change.value === '') delete node[change.name]
      else node[change.name] = change.value
      return { ...document, nodes: { ...document.nodes, [change.id]: node } }
    }
    case 'copy': {
      const node = document.nodes[change.id]
      return node ? { ...document, nodes: { ...document.nodes, [fresh(document, node.kind)]: { ...node } } } : document
    }
    case 'rename':
      return change.to in document.nodes || !/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/.test(change.to) ? document : renamed(document, change.id, change.to)
    case 'remove':
      return removed(document, change.id)
    case 'add':
      return added(document, change.kind, change.after, change.fields)
  }
}

/** A new node; put behind `after` it takes over where that one led. */
function added(document: FlowDocument, kind: string, after: string | null, fields: Record<string, unknown>): FlowDocument {
  const id = fresh(document, kind)
  const before = after === null ? undefined : document.nodes[after]
  const next = typeof before?.next === 'string' ? before.next : undefined
  const node: FlowNode = { kind, ...fields, ...(next !== undefined && 'next' in fields && { next }) }
  const nodes = { ...document.nodes, [id]: node }
  if (after !== null && before && 'next' in before) nodes[after] = { ...before, next: id }
  return { ...document, nodes, start: document.start in document.nodes ? document.start : id }
}

function fresh(document: FlowDocument, kind: string): string {
  let number = 1
  while (`${kind}-${String(number)}` in document.nodes) number += 1
  return `${kind}-${String(number)}`
}

/** Every place that names the node names the other: nodes are named by whole texts only. */
function renamed(document: FlowDocument, id: string, to: string): FlowDocument {
  const nodes = Object.entries(document.nodes).map(([key, node]) => [key === id ? to : key, led(node, id, to)] as const)
  const ends = (['fallback', 'fax'] as const).filter((end) => document[end] === id).map((end) => [end, to])
  return {
    ...document, ...Object.fromEntries(ends), start: document.start === id ? to : document.start,
    nodes: Object.fromEntries(nodes) as Record<string, FlowNode>,
  }
}

function removed(document: FlowDocument, id: string): FlowDocument {
  const nodes = { ...document.nodes }
  const next = typeof nodes[id]?.next === 'string' ? nodes[id].next : null
  delete nodes[id]
  for (const [key, node] of Object.entries(nodes)) nodes[key] = led(node, id, next)
  const rest = { ...document, nodes, start: document.start === id ? (next ?? Object.keys(nodes)[0] ?? '') : document.start }
  if (rest.fallback === id) delete rest.fallback
  if (rest.fax === id) delete rest.fax
  return rest
}

/** The node with its edges to one node led to another, or (null) cut. */
function led(node: FlowNode, from: string, to: string | null): FlowNode {
  const one = (field: string, value: unknown): [string, unknown][] => {
    if (value === from && isLine(field)) return to === null ? [] : [[field, to]]
    if (field === 'keys') return [[field, Object.fromEntries(Object.entries(value as object).flatMap(([key, id]) => (id === from ? (to === null ? [] : [[key, to]]) : [[key, id]])))]]
    if ((field === 'cases' || field === 'ways') && Array.isArray(value)) return [[field, (value as FlowNode[]).map((inner) => led(inner, from, to))]]
    return [[field, value]]
  }
  return Object.fromEntries(Object.entries(node).flatMap(([field, value]) => one(field, value))) as FlowNode
}
