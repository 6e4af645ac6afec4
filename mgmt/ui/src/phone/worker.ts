/** The part of the page that lives while no page is open: shows calls that its browser is woken for, and opens the telephone. */
import { shown, told } from './shown'

interface Lasting extends Event { waitUntil: (work: Promise<unknown>) => void }
interface Pushed extends Lasting { data: { text: () => string } | null }
interface Clicked extends Lasting { notification: Notification }
interface Page { url: string; focus: () => Promise<unknown> }
interface Here {
  location: Location
  registration: ServiceWorkerRegistration
  clients: { matchAll: (which: object) => Promise<Page[]>; openWindow: (url: string) => Promise<unknown>; claim: () => Promise<void> }
  skipWaiting: () => Promise<void>
  addEventListener: <E extends Event>(name: string, listener: (event: E) => void) => void
}

const here = self as unknown as Here
const language = new URLSearchParams(here.location.search).get('language') ?? 'en'

here.addEventListener<Lasting>('install', (event) => event.waitUntil(here.skipWaiting()))
here.addEventListener<Lasting>('activate', (event) => event.waitUntil(here.clients.claim()))
here.addEventListener<Pushed>('push', (event) => {
  const { title, options } = shown(told(event.data?.text() ?? ''), language)
  event.waitUntil(here.registration.showNotification(title, options))
})
here.addEventListener<Clicked>('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(open())
})

async function open(): Promise<unknown> {
  const pages = await here.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const ours = pages.find(({ url }) => new URL(url).pathname.startsWith('/app/'))
  return ours ? ours.focus() : here.clients.openWindow('/app/')
}
