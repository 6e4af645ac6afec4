/** What the forms of the configuration ask for, field by field: data, so that a new form is a list. */
import type { Key } from '../i18n/en'

export type FieldKind =
  | 'text' | 'number' | 'check' | 'choice' | 'target' | 'person' | 'people' | 'prompt' | 'schedule' | 'address' | 'key' | 'agents' | 'stages' | 'exits' | 'lines' | 'gateways' | 'secret'

export interface Field {
  name: string
  label: Key
  kind: FieldKind
  hint?: Key
  min?: number
  max?: number
  options?: readonly [value: string, words: Key][]
  required?: true
  /** A number that may be left out. */
  optional?: true
  /** Left out of the form while this says no. */
  when?: (document: Record<string, unknown>) => boolean
  /** Left empty it is an empty text, not nothing. */
  blank?: true
  /** Cannot be changed once the object is there. */
  fixed?: true
}

const name: Field = { name: 'name', label: 'fName', kind: 'text', required: true, max: 120 }
const extension: Field = { name: 'extension', label: 'fExtension', kind: 'text', hint: 'fExtensionHint' }

/** What callers from outside hear of a recording. */
export const notices: readonly [value: string, words: Key][] = [['none', 'fNoticeNone'], ['told', 'fNoticeTold'], ['asked', 'fNoticeAsked']]

export const groupFields: readonly Field[] = [
  name,
  extension,
  { name: 'members', label: 'fMembers', kind: 'people', hint: 'fMembersHint', required: true },
  {
    name: 'strategy', label: 'fStrategy', kind: 'choice',
    options: [['simultaneous', 'fTogether'], ['sequential', 'fInTurn'], ['round_robin', 'fRoundRobin'], ['rule', 'fByRule']],
  },
  { name: 'ring_s', label: 'fRing', kind: 'number', min: 5, max: 120, when: ({ strategy }) => strategy !== 'rule' },
  { name: 'stages', label: 'fStages', kind: 'stages', when: ({ strategy }) => strategy === 'rule' },
  { name: 'no_answer', label: 'fNoAnswer', kind: 'target' },
]

export const queueFields: readonly Field[] = [
  name,
  extension,
  { name: 'agents', label: 'fAgents', kind: 'agents', hint: 'fAgentsHint' },
  {
    name: 'strategy', label: 'fStrategy', kind: 'choice',
    options: [['longest_idle', 'fLongestIdle'], ['round_robin', 'fRoundRobin'], ['least_calls', 'fLeastCalls'], ['random', 'fRandom'], ['sequential', 'fInTurn']],
  },
  { name: 'ring_s', label: 'fRing', kind: 'number', min: 5, max: 120 },
  { name: 'wrap_up_s', label: 'fWrapUp', kind: 'number', min: 0, max: 3600 },
  { name: 'sla_s', label: 'fSla', kind: 'number', hint: 'fSlaHint', min: 1, max: 3600 },
  { name: 'waiting_max', label: 'fWaitingMax', kind: 'number', min: 1, max: 10_000 },
  { name: 'wait_s_max', label: 'fWaitMax', kind: 'number', min: 10, max: 14_400 },
  { name: 'welcome', label: 'fWelcome', kind: 'prompt' },
  { name: 'music', label: 'fMusic', kind: 'prompt' },
  { name: 'announce_position', label: 'fAnnouncePosition', kind: 'check' },
  { name: 'announce_wait', label: 'fAnnounceWait', kind: 'check' },
  { name: 'announce_s', label: 'fAnnounceEvery', kind: 'number', min: 45, max: 3600, when: (one) => Boolean(one.announce_position) || Boolean(one.announce_wait) },
  { name: 'callback_key', label: 'fCallbackKey', kind: 'key', hint: 'fCallbackKeyHint' },
  { name: 'callback_on_hangup', label: 'fCallbackHangup', kind: 'check' },
  { name: 'exits', label: 'fExits', kind: 'exits' },
  { name: 'empty', label: 'fEmpty', kind: 'choice', options: [['leave', 'fEmptyLeave'], ['wait', 'fEmptyWait']] },
  { name: 'recording_notice', label: 'fNotice', kind: 'choice', hint: 'fNoticeHint', options: [['', 'fNoticeOfNumber'], ...notices] },
  { name: 'no_answer', label: 'fOverflow', kind: 'target', required: true },
]

