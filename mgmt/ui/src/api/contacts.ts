/** People outside whom the company knows, by its contacts and by connected shops. */

/** A customer of a connected shop. */
export interface Customer {
  id: string
  name: string
  orders: number
  spent: string
  currency: string
  last_order: string
  last_total: string
  last_state: string
  url: string
}

/** Who has a number. */
export interface Caller {
  number: string
  contacts: Contact[]
  customers: Customer[]
}

/** Somebody outside whom the company knows. */
export interface Contact {
  id: string
  name: string
  company: string
  phones: string[]
  emails: string[]
  notes: string
  revision: number
}
