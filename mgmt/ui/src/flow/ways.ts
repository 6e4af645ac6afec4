/** Which ways a node has out, and the change that leads one of them somewhere: what drawing a line means. Pure. */
import type { FlowNode } from './types'
import { fieldName, lineName } from '../i18n/steps'
import { plain, valuesOf, type Kind, type Schema } from './schema'

/** One way out: a field of the node, or a key of a field that has one for each key. */
export interface WayOut {
  name: string
  key: string | null
  label: string
  leads: string | null
}

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '*', '#']
const isNode = (schema: Schema | undefined, defs: Record<string, Schema>) => schema !== undefined && plain(schema, defs)['x-form'] === 'node'

/** All ways, those that lead nowhere yet first. */
export function waysOut(kind: Kind, node: FlowNode, defs: Record<string, Schema>): WayOut[] {
  const found = Object.entries(kind.schema.properties ?? {}).flatMap(([name, schema]): WayOut[] => {
    if (isNode(schema, defs)) return [{ name, key: null, label: lineName(name) || fieldName(name), leads: (node[name] as string | undefined) ?? null }]
    if (!isNode(valuesOf(plain(schema, defs)), defs)) return []
    const led = (node[name] as Record<string, string> | undefined) ?? {}
    return keys.map((key) => ({ name, key, label: key, leads: led[key] ?? null }))
  })
  return [...found.filter(({ leads }) => leads === null), ...found.filter(({ leads }) => leads !== null)]
}

/** The field and its new value when a way leads to `to`. */
export function led(node: FlowNode, way: WayOut, to: string): [name: string, value: unknown] {
  return way.key === null ? [way.name, to] : [way.name, { ...(node[way.name] as Record<string, string> | undefined), [way.key]: to }]
}

type Place = { id: string; position: { x: number; y: number } }

/** The nearest node in the direction of an arrow key, null when there is none. */
export function neighbour(places: readonly Place[], from: string, key: string): string | null {
  const here = places.find(({ id }) => id === from)?.position
  if (!here) return places[0]?.id ?? null
  const ahead = (place: Place): [along: number, aside: number] => {
    const [x, y] = [place.position.x - here.x, place.position.y - here.y]
    switch (key) {
      case 'ArrowDown':
        return [y, x]
      case 'ArrowUp':
        return [-y, x]
      case 'ArrowRight':
        return [x, y]
      default:
        return [-x, y]
    }
  }
  const found = places.map((place) => ({ id: place.id, at: ahead(place) })).filter(({ at: [along] }) => along > 1)
  found.sort((a, b) => a.at[0] + 2 * Math.abs(a.at[1]) - (b.at[0] + 2 * Math.abs(b.at[1])))
  return found[0]?.id ?? null
}
