import { useState } from 'react'
import type { SipMessage } from '../api/types'
import { t } from '../i18n'
import { compared, ladder, type Arrow } from '../ladder'

const signs = { same: ' ', gone: '−', new: '+' } as const

/** Every SIP message of a call between its parties; one shows itself whole, two show what differs. */
export function LadderView({ messages }: { messages: SipMessage[] }) {
  const [shown, setShown] = useState<SipMessage | null>(null)
  const [against, setAgainst] = useState<SipMessage | 'choosing' | null>(null)
  const { columns, arrows, width, height } = ladder(messages)
  const pick = (message: SipMessage) => {
    if (against === 'choosing' && shown && message !== shown) setAgainst(message)
    else { setAgainst(null); setShown(message === shown ? null : message) }
  }
  if (!messages.length) return <p className="dim">{t('noMessages')}</p>
  return (
    <div className="stack">
      <div className="scroll" tabIndex={0} role="region" aria-label={t('signalling')}>
        <svg className="ladder" viewBox={`0 0 ${width} ${height}`} width={width} role="group" aria-label={t('signalling')}>
          {columns.map(({ name, x }) => (
            <g key={name}>
              <text x={x} y={18} textAnchor="middle" className="dim">{name}</text>
              <line x1={x} x2={x} y1={28} y2={height} />
            </g>
          ))}
          {arrows.map((arrow, index) => (
            <Row key={index} arrow={arrow} pick={() => pick(arrow.message)} width={width} />
          ))}
        </svg>
      </div>
      {shown && (
        <div className="row small">
          <strong className="grow">{shown.summary}{against && against !== 'choosing' && <> → {against.summary}</>}</strong>
          {against === null
            ? <button type="button" onClick={() => setAgainst('choosing')}>{t('compareWith')}</button>
            : <button type="button" onClick={() => setAgainst(null)}>{t('cancel')}</button>}
          {against === 'choosing' && <span role="status" className="dim">{t('compareChoose')}</span>}
        </div>
      )}
      {shown && (against === null || against === 'choosing') && <pre tabIndex={0}>{shown.raw}</pre>}
      {shown && against !== null && against !== 'choosing' && (
        <pre tabIndex={0} data-testid="message-diff">
          {compared(shown.raw, against.raw).map(({ text, look }, at) => <span key={at} className={`line ${look}`}>{signs[look]} {text}{'\n'}</span>)}
        </pre>
      )}
    </div>
  )
}

function Row({ arrow, pick, width }: { arrow: Arrow; pick: () => void; width: number }) {
  const { x1, x2, y, message, at_ms } = arrow
  const back = x2 < x1 ? 7 : -7
  return (
    <g
      data-testid="ladder-message" role="button" tabIndex={0}
      onClick={pick} onKeyDown={(event) => (event.key === 'Enter' || event.key === ' ') && pick()}
    >
      <rect x={0} y={y - 24} width={width} height={30} fill="transparent" />
      <text x={(x1 + x2) / 2} y={y - 7} textAnchor="middle">{message.summary.length > 34 ? `${message.summary.slice(0, 33)}…` : message.summary}</text>
      <path className="arrow" d={`M${x1} ${y}H${x2}`} />
      <path className="tip" d={`M${x2} ${y}l${back} -4v8z`} />
      <text x={width - 4} y={y + 4} textAnchor="end" className="dim">{`+${at_ms.toFixed(at_ms < 100 ? 1 : 0)} ms`}</text>
    </g>
  )
}