export const numberFields: readonly Field[] = [
  { name: 'label', label: 'fLabel', kind: 'text', max: 120, blank: true },
  { name: 'target', label: 'fGoesTo', kind: 'target', required: true },
  { name: 'fax', label: 'fFax', kind: 'target', hint: 'fFaxHint' },
  { name: 'recording_notice', label: 'fNotice', kind: 'choice', hint: 'fNoticeHint', options: [['', 'fNoticeOfCompany'], ...notices] },
  { name: 'address', label: 'listEmergency', kind: 'address', hint: 'fNumberAddressHint' },
  { name: 'caller_name', label: 'listName', kind: 'text', hint: 'fCallerNameHint', max: 15, blank: true },
]

export const addressFields: readonly Field[] = [
  { name: 'country', label: 'aCountry', kind: 'text', hint: 'aCountryHint', required: true, max: 2 },
  { name: 'state', label: 'aState', kind: 'text', max: 80, blank: true },
  { name: 'city', label: 'aCity', kind: 'text', required: true, max: 80 },
  { name: 'street', label: 'aStreet', kind: 'text', required: true, max: 120 },
  { name: 'house', label: 'aHouse', kind: 'text', max: 20, blank: true },
  { name: 'postal_code', label: 'aPostalCode', kind: 'text', max: 20, blank: true },
  { name: 'floor', label: 'aFloor', kind: 'text', max: 20, blank: true },
  { name: 'room', label: 'aRoom', kind: 'text', max: 40, blank: true },
  { name: 'place', label: 'aPlace', kind: 'text', hint: 'aPlaceHint', max: 120, blank: true },
]

export const deviceFields: readonly Field[] = [
  { name: 'user', label: 'fOwner', kind: 'person', required: true },
  { name: 'username', label: 'fUsername', kind: 'text', hint: 'fUsernameHint', required: true, fixed: true },
  { name: 'digits', label: 'fDigits', kind: 'choice', hint: 'fDigitsHint', options: [['auto', 'fDigitsAuto'], ['info', 'fDigitsInfo']] },
  { name: 'srtp', label: 'fSrtp', kind: 'choice', options: [['', 'fSrtpNode'], ['off', 'fSrtpOff'], ['optional', 'fSrtpOptional'], ['required', 'fSrtpRequired']] },
  { name: 'mwi_unsolicited', label: 'fMwi', kind: 'check', hint: 'fMwiHint' },
  { name: 'address', label: 'listEmergency', kind: 'address', hint: 'fDeviceAddressHint' },
  { name: 'hot_desk', label: 'fHotDesk', kind: 'check', hint: 'fHotDeskHint' },
]

const mailed = ({ email }: Record<string, unknown>) => email !== 'off'

