/** Why a call of the browser's telephone is over, in the words of the page: JsSIP tells its own (`JsSIP.C.causes`). Pure. */
import type { Key } from '../i18n/en'

const words: Readonly<Record<string, Key>> = {
  Terminated: 'ended',
  Canceled: 'phoneGivenUp',
  Busy: 'busy',
  Rejected: 'phoneDeclined',
  Redirected: 'phoneUnavailable',
  Unavailable: 'phoneUnavailable',
  'No Answer': 'phoneUnanswered',
  Expires: 'phoneUnanswered',
  'Not Found': 'phoneNoNumber',
  'Address Incomplete': 'phoneNoNumber',
  'User Denied Media Access': 'phoneNoMicrophone',
  'Connection Error': 'phoneNoNode',
  'Request Timeout': 'phoneNoNode',
  'Authentication Error': 'phoneNotLetIn',
  'RTP Timeout': 'phoneNoSound',
}

export const causeOf = (cause: string): Key => words[cause] ?? 'phoneFailed'

/** Why the telephone itself was not let in. */
export const refusalOf = (cause: string): Key => (cause === 'Rejected' ? 'phoneNotLetIn' : causeOf(cause))
