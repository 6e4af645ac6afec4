import { useState } from 'react'
import type { SipMessage } from '../api/types'
import { t } from '../i18n'
import { ladder, type Arrow } from '../ladder'

/** Every SIP message of a call between its parties; one shows itself whole. */
export function LadderView({ messages }: { messages: SipMessage[] }) {
  const [shown, setShown] = useState<SipMessage | null>(null)
  const { columns, arrows, width, height } = ladder(messages)
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
            <Row key={index} arrow={arrow} pick={() => setShown(arrow.message === shown ? null : arrow.message)} width={width} />
          ))}
        </svg>
      </div>
      {shown && <pre tabIndex={0}>{shown.raw}</pre>}
    </div>
  )
}

function Row({ arrow, pick, width }: { arrow: Arrow; pick: () => void; width: number }) {
  const { x1, x2, y, message, at_ms } = arrow
  const back = x2 < x1 ? 7 : -7
  return (
    <g
      data-testid="ladder-message" role="button" tabIndex={0} aria-label={`${t('showMessage')}: ${message.summary}`}
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
