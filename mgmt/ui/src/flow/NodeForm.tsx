/** The fields of one node, drawn from the schema of its kind. */
import { useState } from 'react'
import { t } from '../i18n'
import { kindAbout } from '../i18n/abouts'
import { fieldName } from '../i18n/steps'
import { isOptional, plain, valuesOf, type Kind, type Schema } from './schema'

export interface Choices {
  nodes: string[]
  known: Record<string, string[]>
}

interface FieldProps {
  name: string
  schema: Schema
  value: unknown
  set: (value: unknown) => void
  defs: Record<string, Schema>
  choices: Choices
  required: boolean
}

const hidden = new Set(['kind', 'label'])

export function NodeForm({ kind, node, set, defs, choices }: {
  kind: Kind; node: Record<string, unknown>; set: (name: string, value: unknown) => void; defs: Record<string, Schema>; choices: Choices
}) {
  return (
    <div className="stack">
      <p className="dim small" data-testid="about-kind">{kindAbout(kind.kind, kind.about)}</p>
      <label>{t('nodeLabel')}<input value={String(node.label ?? '')} onChange={(event) => set('label', event.target.value)} /></label>
      {Object.entries(kind.schema.properties ?? {}).filter(([name]) => !hidden.has(name)).map(([name, schema]) => (
        <Field key={name} {...{ name, schema, defs, choices }} value={node[name]} set={(value) => set(name, value)}
          required={kind.schema.required?.includes(name) ?? false} />
      ))}
    </div>
  )
}

function Field({ name, schema, value, set, defs, choices, required }: FieldProps) {
  const found = plain(schema, defs)
  const title = fieldName(name)
  const options = optionsOf(found, choices)
  if (found.type === 'boolean') {
    return (
      <label className="check">
        <input type="checkbox" checked={Boolean(value ?? found.default)} onChange={(event) => set(event.target.checked)} />{title}
      </label>
    )
  }
  if (options && found.type !== 'array') {
    return (
      <label>
        {title}
        <select value={String(value ?? found.default ?? '')} onChange={(event) => set(event.target.value || null)}>
          {(!required || isOptional(schema) || value === undefined) && <option value="">–</option>}
          {options.map((one) => <option key={one}>{one}</option>)}
        </select>
      </label>
    )
  }
  if (found.type === 'number' || found.type === 'integer') {
    return (
      <label>
        {title}
        <input type="number" min={found.minimum} max={found.maximum} step="any" placeholder={String(found.default ?? '')} value={value === undefined ? '' : String(value)}
          onChange={(event) => set(event.target.value === '' ? null : Number(event.target.value))} />
      </label>
    )
  }
  if (found.type === 'array') return <ListField {...{ title, found, value, set, defs, choices }} />
  if (found.type === 'object') return <MapField {...{ title, found, value, set, defs, choices }} />
  return (
    <label>
      {title}
      <input value={String(value ?? '')} placeholder={String(found.default ?? '')} maxLength={found.maxLength} onChange={(event) => set(event.target.value)} />
    </label>
  )
}

function optionsOf(schema: Schema, choices: Choices): string[] | undefined {
  if (schema.enum) return schema.enum
  const form = schema['x-form']
  return form === 'node' ? choices.nodes : form !== undefined ? choices.known[form] : undefined
}

interface GroupProps {
  title: string
  found: Schema
  value: unknown
  set: (value: unknown) => void
  defs: Record<string, Schema>
  choices: Choices
}

function ListField({ title, found, value, set, defs, choices }: GroupProps) {
  const items = plain(found.items ?? {}, defs)
  const list = Array.isArray(value) ? (value as unknown[]) : []
  const put = (index: number, one: unknown) => set(list.map((old, at) => (at === index ? one : old)))
  return (
    <fieldset>
      <legend>{title}</legend>
      {list.map((one, index) => (
        <div className="row" key={index}>
          {items.properties
            ? <Inner schema={items} value={one as Record<string, unknown>} set={(inner) => put(index, inner)} defs={defs} choices={choices} />
            : <PromptField value={String(one)} schema={items} choices={choices} set={(text) => put(index, text)} />}
          <button type="button" aria-label={`${t('removeOne')}: ${title} ${String(index + 1)}`} onClick={() => set(list.filter((_, at) => at !== index))}>✕</button>
        </div>
      ))}
      <button type="button" onClick={() => set([...list, items.properties ? {} : (items.enum?.[0] ?? '')])}>+ {title}</button>
    </fieldset>
  )
}

function PromptField({ value, schema, choices, set }: { value: string; schema: Schema; choices: Choices; set: (value: string) => void }) {
  if (schema['x-form'] !== 'prompt') {
    return schema.enum
      ? <select value={value} onChange={(event) => set(event.target.value)}>{schema.enum.map((one) => <option key={one}>{one}</option>)}</select>
      : <input value={value} aria-label={t('value')} onChange={(event) => set(event.target.value)} />
  }
  const spoken = value.startsWith('say:')
  return (
    <>
      <select aria-label={t('prompt')} value={spoken ? 'say:' : value} onChange={(event) => set(event.target.value === 'say:' ? 'say:…' : event.target.value)}>
        <option value="say:">{t('spokenText')}</option>
        {[...new Set([...(choices.known.prompt ?? []), ...(spoken ? [] : [value])])].map((one) => <option key={one}>{one}</option>)}
      </select>
      {spoken && <input value={value.slice(4)} aria-label={t('spokenText')} onChange={(event) => set(`say:${event.target.value || '…'}`)} />}
    </>
  )
}

function Inner({ schema, value, set, defs, choices }: {
  schema: Schema; value: Record<string, unknown>; set: (value: unknown) => void; defs: Record<string, Schema>; choices: Choices
}) {
  return (
    <div className="row grow">
      {Object.entries(schema.properties ?? {}).map(([name, inner]) => (
        <Field key={name} {...{ name, schema: inner, defs, choices }} value={value[name]} required={schema.required?.includes(name) ?? false}
          set={(one) => set(Object.fromEntries(Object.entries({ ...value, [name]: one }).filter(([, kept]) => kept !== null && kept !== '')))} />
      ))}
    </div>
  )
}

function MapField({ title, found, value, set, defs, choices }: GroupProps) {
  const [key, setKey] = useState('')
  if (found.properties) {
    return (
      <fieldset>
        <legend>{title}</legend>
        <Inner schema={found} value={(value ?? {}) as Record<string, unknown>} set={set} defs={defs} choices={choices} />
      </fieldset>
    )
  }
  const map = (value ?? {}) as Record<string, unknown>
  const inner = plain(valuesOf(found) ?? {}, defs)
  const without = (name: string) => Object.fromEntries(Object.entries(map).filter(([other]) => other !== name))
  return (
    <fieldset>
      <legend>{title}</legend>
      {Object.entries(map).map(([name, one]) => (
        <div className="row" key={name}>
          <Field {...{ name, schema: inner, defs, choices }} value={one} set={(next) => set({ ...map, [name]: next ?? '' })} required />
          <button type="button" aria-label={`${t('removeOne')}: ${name}`} onClick={() => set(without(name))}>✕</button>
        </div>
      ))}
      <div className="row">
        <input value={key} size={6} aria-label={`${title}: ${t('newName')}`} onChange={(event) => setKey(event.target.value)} />
        <button type="button" disabled={!key || key in map} onClick={() => { set({ ...map, [key]: choices.nodes[0] ?? '' }); setKey('') }}>+ {title}</button>
      </div>
    </fieldset>
  )
}
