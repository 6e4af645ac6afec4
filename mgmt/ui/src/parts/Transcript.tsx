/** What was said, word by word: one that is pressed is played, one that is being played stands out, unsure ones are marked. */
import type { Short, SpokenWord } from '../api/types'
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

/** A long message in short: its own phrases, which are played when pressed, or what an engine made of it. */
export function InShort({ phrases, seek }: { phrases: readonly Short[]; seek: (seconds: number) => void }) {
  const own = phrases.every(({ start }) => start !== null)
  return (
    <section className="transcript" aria-label={t('inShort')} data-testid="in-short">
      <p className="dim small">{t('inShort')} · {t(own ? 'inShortOwn' : 'inShortEngine')}</p>
      <ul>
        {phrases.map(({ start, text }, index) => (
          <li key={index}>{start === null ? text : <button type="button" className="word" onClick={() => seek(start)}>{clock(start)} {text}</button>}</li>
        ))}
      </ul>
    </section>
  )
}

const percent = (part: number): string => `${String(Math.round(100 * part))} %`
