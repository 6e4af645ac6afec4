/** What was said, word by word: one that is pressed is played, one that is being played stands out, unsure ones are marked. */
import type { SpokenWord } from '../api/types'
import { clock } from '../format'
import { t } from '../i18n'

const unsure = 0.5

export function Transcript({ words, text, at_s, seek }: { words: readonly SpokenWord[]; text: string; at_s: number; seek: (seconds: number) => void }) {
  if (words.length === 0) return <p className="transcript">{text}</p>
  const sure = words.reduce((sum, { confidence }) => sum + confidence, 0) / words.length
  return (
    <figure className="transcript" data-testid="transcript">
      <p>
        {words.map((one, index) => (
          <button
            key={index} type="button" tabIndex={-1} className={`word ${one.confidence < unsure ? 'unsure' : ''} ${at_s > 0 && one.start <= at_s && at_s < one.end ? 'spoken' : ''}`}
            title={`${clock(one.start)} · ${percent(one.confidence)}`} onClick={() => seek(one.start)}
          >
            {one.word}
          </button>
        ))}
      </p>
      <figcaption className="dim small">{t('writtenDown')} · {t('sureOfIt')} {percent(sure)}</figcaption>
    </figure>
  )
}

const percent = (part: number): string => `${String(Math.round(100 * part))} %`
