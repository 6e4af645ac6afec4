/** A flow document as a graph to draw: which node leads where and by what, in words. Pure. */
import { fieldName, isLine, lineName } from '../i18n/steps'
import type { FlowDocument, FlowNode } from './types'

export interface GraphEdge {
  from: string
  to: string
  label: string
}

export const entry = '(entry)'

/** Where a node leads, with what leads there. */
export function ways(node: FlowNode): [label: string, to: string][] {
  const keys = Object.entries((node.keys as Record<string, string> | undefined) ?? {})
  const fields = Object.entries(node).filter(([field, to]) => isLine(field) && typeof to === 'string') as [string, string][]
  const cases = [node.cases, node.ways].flatMap((list) => (Array.isArray(list) ? (list as FlowNode[]) : []))
  return [
    ...keys,
    ...cases.flatMap((one, index): [string, string][] =>
      typeof one.to === 'string' ? [[(one.name as string | undefined) ?? `${lineName('case')} ${String(index + 1)}`, one.to]] : []),
    ...fields.map(([field, to]): [string, string] => [lineName(field), to]),
  ]
}

/** All ways between nodes; several between the same two are one edge with all labels. */
export function edges(document: FlowDocument): GraphEdge[] {
  const found = new Map<string, GraphEdge>()
  const add = (from: string, to: unknown, label: string) => {
    if (typeof to !== 'string' || !(to in document.nodes)) return
    const known = found.get(`${from} ${to}`)
    if (known) known.label = [known.label, label].filter(Boolean).join(', ')
    else found.set(`${from} ${to}`, { from, to, label })
  }
  add(entry, document.start, '')
  add(entry, document.fallback, lineName('fallback'))
  add(entry, document.fax, lineName('fax'))
  for (const [id, node] of Object.entries(document.nodes)) for (const [label, to] of ways(node)) add(id, to, label)
  return [...found.values()]
}

/** Nodes in the order in which a caller may meet them; those that nobody comes to are last. */
export function inOrder(document: FlowDocument): string[] {
  const seen = new Set<string>()
  const todo = [document.start, document.fallback ?? '', document.fax ?? '']
  while (todo.length > 0) {
    const id = todo.shift()
    const node = id === undefined ? undefined : document.nodes[id]
    if (id === undefined || node === undefined || seen.has(id)) continue
    seen.add(id)
    todo.push(...ways(node).map(([, to]) => to))
  }
  return [...seen, ...Object.keys(document.nodes).filter((id) => !seen.has(id))]
}

/** What a node does, in a few words. */
export function summary(node: FlowNode): string {
  const target = node.target as { kind: string; id: string } | null | undefined
  const prompts = ((node.prompts as string[] | undefined) ?? []).map((prompt) => prompt.slice(prompt.indexOf(':') + 1)).join(', ')
  switch (node.kind) {
    case 'dial':
    case 'transfer':
      return target ? `${fieldName(target.kind)} ${target.id}${node.ring_s ? `, ${String(node.ring_s)} s` : ''}` : String(node.extension ?? '')
    case 'hours':
      return String(node.schedule)
    case 'group':
    case 'queue':
      return String(node[node.kind])
    case 'mailbox':
      return String(node.mailbox)
    case 'menu':
      return `${fieldName('keys')} ${Object.keys((node.keys as object | undefined) ?? {}).join(' ')}`
    case 'subflow':
      return String(node.flow)
    default:
      return String(node.text ?? node.url ?? node.tag ?? node.language ?? node.value ?? node.variable ?? prompts)
  }
}
