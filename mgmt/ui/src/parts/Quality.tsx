import type { QualityWindow } from '../api/types'
import { grade } from '../format'
import { t } from '../i18n'

/** A MOS in its colour; what was not measured is said, never guessed. */
export const Mos = ({ value }: { value: number | null }) => (
  <span className={`pill ${grade(value)}`}>{value === null ? t('notMeasured') : `MOS ${value.toFixed(2)}`}</span>
)

/** The windows of one direction as bars, MOS 1 to 4.5. */
export function QualityBars({ windows, label }: { windows: QualityWindow[]; label: string }) {
  return (
    <div className="bars" role="img" aria-label={label}>
      {windows.map((window) => (
        <span
          key={window.at}
          className={grade(window.mos)}
          style={{ height: `${window.mos === null ? 8 : ((window.mos - 1) / 3.5) * 100}%` }}
          title={`${window.mos?.toFixed(2) ?? t('notMeasured')}${window.reason ? ` (${window.reason})` : ''}`}
        />
      ))}
    </div>
  )
}
