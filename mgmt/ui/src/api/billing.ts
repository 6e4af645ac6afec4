/** The account of the company and its invoices. */
import { queryOptions } from '@tanstack/react-query'
import type { AccountStatus } from '../account'
import { api } from './client'

export interface BillingAccount {
  status: AccountStatus
  since_at: string | null
  late_at: string | null
  plan: { id: string; name: string; monthly_cents: number; currency: string } | null
  provider: 'ledger' | 'recurly'
}

/** `of` null: as many as they like. */
export interface Usage {
  since_at: string
  until_at: string
  data: { what: 'minutes' | 'users' | 'devices' | 'numbers'; used: number; of: number | null }[]
}

export interface Invoice {
  id: string
  number: string
  made_at: string
  /** When it is to be paid at the latest; null: it was paid at once. */
  due_at: string | null
  cents: number
  currency: string
  state: 'open' | 'paid' | 'past_due' | 'void'
}

interface Sum {
  currency: string
  cents: number
}

/** What a number costs this month: calls over it, and (null: nothing) its rent beside the plan. */
export interface NumberSpend {
  number: string
  calls: number
  minutes: number
  costs: Sum[]
  rent: Sum | null
}

/** All of it by currency, calls and rent. Pure. */
export function whole({ costs, rent }: Pick<NumberSpend, 'costs' | 'rent'>): Sum[] {
  const sums = new Map<string, number>()
  for (const { currency, cents } of [...costs, ...(rent ? [rent] : [])]) sums.set(currency, (sums.get(currency) ?? 0) + cents)
  return [...sums].map(([currency, cents]) => ({ currency, cents }))
}

export const billingQuery = queryOptions({ queryKey: ['billing'], queryFn: () => api<BillingAccount>('billing') })
export const usageQuery = queryOptions({ queryKey: ['billing', 'usage'], queryFn: () => api<Usage>('billing/usage') })
export const numberSpendQuery = queryOptions({ queryKey: ['billing', 'numbers'], queryFn: () => api<{ since_at: string; until_at: string; data: NumberSpend[] }>('billing/numbers') })
export const invoicesQuery = queryOptions({ queryKey: ['invoices'], queryFn: () => api<{ data: Invoice[] }>('billing/invoices') })
