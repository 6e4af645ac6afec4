/** One object as a form, drawn from its list of fields; what the node says against it stands beside the buttons. */
import { useState, type FormEvent } from 'react'
import type { Target } from '../api/types'
import { t } from '../i18n'
import { Trouble } from '../parts/Notice'
import { AgentsChooser, ExitsChooser, KeyChooser, PeopleChooser, StagesChooser, TargetChooser, type Agent, type Stage } from './choosers'
import { sent, type Field } from './fields'
import { GatewaysField, LinesField, type Gateway } from './carrier'
import { people, placed, titled, useKnown, type Known } from './known'
import type { Document } from './objects'

interface Props {
  title: string
  fields: readonly Field[]
  start: Document
  isNew: boolean
  save: (document: Document) => Promise<unknown>
  cancel: () => void
}

export function ObjectForm({ title, fields, start, isNew, save, cancel }: Props) {
  const known = useKnown()
  const [document, setDocument] = useState<Document>(start)
  const [error, setError] = useState<Error | null>(null)
  const [busy, setBusy] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    save(sent(document, fields) as Document).then(cancel, setError).finally(() => setBusy(false))
  }
  return (
    <form className="card form object-form" aria-label={title} onSubmit={submit}>
      <h2>{title}</h2>
      <div className="fields">
        {fields.filter(({ when }) => !when || when(document)).map((field) => (
          <One
            key={field.name} field={field} known={known} value={document[field.name]} locked={!isNew && field.fixed === true} members={(document.members as string[] | undefined) ?? []}
            set={(value) => setDocument((before) => ({ ...before, [field.name]: value }))}
          />
        ))}
      </div>
      {error && <Trouble error={error} />}
      <div className="row">
        <button type="submit" className="primary" disabled={busy}>{t('save')}</button>
        <button type="button" onClick={cancel}>{t('cancel')}</button>
      </div>
    </form>
  )
}

const among = (known: Known, members: readonly string[]): Known => ({ ...known, places: known.places.filter(({ kind, id }) => kind !== 'user' || members.includes(id)) })

const wide = new Set(['people', 'agents', 'stages', 'exits', 'gateways'])

interface OneProps {
  field: Field
  value: unknown
  set: (value: unknown) => void
  known: Known
  locked: boolean
  /** Of the group that is edited: its stages ring these only. */
  members: readonly string[]
}

function One({ field, value, set, known, locked, members }: OneProps) {
  const label = t(field.label)
  const hint = field.hint && <span className="hint">{t(field.hint)}</span>
  if (field.kind === 'check') {
    return (
      <label className="check">
        <input type="checkbox" checked={Boolean(value)} onChange={(event) => set(event.target.checked)} />
        <span>{label}{hint && <><br />{hint}</>}</span>
      </label>
    )
  }
  const simple = ['text', 'number', 'choice', 'prompt', 'schedule', 'address', 'person', 'secret'].includes(field.kind)
  const inside = <Input {...{ field, label, value, set, known, locked, members }} />
  if (simple) return <label>{label}{inside}{hint}</label>
  return <div className={`field ${wide.has(field.kind) ? 'wide-field' : ''}`}><span className="label">{label}</span>{hint}{inside}</div>
}

function Input({ field, label, value, set, known, locked, members }: OneProps & { label: string }) {
  const text = String(value ?? '')
  const choose = (options: readonly (readonly [string, string])[], empty: boolean) => (
    <select value={text} required={field.required} disabled={locked} onChange={(event) => set(event.target.value)}>
      {empty && <option value="">–</option>}
      {options.map(([id, words]) => <option key={id} value={id}>{words}</option>)}
    </select>
  )
  switch (field.kind) {
    case 'number':
      return <input type="number" required={!field.optional} min={field.min} max={field.max} value={text} onChange={(event) => set(event.target.value === '' ? '' : Number(event.target.value))} />
    case 'secret':
      return <input type="password" autoComplete="off" maxLength={field.max} value={text} onChange={(event) => set(event.target.value)} />
    case 'choice':
      return choose((field.options ?? []).map(([id, words]) => [id, t(words)] as const), false)
    case 'prompt':
      return choose(known.prompts.map((one) => [one.id, titled(one)] as const), true)
    case 'schedule':
      return choose(known.schedules.map((one) => [one.id, titled(one)] as const), true)
    case 'address':
      return choose(known.addresses.map((one) => [one.id, placed(one.document)] as const), true)
    case 'person':
      return choose(people(known).map((one) => [one.id, `${one.name} (${one.extension ?? ''})`] as const), true)
    case 'target':
      return <TargetChooser label={label} value={(value as Target | null) ?? null} set={set} known={known} required={field.required} />
    case 'people':
      return <PeopleChooser label={label} value={(value as string[] | undefined) ?? []} set={set} known={known} />
    case 'agents':
      return <AgentsChooser label={label} value={(value as Agent[] | undefined) ?? []} set={set} known={known} />
    case 'stages':
      return <StagesChooser label={label} value={(value as Stage[] | undefined) ?? []} set={set} known={among(known, members)} />
    case 'exits':
      return <ExitsChooser label={label} value={(value as Record<string, Target> | undefined) ?? {}} set={set} known={known} />
    case 'lines':
      return <LinesField label={label} value={(value as string[] | undefined) ?? []} set={set} />
    case 'gateways':
      return <GatewaysField label={label} value={(value as Gateway[] | undefined) ?? []} set={set} />
    case 'key':
      return <KeyChooser label={label} value={(value as string | null) ?? null} set={set} />
    default:
      return <input type={field.name === 'password' ? 'password' : 'text'} required={field.required} maxLength={field.max} disabled={locked} autoComplete={field.name === 'password' ? 'new-password' : 'off'} value={text} onChange={(event) => set(event.target.value)} />
  }
}
