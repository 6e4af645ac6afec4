/** This browser is woken when it is called and no page is open: its push service (RFC 8030), and what its phone says of it (RFC 8599). */
import { api } from '../api/client'
import { language } from '../i18n'

/** `contact`: parameters for the URI of the phone's contact. */
export interface Waking {
  id: string
  contact: Record<string, string>
}

const scope = '/app/'

/** Null where the node or the browser wakes nobody, or its person wants no notifications: the phone rings while the page is open then. */
export async function waking(): Promise<Waking | null> {
  if (!('serviceWorker' in navigator) || !('PushManager' in window) || Notification.permission !== 'granted') return null
  try {
    const { application_server_key: key } = await api<{ application_server_key: string | null }>('push')
    if (key === null) return null
    await navigator.serviceWorker.register(`${scope}worker.js?language=${language}`, { scope })
    const registration = await navigator.serviceWorker.ready
    return await api<Waking>('me/browser-phone/push', 'PUT', (await subscribed(registration.pushManager, key)).toJSON())
  } catch {
    return null
  }
}

/** Woken no more. */
export async function asleep(): Promise<void> {
  const registration = 'serviceWorker' in navigator ? await navigator.serviceWorker.getRegistration(scope) : undefined
  await (await registration?.pushManager.getSubscription())?.unsubscribe()
}

/** The telephone is here: what was shown of calls meanwhile is of no use. */
export async function quiet(): Promise<void> {
  const registration = 'serviceWorker' in navigator ? await navigator.serviceWorker.getRegistration(scope) : undefined
  for (const one of (await registration?.getNotifications()) ?? []) one.close()
}

async function subscribed(service: PushManager, key: string): Promise<PushSubscription> {
  const found = await service.getSubscription()
  const kept = found?.options.applicationServerKey
  if (found && kept && base64url(kept) === key) return found
  await found?.unsubscribe()
  return service.subscribe({ userVisibleOnly: true, applicationServerKey: key })
}

/** As keys are written (RFC 4648 5). Pure. */
export function base64url(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** The contact of a phone that can be woken; `name` is anything. Pure. */
export function contactOf(contact: Waking['contact'], name: string): string {
  const params = Object.entries(contact).map(([param, value]) => `;${param}=${encodeURIComponent(value)}`)
  return `sip:${name}@${name}.invalid;transport=ws${params.join('')}`
}

/** The same phone at every start, so that the registrar knows it again (RFC 5626 4.1). Pure. */
export function instanceOf(id: string): string {
  return [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20, 32)].join('-')
}
