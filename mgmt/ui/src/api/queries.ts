/** What the screens ask for: one place for keys and addresses. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { language } from '../i18n'
import { api } from './client'
import { seen } from './window'
import type { Caller, Contact } from './contacts'
import type { Blamed } from './history'
import type { CallQuality, QualityCard } from './quality'
import type {
  Activity, ApiKey, Call, CallDetail, ConfigEntry, Feature, FirstStep, Me, MyPhone, ObjectDiff, Page, Peaks, Person, Place, Stored, Trunk, Widget, Prompt, StockSounds } from './types'
import type { Reached } from './trunks'
import type { Kpi } from '../charts/kpi'
import type { Queue, QueueDetail } from './queues'
import type { Flow, FlowDocument, FlowProblem, Traffic, Tried } from '../flow/types'
import type { FlowSchema } from '../flow/schema'

const page_size = 30

/** Who has a number, by contacts and connected shops; asked once while it rings. */
export const callerQuery = (number: string) =>
  queryOptions({ queryKey: ['caller', number], queryFn: () => api<Caller>(`callers?number=${encodeURIComponent(number)}`), staleTime: 30_000, retry: false })

export const readMe = async (): Promise<Me> => seen(await api<Me>('me'))

export const meQuery = queryOptions({ queryKey: ['me'], queryFn: readMe })

/** Asked again while its recording is being written down. */
export const callQuery = (id: string) =>
  queryOptions({
    queryKey: ['call', id],
    queryFn: () => api<CallDetail>(`calls/${id}?language=${language}`),
    refetchInterval: (query) => (query.state.data?.transcript?.done === false ? 5_000 : false),
  })

/** Asked again while the recording waits to be heard. */
export const callQualityQuery = (id: string) =>
  queryOptions({
    queryKey: ['callQuality', id],
    queryFn: () => api<CallQuality>(`calls/${id}/quality`),
    refetchInterval: (query) => (query.state.data?.waiting ? 3_000 : false),
  })

export const qualityQuery = (since: string) =>
  queryOptions({ queryKey: ['quality', since], queryFn: () => api<QualityCard>(`quality?since=${encodeURIComponent(since)}`) })

export const flowsQuery = queryOptions({ queryKey: ['flows'], queryFn: () => api<Page<Flow>>('flows') })

export const firstStepsQuery = queryOptions({ queryKey: ['config', 'first-steps'], queryFn: () => api<{ data: FirstStep[]; number: string | null }>('me/first-steps') })

/** What the flow editor asks. */
export const flowQueries = {
  schema: queryOptions({ queryKey: ['flow-schema'], queryFn: () => api<FlowSchema>('flow-schema'), staleTime: Infinity }),
  templates: queryOptions({ queryKey: ['config', 'flow-templates'], queryFn: () => api<Page<{ id: string; document: FlowDocument }>>('flow-templates') }),
  known: queryOptions({ queryKey: ['known'], queryFn: known }),
  expectations: queryOptions({ queryKey: ['flows', 'expectations'], queryFn: () => api<Page<Tried>>('expectations') }),
  traffic: (id: string, days: string) =>
    queryOptions({ queryKey: ['flow', id, 'traffic', days], queryFn: () => api<Traffic>(`flows/${id}/traffic?days=${days}`), refetchInterval: Number(days) > 7 ? 300_000 : 30_000 }),
  versions: (id: string) =>
    queryOptions({ queryKey: ['flow', id, 'versions'], queryFn: () => api<Page<{ version: number; at: string; actor: string; reason: string }>>(`flows/${id}/versions`) }),
  checked: (id: string, document: FlowDocument) =>
    queryOptions({ queryKey: ['flow', id, 'check', document], queryFn: () => api<{ problems: FlowProblem[] }>('flow-check', 'POST', { document }) }),
}

/** The ids of what a node may name, by what its field is. */
async function known(): Promise<Record<string, string[]>> {
  const lists = await Promise.all(['schedule', 'mailbox', 'flow', 'webhook', 'contacts', 'room', 'prompt'].map(async (kind) => {
    const { data } = await api<Page<{ id: string }>>(`config/${kind}`)
    return [kind, data.map(({ id }) => (kind === 'prompt' ? `prompt:${id}` : id))] as const
  }))
  return Object.fromEntries(lists)
}

export const trunksQuery = queryOptions({ queryKey: ['trunks'], queryFn: () => api<Page<Trunk> & { signalling?: Reached[]; silent?: string[] }>('trunks'), refetchInterval: 5_000 })

export const phoneQuery = queryOptions({ queryKey: ['phone'], queryFn: () => api<MyPhone>('me/phone'), retry: false })

export const featuresQuery = queryOptions({ queryKey: ['features'], queryFn: () => api<Page<Feature>>('features') })

