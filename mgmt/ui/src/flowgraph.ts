/** A flow document as a graph to draw: which node leads where and by what, in words. Pure. */
import type { FlowDocument, FlowNode } from './api/types'

export interface GraphEdge {
  from: string
  to: string
  label: string
}

export const entry = '(entry)'

/** Fields that name the next node, with what leads there. Keys of a menu are read apart. */
const ways: Record<string, string> = {
  next: '',
  open: 'open',
  closed: 'closed',
  on_timeout: 'no key',
  on_invalid: 'wrong key',
  on_no_answer: 'no answer',
  on_full: 'full',
  on_busy: 'busy',
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
  for (const [id, node] of Object.entries(document.nodes)) {
    for (const [key, to] of Object.entries((node.keys as Record<string, string> | undefined) ?? {})) add(id, to, key)
    for (const [field, label] of Object.entries(ways)) add(id, node[field], label)
  }
  return [...found.values()]
}

/** What a node does, in a few words. */
export function summary(node: FlowNode): string {
  const target = node.target as { kind: string; id: string } | undefined
  const prompts = ((node.prompts as string[] | undefined) ?? []).map((prompt) => prompt.split(':')[1]).join(', ')
  switch (node.kind) {
    case 'dial':
      return target ? `${target.kind} ${target.id}${node.ring_s ? `, ${String(node.ring_s)} s` : ''}` : ''
    case 'hours':
      return `schedule ${String(node.schedule)}`
    case 'group':
    case 'queue':
      return `${node.kind} ${String(node[node.kind])}`
    case 'mailbox':
      return `mailbox ${String(node.mailbox)}`
    case 'menu':
      return `keys ${Object.keys((node.keys as object | undefined) ?? {}).join(' ')}`
    default:
      return prompts
  }
}
