/** What is known of a recording beside its sound: who knew of it, and where it is masked or paused. */
import type { Peaks } from '../api/types'
import { clock } from '../format'
import { t } from '../i18n'
import type { Key } from '../i18n/en'

const consents: Record<NonNullable<Peaks['consent']>['answer'], Key> = { told: 'consentTold', agreed: 'consentAgreed', refused: 'consentRefused', unanswered: 'consentUnanswered' }

/** The parts of a recording that are silent by order, in seconds of its sound. Pure. */
export const maskedParts = ({ marks, duration_s }: Peaks): [from_s: number, to_s: number][] =>
  marks.flatMap((mark, index) => (mark.mode === 'mask' ? [[mark.offset_s, Math.min(marks[index + 1]?.offset_s ?? duration_s, duration_s)] as [number, number]] : []))

export function Marks({ peaks, seek }: { peaks: Peaks; seek: (seconds: number) => void }) {
  const { consent, marks, duration_s } = peaks
  const masked = maskedParts(peaks)
  const paused = marks.filter(({ mode, offset_s }) => mode === 'pause' && offset_s <= duration_s)
  if (!consent && masked.length + paused.length === 0) return null
  return (
    <div className="row dim small" data-testid="marks">
      {consent && <span>{t(consents[consent.answer])}</span>}
      {masked.map(([from_s, to_s]) => (
        <button key={`m${String(from_s)}`} type="button" className="link number" onClick={() => seek(from_s)}>{t('masked')} {clock(from_s)}–{clock(to_s)}</button>
      ))}
      {paused.map(({ offset_s, at }) => (
        <button key={`p${String(at)}`} type="button" className="link number" onClick={() => seek(offset_s)}>{t('pausedAt')} {clock(offset_s)}</button>
      ))}
    </div>
  )
}
