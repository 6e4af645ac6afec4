/** What is shown of a call while no page is open. Pure. */
import { phone } from '../i18n/phone'

/** What the node says (`mgmt/push/notes.py`). */
export interface Told {
  call: string
  from: string
  kind: 'wake' | 'cancel'
}

export interface Shown {
  title: string
  options: NotificationOptions & { renotify?: boolean }
}

/** Null for what is none of ours. */
export function told(text: string): Told | null {
  try {
    const { call, from, kind } = JSON.parse(text) as Partial<Told>
    return typeof call === 'string' && typeof from === 'string' && (kind === 'wake' || kind === 'cancel') ? { call, from, kind } : null
  } catch {
    return null
  }
}

/** A call that rings stays until somebody looks; one that is over takes its place, without a sound. A page may show nothing less (Push API 3.3). */
export function shown(call: Told | null, language: string): Shown {
  const words = language === 'ru' ? phone.ru : phone.en
  const icon = '/app/icon.svg'
  if (call === null) return { title: words.pushSome, options: { tag: 'call', icon, requireInteraction: true } }
  const { from } = call
  if (call.kind === 'cancel') return { title: `${from} ${words.pushOver}`, options: { tag: call.call, icon, silent: true } }
  return { title: `${from} ${words.phoneRings}`, options: { tag: call.call, icon, body: words.pushOpen, requireInteraction: true } }
}
