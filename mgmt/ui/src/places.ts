/** The screens there are, in the order of the navigation: one row each, with who sees it. */
import type { Me } from './api/types'
import type { Key } from './i18n/en'

export interface Place {
  to: string
  name: Key
  group: 'placesWork' | 'placesCompany' | 'placesNode' | 'placesMine'
  operators?: true
  managers?: true
  /** The part of the API that it needs. */
  part?: string
}

export const places: readonly Place[] = [
  { to: '/', name: 'live', group: 'placesWork' },
  { to: '/activity', name: 'activity', group: 'placesWork' },
  { to: '/messages', name: 'messages', group: 'placesWork' },
  { to: '/calls', name: 'calls', group: 'placesWork' },
  { to: '/contacts', name: 'contacts', group: 'placesWork' },
  { to: '/queues', name: 'queues', group: 'placesWork' },
  { to: '/agents', name: 'agents', group: 'placesWork' },
  { to: '/parked', name: 'parked', group: 'placesWork' },
  { to: '/reports', name: 'reports', group: 'placesWork', managers: true },
  { to: '/quality', name: 'quality', group: 'placesWork', managers: true },
  { to: '/flow', name: 'flow', group: 'placesCompany' },
  { to: '/hours', name: 'hours', group: 'placesCompany' },
  { to: '/prompts', name: 'prompts', group: 'placesCompany', managers: true },
  { to: '/groups', name: 'groups', group: 'placesCompany' },
  { to: '/queue-settings', name: 'queueSettings', group: 'placesCompany', managers: true },
  { to: '/mailboxes', name: 'mailboxes', group: 'placesCompany', managers: true },
  { to: '/numbers', name: 'numbers', group: 'placesCompany' },
  { to: '/get-number', name: 'getNumber', group: 'placesCompany', managers: true },
  { to: '/addresses', name: 'addresses', group: 'placesCompany', managers: true },
  { to: '/papers', name: 'papers', group: 'placesCompany', managers: true },
  { to: '/ports', name: 'ports', group: 'placesCompany', managers: true },
  { to: '/mail-addresses', name: 'mailAddresses', group: 'placesCompany', managers: true },
  { to: '/devices', name: 'devices', group: 'placesCompany', managers: true },
  { to: '/features', name: 'features', group: 'placesCompany' },
  { to: '/site', name: 'webSite', group: 'placesCompany', managers: true },
  { to: '/tracking', name: 'tracking', group: 'placesCompany', managers: true },
  { to: '/history', name: 'history', group: 'placesCompany' },
  { to: '/node', name: 'nodeOverview', group: 'placesNode', operators: true },
  { to: '/people', name: 'people', group: 'placesCompany', part: 'people' },
  { to: '/audit', name: 'audit', group: 'placesCompany', part: 'audit' },
  { to: '/billing', name: 'billing', group: 'placesCompany', part: 'billing' },
  { to: '/companies', name: 'companies', group: 'placesNode', part: 'tenants' },
  { to: '/trunks', name: 'trunks', group: 'placesNode', operators: true },
  { to: '/stock', name: 'stock', group: 'placesNode', operators: true },
  { to: '/services', name: 'services', group: 'placesNode', operators: true },
  { to: '/phone', name: 'myPhone', group: 'placesMine' },
  { to: '/account', name: 'account', group: 'placesMine' },
]

export const groups = ['placesWork', 'placesCompany', 'placesNode', 'placesMine'] as const

/** What somebody may see. Pure. */
export const seenBy = (me: Me | undefined): readonly Place[] => {
  const manages = !!me && (me.operator || me.user?.role !== 'user')
  const may = (part?: string) => part === undefined || !!me?.rights?.[part]
  return places.filter(({ operators, managers, part }) => (!operators || me?.operator) && (!managers || manages) && may(part))
}

/** Whether somebody may change a part of the API here. Pure. */
export const changes = (me: Me | undefined, part: string): boolean => me?.rights?.[part] === 'change'
