/** What forms let one choose from: people, places, prompts, hours. */
import { useQuery } from '@tanstack/react-query'
import { placesQuery } from '../api/queries'
import type { Place } from '../api/types'
import { objectsQuery, type Stored } from './objects'

export interface Known {
  places: Place[]
  prompts: Stored[]
  schedules: Stored[]
  addresses: Stored[]
}

export function useKnown(): Known {
  return {
    places: useQuery(placesQuery).data ?? [],
    prompts: useQuery(objectsQuery('prompt')).data?.data ?? [],
    schedules: useQuery(objectsQuery('schedule')).data?.data ?? [],
    addresses: useQuery(objectsQuery('address')).data?.data ?? [],
  }
}

export const people = ({ places }: Known): Place[] => places.filter(({ kind }) => kind === 'user')

/** An address on one line. Pure. */
export const placed = ({ house, street, city, state, postal_code: code }: Record<string, unknown>): string =>
  [[house, street].filter(Boolean).join(' '), city, [state, code].filter(Boolean).join(' ')].filter(Boolean).join(', ') || '–'

export const titled = (object: Stored): string => String(object.document.name ?? '') || object.id
