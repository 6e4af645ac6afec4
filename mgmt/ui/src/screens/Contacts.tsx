/** The address book: search, make, change, merge, remove, files in and out. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type ChangeEvent, type FormEvent } from 'react'
import { useSearchParams } from 'react-router'
import { address, api, send } from '../api/client'
import { contactsQuery, meQuery } from '../api/queries'
import type { Contact } from '../api/contacts'
import { t } from '../i18n'
import { Empty, Loading, Trouble } from '../parts/Notice'
import { useDone } from '../parts/Undo'

interface Imported { created: number; changed: number; same: number; skipped: { row: number; why: string }[]; skipped_total: number }
const fresh: Contact = { id: '', name: '', company: '', phones: [], emails: [], notes: '', revision: 0 }
const lines = (value: FormDataEntryValue | null) => String(value ?? '').split(/[\n,;]+/).map((one) => one.trim()).filter(Boolean)

export function Contacts() {
  const [search, setSearch] = useSearchParams()
  const text = search.get('text') ?? ''
  const { data, error, isPending, hasNextPage, fetchNextPage, refetch } = useInfiniteQuery(contactsQuery(text))
  const [open, setOpen] = useState<string | null>(null)
  const found = data?.pages.flatMap((page) => page.data) ?? []
  return (
    <>
      <div className="head">
        <h1>{t('contacts')}</h1>
        <button className="primary" onClick={() => setOpen('')}>{t('newContact')}</button>
      </div>
      <div className="stack">
        <div className="row">
          <label className="grow">
            {t('searchContacts')}
            <input type="search" value={text} onChange={(event) => setSearch(event.target.value ? { text: event.target.value } : {}, { replace: true })} />
          </label>
          <Files />
        </div>
        {open === '' && <Form contact={fresh} others={[]} over={() => setOpen(null)} />}
        {isPending && <Loading />}
        {error && <Trouble error={error} again={() => void refetch()} />}
        {!isPending && !error && found.length === 0 && open !== '' && <Empty title={t('noContacts')} hint={t('noContactsHint')} />}
        {found.map((contact) => open === contact.id
          ? <Form key={contact.id} contact={contact} others={found.filter(({ id }) => id !== contact.id)} over={() => setOpen(null)} />
          : <Row key={contact.id} contact={contact} edit={() => setOpen(contact.id)} />)}
        {hasNextPage && <button onClick={() => void fetchNextPage()}>{t('more')}</button>}
      </div>
    </>
  )
}

function Row({ contact, edit }: { contact: Contact; edit: () => void }) {
  return (
    <article className="card row" data-testid="contact">
      <div className="grow">
        <h2>{contact.name}</h2>
        <p className="dim small breaks">{[contact.company, ...contact.phones, ...contact.emails].filter(Boolean).join(' · ')}</p>
      </div>
      <button onClick={edit} aria-label={`${t('edit')}: ${contact.name}`}>{t('edit')}</button>
    </article>
  )
}

function Form({ contact, others, over }: { contact: Contact; others: Contact[]; over: () => void }) {
  const queries = useQueryClient()
  const done = () => { over(); return queries.invalidateQueries({ queryKey: ['contacts'] }) }
  const save = useMutation({
    mutationFn: (body: Partial<Contact>) => contact.id
      ? api(`contacts/${contact.id}`, 'PATCH', body, `"${contact.revision}"`) : api('contacts', 'POST', body),
    onSuccess: done,
  })
  const tell = useDone()
  const { name, company, phones, emails, notes } = contact
  const remove = useMutation({
    mutationFn: () => api(`contacts/${contact.id}`, 'DELETE'),
    onSuccess: () => {
      tell({ text: `${name}: ${t('wasRemoved')}`, back: () => api('contacts', 'POST', { name, company, phones, emails, notes }).then(() => queries.invalidateQueries({ queryKey: ['contacts'] })) })
      return done()
    },
  })
  const merge = useMutation({ mutationFn: (other: string) => api(`contacts/${contact.id}/merge`, 'POST', { other }), onSuccess: done })
  const error = save.error ?? remove.error ?? merge.error
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const text = (name: string) => String(form.get(name) ?? '').trim()
    save.mutate({ name: text('name'), company: text('company'), phones: lines(form.get('phones')), emails: lines(form.get('emails')), notes: text('notes') })
  }
  return (
    <form className="card form" onSubmit={submit} data-testid="contact-form">
      <label>{t('name')}<input name="name" defaultValue={contact.name} required maxLength={120} autoFocus /></label>
      <label>{t('companyName')}<input name="company" defaultValue={contact.company} maxLength={120} /></label>
      <label>{t('phonesOf')}<textarea name="phones" rows={2} defaultValue={contact.phones.join('\n')} /></label>
      <label>{t('emailsOf')}<textarea name="emails" rows={2} defaultValue={contact.emails.join('\n')} /></label>
      <label>{t('notesOf')}<textarea name="notes" rows={3} defaultValue={contact.notes} maxLength={5000} /></label>
      {others.length > 0 && (
        <label>
          {t('mergeInto')}
          <select value="" onChange={(event) => merge.mutate(event.target.value)} title={t('mergeHint')}>
            <option value="">–</option>
            {others.map((one) => <option key={one.id} value={one.id}>{one.name} {one.phones[0] ?? one.emails[0] ?? ''}</option>)}
          </select>
        </label>
      )}
      {error && <Trouble error={error} />}
      <div className="row">
        <button className="primary" disabled={save.isPending}>{t('save')}</button>
        <button type="button" onClick={over}>{t('cancel')}</button>
        {contact.id && (
          <button type="button" disabled={remove.isPending} onClick={() => remove.mutate()}>{t('remove')}</button>
        )}
      </div>
    </form>
  )
}

function Files() {
  const queries = useQueryClient()
  const { data: me } = useQuery(meQuery)
  const take = useMutation({
    mutationFn: (file: File) => send<Imported>('contacts/import', file, /\.vcf$/i.test(file.name) ? 'text/vcard' : 'text/csv'),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['contacts'] }),
  })
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0]
    if (file) take.mutate(file)
    event.target.value = ''
  }
  const done = take.data
  return (
    <div className="stack">
      <div className="row">
        <label>{t('importFile')}<input type="file" accept=".csv,.vcf,text/csv,text/vcard" disabled={take.isPending} onChange={choose} /></label>
        {me && ['csv', 'vcf'].map((form) => <a key={form} className="button" href={address(`export/contacts.${form}`)}>{form === 'csv' ? 'CSV' : 'vCard'}</a>)}
      </div>
      {take.error && <Trouble error={take.error} />}
      {done && (
        <div role="status" className="small">
          {t('imported')}: {done.created} {t('importCreated')}, {done.changed} {t('importChanged')}, {done.same} {t('importSame')}, {done.skipped_total} {t('importSkipped')}
          <ul>{done.skipped.slice(0, 10).map(({ row, why }) => <li key={row}>{t('row')} {row}: {why}</li>)}</ul>
        </div>
      )}
    </div>
  )
}
