/** People, ways to sign in, companies, the audit: their documents and what the screens ask for. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api } from './client'
import type { AccountStatus } from '../account'
import type { Page } from './types'

export const roles = ['user', 'auditor', 'manager', 'owner', 'reseller'] as const
export type Role = (typeof roles)[number]

export interface Member {
  id: string
  name: string
  email: string | null
  role: Role
  extension: string
  state: 'active' | 'invited' | 'disabled' | 'no_sign_in'
  invitation: { by: string; expires_at: string; expired: boolean } | null
  second_factor: boolean
  sessions: number
  seen_at: string | null
  version: number
  numbers: string[]
  mailboxes: string[]
}

/** What became of each row of a file of people; `link` for who got none by e-mail. */
export interface InvitedFile {
  data: { row: number; name: string; email: string; role: string; extension: string; why: string | null; link: string | null }[]
  invited: number
  wrong: number
}

/** `link` is shown this once. */
export interface Invited {
  person: Member
  link: string
  mailed: boolean
}

export interface Factors {
  password: boolean
  totp: boolean
  recovery_codes: number
  passkeys: { id: string; name: string; added_at: string; site: string }[]
  sso: string[]
  required: boolean
}

export interface Session {
  id: string
  here: boolean
  way: 'link' | 'password' | 'second_factor' | 'passkey' | 'sso'
  address: string
  agent: string
  created_at: string
  seen_at: string
}

/** An app on a telephone that somebody signed in; `wakes`: calls wake it. */
export interface App {
  id: string
  name: string
  platform: 'ios' | 'android' | 'other'
  address: string
  wakes: boolean
  created_at: string
  seen_at: string
}

export interface AuditRow {
  at: string
  actor: string
  action: string
  object: string
  address: string | null
  detail: string
  sequence: number | null
}

export interface Company {
  id: string
  name: string
  parent: string | null
  status: AccountStatus
  people: number
  numbers: number
  phones: number
  consents: boolean
}

export const membersQuery = queryOptions({ queryKey: ['members'], queryFn: () => api<Page<Member>>('people') })
export const factorsQuery = queryOptions({ queryKey: ['factors'], queryFn: () => api<Factors>('me/factors') })
export const sessionsQuery = queryOptions({ queryKey: ['sessions'], queryFn: () => api<Page<Session>>('me/sessions') })
export const appsQuery = queryOptions({ queryKey: ['apps'], queryFn: () => api<Page<App>>('me/apps') })
export const supportQuery = queryOptions({ queryKey: ['support'], queryFn: () => api<{ until: string | null }>('support') })
export const companiesQuery = queryOptions({ queryKey: ['companies'], queryFn: () => api<Page<Company>>('tenants') })

export const auditQuery = (filter: Record<string, string>) => {
  const asked = new URLSearchParams(Object.entries(filter).filter(([, value]) => value)).toString()
  return infiniteQueryOptions({
    queryKey: ['audit', asked],
    queryFn: ({ pageParam }) => api<Page<AuditRow>>(`audit?${asked}&limit=50${pageParam ? `&cursor=${encodeURIComponent(pageParam)}` : ''}`),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  })
}

/** What a role may do with a part, as the node decides by. */
export type Right = { part: string } & Record<Role, 'none' | 'look' | 'change'>

export const rightsQuery = queryOptions({ queryKey: ['rights'], queryFn: () => api<Page<Right>>('people/rights'), staleTime: Infinity })
