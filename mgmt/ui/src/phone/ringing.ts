/** What people notice of a call that rings: a tone, the title of the page, and a notification while the page is hidden. */
import { useEffect } from 'react'
import { party } from '../format'
import { t } from '../i18n'
import { ring, ringback } from './sound'
import type { CallView } from './types'

const blink_ms = 1000

export function useRinging(calls: readonly CallView[]): void {
  const ringing = calls.find(({ state }) => state === 'ringing')
  const talks = calls.some(({ state }) => state === 'talking')
  const rings = ringing !== undefined && !talks
  const id = ringing?.id
  const words = ringing ? `${party(ringing.name, ringing.number)} ${t('phoneRings')}` : ''
  const waits = calls.some(({ rings }) => rings)

  useEffect(() => (rings ? ring() : undefined), [rings])
  useEffect(() => (waits ? ringback() : undefined), [waits])
  useEffect(() => {
    if (!id) return
    const title = document.title
    let on = false
    const blink = () => { on = !on; document.title = on ? `☎ ${words}` : title }
    blink()
    const timer = setInterval(blink, blink_ms)
    const shown = notify(id, words)
    return () => {
      clearInterval(timer)
      document.title = title
      shown?.close()
    }
  }, [id, words])
}

function notify(tag: string, words: string): Notification | null {
  if (!document.hidden || !('Notification' in window) || Notification.permission !== 'granted') return null
  try {
    const shown = new Notification(words, { tag, requireInteraction: true, icon: '/app/icon.svg' })
    shown.onclick = () => { window.focus(); shown.close() }
    return shown
  } catch {
    return null
  }
}
