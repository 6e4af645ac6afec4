/** The states of a company's account, and what they are called. */
export type AccountStatus = 'trial' | 'active' | 'past_due' | 'suspended' | 'closed'

export const IN_SERVICE: readonly AccountStatus[] = ['trial', 'active', 'past_due']
export const STATUS = {
  trial: 'companyTrial',
  active: 'companyActive',
  past_due: 'companyPastDue',
  suspended: 'companySuspended',
  closed: 'companyClosed',
} as const
