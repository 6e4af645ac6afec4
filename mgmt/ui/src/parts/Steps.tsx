import type { Step } from '../api/types'
import { secondsAfter } from '../format'

/** What the node decided, with the seconds after the call began. */
export function Steps({ steps }: { steps: Step[] }) {
  const start = steps[0]?.at
  return (
    <ol className="timeline">
      {steps.map((step, index) => (
        <li key={index} data-testid="step">
          <time dateTime={step.at}>{`+${(step.offset_s ?? secondsAfter(start!, step.at)).toFixed(1)} s`}</time>
          <div className="what">
            {step.text} {step.node && <span className="chip">{step.node}</span>}
          </div>
        </li>
      ))}
    </ol>
  )
}
