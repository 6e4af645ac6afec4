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

/** What is done to an object from this page is done one after the other, each with the version that the one before made. */
const turns = new Map<string, Promise<unknown>>()

export function inTurn<T>(what: string, work: () => Promise<T>): Promise<T> {
  const mine = (turns.get(what) ?? Promise.resolve()).then(work, work)
  turns.set(what, mine)
  return mine
}

/** The newest that this page knows of an object: what was shown, or what a change of its own brought since. Pure. */
export const newest = (shown: Stored, known: Stored | undefined): Stored => (known && known.version > shown.version ? known : shown)

/** A list with an object as it was just saved. Pure. */
export const withSaved = <T extends Page<Stored> | undefined>(page: T, { id, version, document }: Stored): T => {
  if (!page) return page
  const now = { id, version, document }
  return { ...page, data: page.data.some((one) => one.id === id) ? page.data.map((one) => (one.id === id ? { ...one, ...now } : one)) : [...page.data, now] }
}

/** Saving and removing with an offer to take it back. */
export function useObjects(kind: string) {
  const queries = useQueryClient()
  const tell = useDone()
  const list = objectsQuery(kind).queryKey
  const refresh = () => queries.invalidateQueries()
  const put = async (document: Document, version: number): Promise<Stored> => {
    const saved = await api<Stored>(address(kind, document.id), 'PUT', document, `"${String(version)}"`)
    queries.setQueryData<Page<Stored>>(list, (page) => withSaved(page, saved))
    return saved
  }
  const drop = (id: string) => api(address(kind, id), 'DELETE')
  const turn = <T>(id: string, work: () => Promise<T>) => inTurn(address(kind, id), work)
  const known = (shown: Stored) => newest(shown, queries.getQueryData(list)?.data.find(({ id }) => id === shown.id))
  const name = (document: Document) => String(document.name ?? document.label ?? '') || document.id
  const done = async (saved: Stored, before: Stored | null, document: Document): Promise<Stored> => {
    await refresh()
    const back = () => (before ? put(before.document, saved.version) : drop(document.id))
    tell({ text: `${name(document)}: ${t('saved')}`, back: () => turn(document.id, back).then(refresh) })
    return saved
  }
  return {
    /** A form: all of a document, in the place of `before`, which was shown when the form was opened; null for a new one. */
    async save(document: Document, before: Stored | null): Promise<Stored> {
      tell(null)
      return done(await turn(document.id, () => put(document, before?.version ?? 0)), before, document)
    },
    /** A button: some fields, of the object as this page knows it when it is the button's turn. */
    async change(shown: Stored, part: (document: Document) => Partial<Document>): Promise<Stored> {
      tell(null)
      let before = shown
      const saved = await turn(shown.id, () => {
        before = known(shown)
        return put({ ...before.document, ...part(before.document) }, before.version)
      })
      return done(saved, before, saved.document)
    },
    async remove(object: Stored, returnable = true): Promise<void> {
      tell(null)
      let document = object.document
      await turn(object.id, () => {
        document = known(object).document
        return drop(object.id)
      })
      await refresh()
      const back = () => put(document, 0)
      tell({ text: `${name(document)}: ${t('wasRemoved')}`, back: returnable ? () => turn(object.id, back).then(refresh) : null })
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
