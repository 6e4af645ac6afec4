/** One call of the telephone in the page: what can be done with it, what it shows, what is heard. */
import type { RTCSession } from 'jssip/lib/RTCSession'
import { choose } from './sound'
import { watch } from './stats'
import type { CallState, CallView } from './types'

type Answering = Parameters<RTCSession['answer']>[0]

/** How long a call waits for paths through STUN and TURN servers after its first one: a server that does not answer delays nothing for longer. */
const paths_ms = 1000

let made = 0

export class Call {
  private shown: CallView
  private readonly player = new Audio()
  private stopWatching: () => void = () => undefined

  constructor(private readonly session: RTCSession, incoming: boolean, private readonly speaker: () => string, private readonly tell: () => void) {
    const { uri, display_name } = session.remote_identity
    this.shown = {
      id: `call-${String(++made)}`, incoming, number: decodeURIComponent(uri.user), name: display_name ?? '', state: incoming ? 'ringing' : 'calling',
      muted: false, rings: false, answered_at_ms: null, quality: null, transfer: '', cause: '',
    }
    if (session.connection) this.wire(session.connection)
    else session.on('peerconnection', ({ peerconnection }) => this.wire(peerconnection))
    session.on('icecandidate', ({ ready }) => { setTimeout(ready, paths_ms) })
    session.on('progress', ({ originator, response }: { originator: unknown; response?: { body?: string } }) => { if (String(originator) === 'remote') this.show({ rings: !response?.body }) })
    session.on('confirmed', () => this.begun())
    session.on('accepted', () => this.begun())
    session.on('hold', ({ originator }) => { if (String(originator) === 'local') this.become('held') })
    session.on('unhold', ({ originator }) => { if (String(originator) === 'local') this.become('talking') })
    session.on('muted', () => this.show({ muted: true }))
    session.on('unmuted', () => this.show({ muted: false }))
    session.on('ended', ({ cause }) => this.over(cause))
    session.on('failed', ({ cause }) => this.over(cause))
  }

  get view(): CallView {
    return this.shown
  }

  is = (session: RTCSession): boolean => this.session === session

  /** What the other side says, for who wants to look at it or record it. */
  get stream(): MediaStream | null {
    return this.player.srcObject as MediaStream | null
  }

  accept(options: Answering): void {
    this.session.answer(options)
  }

  hangUp(): void {
    if (this.shown.state === 'ended') return
    if (this.shown.state === 'ringing') this.session.terminate({ status_code: 486 })
    else this.session.terminate()
  }

  hold(): void {
    if (this.shown.state === 'talking') this.session.hold()
  }

  resume(): void {
    if (this.shown.state === 'held') this.session.unhold()
  }

  mute(on: boolean): void {
    if (on) this.session.mute({ audio: true })
    else this.session.unmute({ audio: true })
  }

  /** Keys of a telephone, in the media (RFC 4733). */
  press(keys: string): void {
    this.session.sendDTMF(keys, { transportType: 'RFC2833' as never })
  }

  /** RFC 3515; with another call RFC 3891. */
  refer(uri: string, other?: Call): void {
    this.show({ transfer: 'asked' })
    this.session.refer(uri, {
      ...(other && { replaces: other.session }),
      eventHandlers: {
        requestFailed: () => this.show({ transfer: 'refused' }),
        failed: () => this.show({ transfer: 'refused' }),
        accepted: () => { this.hangUp(); other?.hangUp() },
      },
    })
  }

  private wire(connection: RTCPeerConnection): void {
    connection.addEventListener('track', ({ streams, track }) => {
      this.player.srcObject = streams[0] ?? new MediaStream([track])
      void choose(this.player, this.speaker()).then(() => this.player.play()).catch(() => undefined)
    })
    this.stopWatching()
    this.stopWatching = watch(connection, (quality) => { if (this.shown.state === 'talking') this.show({ quality }) })
  }

  private begun(): void {
    if (this.shown.answered_at_ms === null) this.show({ state: 'talking', rings: false, answered_at_ms: Date.now() })
  }

  private over(cause: string): void {
    this.stopWatching()
    this.player.srcObject = null
    this.show({ state: 'ended', rings: false, cause, quality: null })
  }

  private become(state: CallState): void {
    this.show({ state })
  }

  private show(part: Partial<CallView>): void {
    this.shown = { ...this.shown, ...part }
    this.tell()
  }
}