export const mailboxFields: readonly Field[] = [
  name,
  { name: 'user', label: 'fOwner', kind: 'person', hint: 'fBoxOwnerHint' },
  { name: 'members', label: 'fBoxMembers', kind: 'people', hint: 'fBoxMembersHint' },
  { name: 'greeting', label: 'fGreeting', kind: 'prompt', hint: 'fGreetingHint' },
  { name: 'greeting_busy', label: 'fGreetingBusy', kind: 'prompt' },
  { name: 'greeting_temporary', label: 'fGreetingTemporary', kind: 'prompt', hint: 'fGreetingTemporaryHint' },
  { name: 'spoken_name', label: 'fSpokenName', kind: 'prompt', hint: 'fSpokenNameHint' },
  { name: 'pin', label: 'fPin', kind: 'secret', hint: 'fPinHint', max: 10 },
  { name: 'pin_always', label: 'fPinAlways', kind: 'check' },
  { name: 'review', label: 'fReview', kind: 'check', hint: 'fReviewHint' },
  { name: 'message_s_max', label: 'fMessageMax', kind: 'number', min: 5, max: 1800 },
  { name: 'messages_max', label: 'fMessagesMax', kind: 'number', min: 1, max: 1000 },
  { name: 'email', label: 'fBoxMail', kind: 'choice', hint: 'fBoxMailHint', options: [['off', 'fMailOff'], ['notice', 'fMailNotice'], ['audio', 'fMailAudio']] },
  { name: 'emails', label: 'fBoxMails', kind: 'lines', hint: 'fBoxMailsHint', when: mailed },
  { name: 'kept_days', label: 'fKeptDays', kind: 'number', hint: 'fKeptDaysHint', min: 1, max: 36_500, optional: true },
  { name: 'deleted_days', label: 'fDeletedDays', kind: 'number', min: 1, max: 36_500 },
]

export const supplierFields: readonly Field[] = [
  name,
  {
    name: 'kind', label: 'supKind', kind: 'choice',
    options: [['vitelity', 'supplier_vitelity'], ['telnyx', 'supplier_telnyx'], ['bandwidth', 'supplier_bandwidth'], ['twilio', 'supplier_twilio'], ['generic', 'supplier_generic']],
  },
  { name: 'account', label: 'supAccount', kind: 'text', max: 120, blank: true },
  { name: 'user', label: 'supUser', kind: 'text', max: 120, blank: true },
  { name: 'password', label: 'supPassword', kind: 'text', hint: 'supPasswordHint' },
  { name: 'sells_numbers', label: 'supSells', kind: 'check', when: ({ kind }) => kind === 'vitelity' || kind === 'telnyx' },
  { name: 'route', label: 'supRoute', kind: 'text', hint: 'supRouteHint', max: 120, blank: true, when: ({ sells_numbers: sells }) => sells === true },
  { name: 'messages_per_s_max', label: 'supPace', kind: 'number', min: 1, max: 10_000 },
]

export const trunkFields: readonly Field[] = [
  name,
  { name: 'gateways', label: 'fGateways', kind: 'gateways', hint: 'fGatewaysHint' },
  { name: 'sources', label: 'fSources', kind: 'lines', hint: 'fSourcesHint' },
  { name: 'username', label: 'fTrunkUser', kind: 'text', hint: 'fTrunkUserHint' },
  { name: 'password', label: 'fTrunkPassword', kind: 'text', hint: 'fTrunkPasswordHint' },
  { name: 'channels_max', label: 'fChannels', kind: 'number', min: 1, max: 100_000 },
  { name: 'codecs', label: 'fCodecs', kind: 'lines', hint: 'fCodecsHint' },
  { name: 'identity_out', label: 'fIdentity', kind: 'choice', options: [['pai', 'fPai'], ['rpid', 'fRpid'], ['from', 'fFrom'], ['account', 'fAccount']] },
  { name: 'digits', label: 'fDigits', kind: 'choice', options: [['auto', 'fDigitsAuto'], ['info', 'fDigitsInfo']] },
  { name: 'srtp', label: 'fSrtp', kind: 'choice', options: [['', 'fSrtpNode'], ['off', 'fSrtpOff'], ['optional', 'fSrtpOptional'], ['required', 'fSrtpRequired']] },
  { name: 'trusted_identity', label: 'fTrusted', kind: 'check', hint: 'fTrustedHint' },
  { name: 'emergency', label: 'fEmergency', kind: 'check' },
]

