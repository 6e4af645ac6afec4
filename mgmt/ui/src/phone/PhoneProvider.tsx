/** The telephone of the page: one tab of the browser has it (Web Locks); it outlives every change of the screen. */
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, useSyncExternalStore, type ReactNode } from 'react'
import { api } from '../api/client'
import { useRinging } from './ringing'
import type { Phone } from './phone'
import type { CallView, Credential, Devices, PhoneView } from './types'
import { asleep, quiet, waking } from './waking'

const wantedKey = 'softswitch.phone'
const devicesKey = 'softswitch.devices'
const lock = 'softswitch-phone'
const nothing: PhoneView = { state: 'off', problem: '', calls: [] }

interface Telephone extends PhoneView {
  /** Whether this browser is to be a telephone, and whether another tab is. */
  wanted: boolean
  elsewhere: boolean
  error: Error | null
  devices: Devices
  /** Whether it rings although no page is open. */
  wakes: boolean
  switchOn: () => void
  switchOff: () => void
  takeOver: () => void
  choose: (devices: Devices) => void
  /** Calls a number; undefined when it cannot. */
  dial: (number: string) => void
  /** The telephone itself, for what is done with one call. */
  phone: Phone | null
}

const off: Telephone = {
  ...nothing, wanted: false, elsewhere: false, error: null, devices: { microphone: '', speaker: '' }, wakes: false, phone: null,
  switchOn: () => undefined, switchOff: () => undefined, takeOver: () => undefined, choose: () => undefined, dial: () => undefined,
}
const TelephoneContext = createContext<Telephone>(off)

export const useTelephone = (): Telephone => useContext(TelephoneContext)

/** Whether the browser lets this page have a microphone at all. */
export const canPhone = (): boolean => isSecureContext && 'mediaDevices' in navigator && 'locks' in navigator

function kept(): Devices {
  try {
    return { ...off.devices, ...(JSON.parse(localStorage.getItem(devicesKey) ?? '{}') as Partial<Devices>) }
  } catch {
    return off.devices
  }
}

export function PhoneProvider({ children }: { children: ReactNode }) {
  const [wanted, setWanted] = useState(() => canPhone() && localStorage.getItem(wantedKey) === 'on')
  const [elsewhere, setElsewhere] = useState(false)
  const [steals, setSteals] = useState(0)
  const [allowed, setAllowed] = useState(notes)
  const [wakes, setWakes] = useState(false)
  const [phone, setPhone] = useState<Phone | null>(null)
  const [error, setError] = useState<Error | null>(null)
  const [devices, setDevices] = useState(kept)
  const chosen = useRef(devices)

  useEffect(() => {
    if (!wanted) return
    let made: Phone | null = null
    let over = false
    let release: () => void = () => undefined
    const held = new Promise<void>((done) => { release = done })
    const queue = new AbortController()
    const leave = () => { made?.stop(); made = null; setPhone(null) }
    setElsewhere(true)
    navigator.locks.request(lock, steals > 0 ? { steal: true } : { signal: queue.signal }, async () => {
      if (over) return
      setElsewhere(false)
      try {
        const [begun, woken] = await begin(chosen.current)
        made = begun
        if (over) return leave()
        setPhone(made)
        setWakes(woken)
        setError(null)
      } catch (refused) {
        setError(refused as Error)
      }
      await held
    }).catch(() => {
      leave()
      if (!over) setElsewhere(true)
    })
    return () => {
      over = true
      queue.abort()
      release()
      leave()
      setElsewhere(false)
    }
  }, [wanted, steals, allowed])

  const view = useSyncExternalStore(phone?.subscribe ?? noSubscription, phone?.view ?? noView)
  useRinging(view.calls)
  useLeaving(view.calls)
  const ready = view.state === 'ready'
  useEffect(() => { if (ready) void quiet() }, [ready])

  const switchOn = useCallback(() => {
    localStorage.setItem(wantedKey, 'on')
    if (notes() === 'default') void Notification.requestPermission().then(setAllowed)
    setWanted(true)
  }, [])
  const switchOff = useCallback(() => {
    localStorage.removeItem(wantedKey)
    void asleep()
    setError(null)
    setWakes(false)
    setSteals(0)
    setWanted(false)
  }, [])
  const choose = useCallback((next: Devices) => {
    localStorage.setItem(devicesKey, JSON.stringify(next))
    chosen.current = next
    setDevices(next)
    if (phone) phone.devices = next
  }, [phone])
  const dial = useCallback((number: string) => {
    try {
      phone?.call(number)
      setError(null)
    } catch (refused) {
      setError(refused as Error)
    }
  }, [phone])
  const takeOver = useCallback(() => setSteals((times) => times + 1), [])

  const telephone = useMemo(
    () => ({ ...view, wanted, elsewhere, error, devices, wakes, switchOn, switchOff, takeOver, choose, dial, phone }),
    [view, wanted, elsewhere, error, devices, wakes, switchOn, switchOff, takeOver, choose, dial, phone],
  )
  return <TelephoneContext value={telephone}>{children}</TelephoneContext>
}

const noSubscription = () => () => undefined
const noView = () => nothing

const notes = (): NotificationPermission => ('Notification' in window ? Notification.permission : 'denied')

/** The telephone, and whether its browser is woken for it. */
async function begin(devices: Devices): Promise<[Phone, boolean]> {
  const [credential, { Phone }, woken] = await Promise.all([api<Credential>('me/browser-phone', 'POST'), import('./phone'), waking()])
  const phone = new Phone(credential, devices, woken)
  phone.start()
  return [phone, woken !== null]
}

/** Who talks is asked before the page goes. */
function useLeaving(calls: readonly CallView[]): void {
  const talks = calls.some(({ state }) => state === 'talking' || state === 'held')
  useEffect(() => {
    if (!talks) return
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', ask)
    return () => removeEventListener('beforeunload', ask)
  }, [talks])
}
