/** The published JSON Schema of flows, as far as forms are drawn from it. Pure. */

export interface Schema {
  type?: string
  title?: string
  description?: string
  enum?: string[]
  const?: string
  default?: unknown
  anyOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: Schema | boolean
  patternProperties?: Record<string, Schema>
  minimum?: number
  maximum?: number
  maxLength?: number
  $ref?: string
  'x-form'?: string
  'x-group'?: string
}

export interface FlowSchema {
  properties: { nodes: { additionalProperties: { oneOf: Schema[] } } }
  $defs: Record<string, Schema>
}

export interface Kind {
  kind: string
  title: string
  group: string
  about: string
  schema: Schema
}

/** A schema without references and without its null. */
export function plain(schema: Schema, defs: Record<string, Schema>): Schema {
  if (schema.$ref) return { ...plain(defs[schema.$ref.split('/').at(-1) ?? ''] ?? {}, defs), ...(schema['x-form'] && { 'x-form': schema['x-form'] }) }
  const other = schema.anyOf?.find((one) => one.type !== 'null')
  return other ? { ...plain(other, defs), ...(schema['x-form'] && { 'x-form': schema['x-form'] }) } : schema
}

export const isOptional = (schema: Schema) => schema.anyOf?.some((one) => one.type === 'null') ?? false

export const valuesOf = (schema: Schema): Schema | undefined =>
  typeof schema.additionalProperties === 'object' ? schema.additionalProperties : Object.values(schema.patternProperties ?? {})[0]

export function kinds(schema: FlowSchema): Kind[] {
  return schema.properties.nodes.additionalProperties.oneOf.map((reference) => {
    const found = plain(reference, schema.$defs)
    return {
      kind: found.properties?.kind?.const ?? String(found.properties?.kind?.default), title: found.title ?? '', group: found['x-group'] ?? '',
      about: found.description ?? '', schema: found,
    }
  })
}

/** What a new node needs, filled with what can be guessed. */
export function beginning(schema: Schema, defs: Record<string, Schema>, next: string): Record<string, unknown> {
  const required = (schema.required ?? []).filter((name) => name !== 'kind')
  return Object.fromEntries(required.map((name) => [name, guess(plain(schema.properties?.[name] ?? {}, defs), defs, next)]))
}

function guess(schema: Schema, defs: Record<string, Schema>, next: string): unknown {
  if (schema['x-form'] === 'node') return next
  if (schema.enum) return schema.enum[0]
  switch (schema.type) {
    case 'array': {
      const items = plain(schema.items ?? {}, defs)
      return items['x-form'] === 'prompt' ? ['say:…'] : [guess(items, defs, next)]
    }
    case 'object': {
      if (schema.properties) return beginning(schema, defs, next)
      const value = valuesOf(schema)
      return value && plain(value, defs)['x-form'] === 'node' ? { '1': next } : {}
    }
    case 'number':
    case 'integer':
      return schema.minimum ?? 1
    case 'boolean':
      return false
    default:
      return schema['x-form'] === 'variable' ? 'value' : '…'
  }
}
