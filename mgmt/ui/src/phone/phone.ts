/** A telephone in a page: registers over WebSocket (RFC 7118), rings, calls, and comes back when the connection was lost. */
import { UA, WebSocketInterface } from 'jssip'
import type { IncomingRTCSessionEvent, OutgoingRTCSessionEvent } from 'jssip/lib/UA'
import { Call } from './call'
import type { Credential, Devices, PhoneState, PhoneView } from './types'
import { contactOf, instanceOf, type Waking } from './waking'

const register_s = 120
const asleep_s = 7 * 24 * 3600
const again_min_s = 2
const again_max_s = 30
const ended_shown_ms = 4000
export const calls_max = 4

export class Phone {
  private readonly ua: UA
  private readonly listeners = new Set<() => void>()
  private readonly calls: Call[] = []
  private shown: PhoneView = { state: 'off', problem: '', calls: [] }
  private again: ReturnType<typeof setTimeout> | undefined
  private again_s = again_min_s
  private readonly fresh: ReturnType<typeof setInterval> | undefined
  /** Called for each call that rings here. */
  onRing: (call: Call) => void = () => undefined

  /** `waking`: how it is woken once its page is closed; it stays registered for days then, and says every minute that it is here. */
  constructor(readonly credential: Credential, public devices: Devices = { microphone: '', speaker: '' }, waking: Waking | null = null) {
    const { domain, username, realm, ha1, name } = credential
    this.ua = new UA({
      sockets: [new WebSocketInterface(addressOf(credential, location.protocol))],
      uri: `sip:${username}@${domain}`, display_name: name, realm, ha1, session_timers: false, register_expires: waking ? asleep_s : register_s,
      ...(waking && { contact_uri: contactOf(waking.contact, credential.username), instance_id: instanceOf(waking.id) }),
      connection_recovery_min_interval: again_min_s, connection_recovery_max_interval: again_max_s,
    })
    this.ua.on('connecting', () => this.become('starting'))
    this.ua.on('disconnected', () => this.become('offline'))
    this.ua.on('registered', () => {
      this.again_s = again_min_s
      this.become('ready')
    })
    this.ua.on('registrationFailed', ({ cause }) => this.refused(String(cause ?? '')))
    if (waking) this.fresh = setInterval(() => { if (this.ua.isRegistered()) this.ua.register() }, 500 * register_s)
    this.ua.on('newRTCSession', (event: IncomingRTCSessionEvent | OutgoingRTCSessionEvent) => this.began(event))
  }

  /** What there is to show; the same object until something changes. */
  view = (): PhoneView => this.shown

  /** Told after every change; the answer ends that. */
  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  start(): void {
    this.become('starting')
    this.ua.start()
  }

  /** Hangs up, takes the registration back and closes the connection. */
  stop(): void {
    clearTimeout(this.again)
    clearInterval(this.fresh)
    this.ua.stop()
    this.become('off')
  }

  /** Calls an extension, a number or a feature code. Raises an Error while it is not ready. */
  call(number: string): Call {
    if (!this.ua.isRegistered()) throw new Error('The telephone is not connected.')
    if (this.live().length >= calls_max) throw new Error('There are enough calls already.')
    this.others(null).forEach((one) => one.hold())
    const session = this.ua.call(this.uri(number), this.options())
    return this.calls.find((one) => one.is(session))!
  }

  /** Answers; who was talked with before is held. */
  answer(call: Call): void {
    this.others(call).forEach((one) => one.hold())
    call.accept(this.options())
  }

  /** Goes on with a call that was held; who was talked with meanwhile is held. */
  resume(call: Call): void {
    this.others(call).forEach((one) => one.hold())
    call.resume()
  }

  /** Sends the other side elsewhere without asking first. */
  transfer(call: Call, number: string): void {
    call.refer(this.uri(number))
  }

  /** Joins the other sides of two calls, and leaves both: `call` is told to take the place of this page in `other`. */
  join(call: Call, other: Call): void {
    call.refer(this.uri(other.view.number), other)
  }

  find = (id: string): Call | undefined => this.calls.find((one) => one.view.id === id)

  private uri = (number: string) => `sip:${encodeURIComponent(number.replace(/[ ()./-]/g, ''))}@${this.credential.domain}`

  private live = () => this.calls.filter((one) => one.view.state !== 'ended')

  private others = (but: Call | null) => this.live().filter((one) => one !== but && one.view.state === 'talking')

  private options() {
    const { microphone } = this.devices
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, ...(microphone && { deviceId: microphone }) }
    return { mediaConstraints: { audio, video: false }, pcConfig: { iceServers: this.credential.ice_servers } }
  }

  private began({ session, originator }: IncomingRTCSessionEvent | OutgoingRTCSessionEvent): void {
    if (String(originator) === 'remote' && this.live().length >= calls_max) return session.terminate({ status_code: 486 })
    const call = new Call(session, String(originator) === 'remote', () => this.devices.speaker, () => this.changed(call))
    this.calls.push(call)
    this.changed(call)
    if (call.view.incoming) this.onRing(call)
  }

  private changed(call: Call): void {
    if (call.view.state === 'ended') setTimeout(() => this.forget(call), ended_shown_ms)
    this.show({ calls: this.calls.map((one) => one.view) })
  }

  private forget(call: Call): void {
    const at = this.calls.indexOf(call)
    if (at < 0) return
    this.calls.splice(at, 1)
    this.show({ calls: this.calls.map((one) => one.view) })
  }

  private refused(cause: string): void {
    this.show({ state: 'refused', problem: cause })
    clearTimeout(this.again)
    this.again = setTimeout(() => this.ua.register(), 1000 * this.again_s)
    this.again_s = Math.min(again_max_s, 2 * this.again_s)
  }

  private become(state: PhoneState): void {
    this.show({ state, problem: '' })
  }

  private show(part: Partial<PhoneView>): void {
    this.shown = { ...this.shown, ...part }
    this.listeners.forEach((listener) => listener())
  }
}

/** Pages that came by TLS may open secure connections only. Raises an Error when the node has none that fits. Pure. */
export function addressOf({ urls }: Pick<Credential, 'urls'>, protocol: string): string {
  const found = protocol === 'https:' ? urls.wss : (urls.ws ?? urls.wss)
  if (!found) throw new Error('This node has no secure WebSocket (sip_wss_port).')
  return found
}
