/** Objects of the configuration as forms need them: read, save with their version, remove, and the way back. */
import { queryOptions, useQueryClient } from '@tanstack/react-query'
import { api } from '../api/client'
import type { Page } from '../api/types'
import { t } from '../i18n'
import { useDone } from '../parts/Undo'

export type Document = Record<string, unknown> & { id: string }

export interface Stored {
  id: string
  version: number
  document: Document
  password?: string
}

export const objectsQuery = (kind: string) => queryOptions({ queryKey: ['config', kind], queryFn: () => api<Page<Stored>>(`config/${kind}`) })

export const objectQuery = (kind: string, id: string) => queryOptions({ queryKey: ['config', kind, id], queryFn: () => api<Stored>(`config/${kind}/${encodeURIComponent(id)}`) })

const address = (kind: string, id: string) => `config/${kind}/${encodeURIComponent(id)}`

/** Saving and removing with an offer to take it back. */
export function useObjects(kind: string) {
  const queries = useQueryClient()
  const tell = useDone()
  const refresh = () => queries.invalidateQueries()
  const put = (document: Document, match: string) => api<Stored>(address(kind, document.id), 'PUT', document, match)
  const drop = (id: string) => api(address(kind, id), 'DELETE')
  const name = (document: Document) => String(document.name ?? document.label ?? '') || document.id
  return {
    /** `before` is what it was, null for a new one. */
    async save(document: Document, before: Stored | null): Promise<Stored> {
      tell(null)
      const saved = await put(document, before ? `"${String(before.version)}"` : '"0"')
      await refresh()
      tell({
        text: `${name(document)}: ${t('saved')}`,
        back: () => (before ? put(before.document, `"${String(saved.version)}"`) : drop(document.id)).then(refresh),
      })
      return saved
    },
    async remove(object: Stored, returnable = true): Promise<void> {
      tell(null)
      await drop(object.id)
      await refresh()
      tell({ text: `${name(object.document)}: ${t('wasRemoved')}`, back: returnable ? () => put(object.document, '"0"').then(refresh) : null })
    },
  }
}

/** An id from a name: "Front desk" -> "front-desk"; not one of those that are taken. Pure. */
export function idOf(name: string, taken: readonly string[]): string {
  const plain = name.toLowerCase().normalize('NFKD').replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 50) || 'new'
  let id = plain
  for (let number = 2; taken.includes(id); number++) id = `${plain}-${String(number)}`
  return id
}