export const mailFields: readonly Field[] = [
  name,
  { name: 'senders', label: 'fMailSenders', kind: 'choice', options: [['anyone', 'fMailAnyone'], ['users', 'fMailUsers']] },
  {
    name: 'strangers', label: 'fMailStrangers', kind: 'choice', options: [['refuse', 'fMailRefuse'], ['quarantine', 'fMailQuarantine']],
    when: ({ senders }) => senders === 'users',
  },
  {
    name: 'unproved', label: 'fMailUnproved', kind: 'choice', hint: 'fMailUnprovedHint',
    options: [['take', 'fMailTake'], ['quarantine', 'fMailQuarantine'], ['refuse', 'fMailRefuse']],
  },
  { name: 'blocked', label: 'fMailBlocked', kind: 'lines', hint: 'fMailBlockedHint' },
  { name: 'assigned_to', label: 'assignedTo', kind: 'person' },
]

export const reportFields: readonly Field[] = [
  name,
  {
    name: 'report', label: 'rKind', kind: 'choice',
    options: [
      ['summary', 'rSummary'], ['calls', 'calls'], ['missed', 'rMissed'], ['users', 'rUsers'], ['groups', 'rGroups'], ['numbers', 'rNumbers'], ['queues', 'rQueues'],
      ['quality', 'quality'], ['messages', 'rMessages'],
    ],
  },
  { name: 'form', label: 'rForm', kind: 'choice', options: [['xlsx', 'rXlsx'], ['csv', 'rCsv'], ['pdf', 'rPdf'], ['html', 'rHtml']] },
  { name: 'every', label: 'rEvery', kind: 'choice', options: [['day', 'rDay'], ['week', 'rWeek'], ['month', 'rMonth']] },
  { name: 'hour', label: 'rHour', kind: 'number', min: 0, max: 23 },
  { name: 'emails', label: 'rEmails', kind: 'lines', hint: 'rEmailsHint' },
  { name: 'enabled', label: 'fEnabled', kind: 'check' },
]

export const ssoFields: readonly Field[] = [
  name,
  { name: 'issuer', label: 'fIssuer', kind: 'text', hint: 'fIssuerHint', required: true, max: 500 },
  { name: 'client_id', label: 'fClientId', kind: 'text', required: true, max: 200 },
  { name: 'client_secret', label: 'fClientSecret', kind: 'secret', hint: 'fClientSecretHint', max: 500 },
  { name: 'domains', label: 'fDomains', kind: 'lines', hint: 'fDomainsHint', required: true },
  { name: 'role', label: 'fNewcomers', kind: 'choice', options: [['', 'fNewNobody'], ['user', 'user'], ['auditor', 'auditor'], ['manager', 'manager']] },
  { name: 'only', label: 'fSsoOnly', kind: 'check' },
  { name: 'enabled', label: 'fEnabled', kind: 'check' },
]

export const trackingFields: readonly Field[] = [
  name,
  { name: 'origins', label: 'fOrigins', kind: 'lines', hint: 'fOriginsHint', required: true },
  { name: 'numbers', label: 'fPool', kind: 'lines', hint: 'fPoolHint' },
  { name: 'fallback', label: 'fFallback', kind: 'text', hint: 'fFallbackHint', required: true, max: 16 },
  { name: 'window_days', label: 'fWindow', kind: 'number', hint: 'fWindowHint', min: 1, max: 90 },
  { name: 'hold_s', label: 'fHold', kind: 'number', hint: 'fHoldHint', min: 60, max: 86_400 },
  { name: 'counter', label: 'fCounter', kind: 'text', hint: 'fCounterHint', max: 15 },
  { name: 'token', label: 'fMetricaToken', kind: 'secret', hint: 'fMetricaTokenHint', max: 2000 },
  { name: 'conversion', label: 'fConversion', kind: 'text', hint: 'fConversionHint', max: 100 },
]

/** The document as it is sent: what was emptied is null. Pure. */
export const sent = (document: Record<string, unknown>, fields: readonly Field[]): Record<string, unknown> => {
  const blank = new Set(fields.filter((field) => field.blank).map((field) => field.name))
  return Object.fromEntries(Object.entries(document).map(([key, value]) => [key, value === '' && !blank.has(key) ? null : value]))
}