/** Where mail to the company goes; `todo` null: this node takes none. */
export const mailQuery = queryOptions({
  queryKey: ['mail'],
  queryFn: () => api<{ data: { id: string; name: string; address: string | null }[]; todo: string | null }>('mail/addresses'),
})

/** Where calls can go within the company. */
export const placesQuery = queryOptions({
  queryKey: ['places'],
  queryFn: async () => {
    const kinds = ['user', 'group', 'queue', 'flow', 'mailbox'] as const
    const found = await Promise.all(kinds.map((kind) => api<Page<Stored<{ name: string; extension?: string | null }>>>(`config/${kind}`)))
    return found.flatMap(({ data }, at): Place[] =>
      data.map(({ id, document }) => ({ kind: kinds[at]!, id, name: document.name, extension: document.extension ?? null })))
  },
})
export const promptsQuery = queryOptions({ queryKey: ['prompts'], queryFn: () => api<Page<Stored<Prompt>>>('config/prompt') })

/** What the node itself says; '' is the company's language. */
export const soundsQuery = (spoken: string) =>
  queryOptions({ queryKey: ['sounds', spoken], queryFn: () => api<StockSounds>(`sounds${spoken && `?language=${encodeURIComponent(spoken)}`}`) })

export const keysQuery = queryOptions({ queryKey: ['keys'], queryFn: () => api<Page<Stored<ApiKey>>>('config/api_key') })

export const contactsQuery = (text: string) => pages<Contact>('contacts', `contacts?text=${encodeURIComponent(text)}`, text)

export const widgetsQuery = queryOptions({ queryKey: ['widgets'], queryFn: () => api<Page<Stored<Widget>>>('config/widget') })

export const schedulesQuery = queryOptions({ queryKey: ['schedules'], queryFn: () => api<Page<Stored<{ name: string }>>>('config/schedule') })

export const queuesQuery = queryOptions({ queryKey: ['queues'], queryFn: () => api<Page<Queue>>('queues'), refetchInterval: 5_000 })

export const queueQuery = (id: string) =>
  queryOptions({ queryKey: ['queues', id], queryFn: () => api<QueueDetail>(`queues/${id}`), refetchInterval: 5_000 })

export const peaksQuery = (media: string) =>
  queryOptions({ queryKey: ['peaks', media], queryFn: () => api<Peaks>(`media/${media}/peaks`), staleTime: Infinity })

/** The log of the configuration; of one object where one is named (`kind=..&id=..`). */
export const configLogQuery = (only: string) => pages<ConfigEntry>('config-log', only ? `config-log?${only}` : 'config-log', only)

/** Who gave each field of an object its present value. */
export const blameQuery = (kind: string, id: string) =>
  queryOptions({ queryKey: ['config-log', 'blame', kind, id], queryFn: () => api<Page<Blamed>>(`config-blame/${encodeURIComponent(kind)}/${encodeURIComponent(id)}`), enabled: kind !== '' && id !== '' })

/** What differs between two versions; without `to`, up to now. */
export const configDiffQuery = (from: number, to?: number) =>
  queryOptions({
    queryKey: ['config-diff', from, to ?? 'now'],
    queryFn: () => api<{ data: ObjectDiff[] }>(`config-diff?from=${from}${to === undefined ? '' : `&to=${to}`}`),
  })

/** The journal, filtered as the API filters it. */
export const callsQuery = (filter: Record<string, string>) => {
  const asked = new URLSearchParams(filter).toString()
  return pages<Call>('calls', `calls?${asked}`, asked)
}

/** The calls of one extension. */
export const myCallsQuery = (party: string) => callsQuery({ party })

/** Numbers of calls by hour or day. */
export const kpiQuery = (since: string, until: string, group: 'hour' | 'day') =>
  queryOptions({
    queryKey: ['calls', 'kpi', since, until, group],
    queryFn: () => api<{ data: Kpi[]; timezone: string }>(`kpi?since=${encodeURIComponent(since)}&until=${encodeURIComponent(until)}&group=${group}`),
    refetchInterval: 30_000,
  })

export const activitiesQuery = (filter: Record<string, string>) => {
  const asked = new URLSearchParams(filter).toString()
  return pages<Activity>('activities', `activities?${asked}`, asked)
}

export const peopleQuery = queryOptions({
  queryKey: ['people'],
  queryFn: async () => ({ data: (await api<Page<Stored<{ name: string }>>>('config/user')).data.map(({ id, document }): Person => ({ id, name: document.name })) }),
  staleTime: 60_000,
})

function pages<T>(key: string, path: string, ...more: string[]) {
  const join = path.includes('?') ? '&' : '?'
  return infiniteQueryOptions({
    queryKey: [key, ...more],
    queryFn: ({ pageParam }) =>
      api<Page<T>>(`${path}${join}limit=${page_size}${pageParam ? `&cursor=${encodeURIComponent(pageParam)}` : ''}`),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  })
}
