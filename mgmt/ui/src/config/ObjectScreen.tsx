/** A screen for one kind of the configuration: what there is, a form to make and change it, removal that can be taken back. */
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { Link } from 'react-router'
import { meQuery } from '../api/queries'
import { t } from '../i18n'
import type { Key } from '../i18n/en'
import { Empty, Loading, Trouble } from '../parts/Notice'
import type { Field } from './fields'
import { titled } from './known'
import { idOf, objectsQuery, useObjects, type Document, type Stored } from './objects'
import { ObjectForm } from './ObjectForm'
import { changes } from '../places'

interface Props {
  kind: string
  title: Key
  empty: [title: Key, hint: Key]
  fields: readonly Field[]
  /** A new object; without it there are none to make here. */
  fresh?: Omit<Document, 'id'>
  /** Where its id comes from. */
  idFrom?: string
  row: (object: Stored) => ReactNode
  name?: (object: Stored) => string
  head?: ReactNode
  removable?: boolean
  returnable?: boolean
  saved?: (object: Stored) => void
}

export function ObjectScreen({ kind, title, empty, fields, fresh, idFrom = 'name', row, name = titled, head, removable = true, returnable = true, saved }: Props) {
  const { data, error, isPending, refetch } = useQuery(objectsQuery(kind))
  const { data: me } = useQuery(meQuery)
  const { save, remove } = useObjects(kind)
  const [editing, setEditing] = useState<Stored | 'new' | null>(null)
  const [refused, setRefused] = useState<Error | null>(null)
  const manages = changes(me, 'configuration')
  const objects = data?.data ?? []
  const close = () => setEditing(null)
  const keep = (before: Stored | null) => async (document: Document) => {
    const id = before?.id ?? idOf(String(document[idFrom] ?? ''), objects.map((one) => one.id))
    const done = await save({ ...document, id }, before)
    saved?.(done)
  }
  return (
    <>
      <div className="head">
        <h1>{t(title)}</h1>
        {head}
        {manages && fresh && <button type="button" className="primary" onClick={() => setEditing('new')}>{t('fNew')}</button>}
      </div>
      <div className="stack">
        {isPending && <Loading />}
        {error && <Trouble error={error} again={() => void refetch()} />}
        {refused && <Trouble error={refused} />}
        {editing === 'new' && fresh && <ObjectForm title={t('fNew')} fields={fields} start={{ id: '', ...fresh }} isNew save={keep(null)} cancel={close} />}
        {data && objects.length === 0 && editing === null && <Empty title={t(empty[0])} hint={t(empty[1])} />}
        {objects.map((object) => (editing !== null && editing !== 'new' && editing.id === object.id
          ? <ObjectForm key={object.id} title={name(object)} fields={fields} start={editing.document} isNew={false} save={keep(editing)} cancel={close} />
          : (
            <article key={object.id} className="card row" data-testid="object">
              <div className="grow"><h2>{name(object)}</h2>{row(object)}</div>
              <Link className="button wide" to={`/history?kind=${kind}&id=${encodeURIComponent(object.id)}`} aria-label={`${t('history')}: ${name(object)}`}>{t('history')}</Link>
              {manages && <button type="button" aria-label={`${t('edit')}: ${name(object)}`} onClick={() => setEditing(object)}>{t('edit')}</button>}
              {manages && removable && (
                <button type="button" aria-label={`${t('removeOne')}: ${name(object)}`} onClick={() => void remove(object, returnable).then(() => setRefused(null), setRefused)}>{t('removeOne')}</button>
              )}
            </article>
          )))}
      </div>
    </>
  )
}
