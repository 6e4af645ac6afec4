/** Where calls go, as people write it: an extension or a number with its plus. */
import type { Place, Target } from './api/types'

/** What a text means: null for nothing, undefined when it is neither an extension here nor a number. */
export function targetOf(text: string, places: Place[]): Target | null | undefined {
  const wanted = text.trim()
  if (wanted === '') return null
  const found = places.find(({ extension, name }) => extension === wanted || name.toLowerCase() === wanted.toLowerCase())
  if (found) return { kind: found.kind, id: found.id }
  const number = wanted.replace(/[ ()./-]/g, '')
  return /^\+[1-9][0-9]{4,14}$/.test(number) ? { kind: 'number', id: number } : undefined
}

/** How a target is written. */
export function written(target: Target | null, places: Place[]): string {
  if (!target) return ''
  const found = places.find(({ kind, id }) => kind === target.kind && id === target.id)
  return found ? (found.extension ?? found.name) : target.id
}
