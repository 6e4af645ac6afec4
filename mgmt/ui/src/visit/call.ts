/** A visitor's call from a page of another site (`dist/clickconnect.js`): one INVITE to the URI that the node gave, no account. */
import JsSIP from 'jssip'

type State = 'talking' | 'ended' | 'failed'
interface Visit { urls: Partial<Record<'ws' | 'wss', string>>; uri: string }

/** Begins at once; `tell` hears what becomes of it. */
export function call(visit: Visit, tell: (state: State) => void): { hangUp: () => void } {
  const url = location.protocol === 'https:' ? visit.urls.wss : visit.urls.ws ?? visit.urls.wss
  if (!url) throw new Error('no way to call from this page')
  const domain = visit.uri.slice(visit.uri.lastIndexOf('@') + 1)
  const ua = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(url)], uri: `sip:visitor@${domain}`, register: false, session_timers: true,
  })
  const sound = new Audio()
  sound.autoplay = true
  let isOver = false
  const over = (state: State) => {
    if (isOver) return
    isOver = true
    sound.srcObject = null
    ua.stop()
    tell(state)
  }
  ua.on('connected', () => {
    const session = ua.call(visit.uri, {
      mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] },
      eventHandlers: {
        confirmed: () => tell('talking'), ended: () => over('ended'), failed: () => over('failed'),
      },
    })
    session.connection.addEventListener('track', (event) => {
      sound.srcObject = event.streams[0] ?? new MediaStream([event.track])
    })
  })
  ua.on('disconnected', () => over('failed'))
  ua.start()
  return { hangUp: () => { ua.terminateSessions(); over('ended') } }
}
