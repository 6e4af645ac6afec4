/** What was said, word by word: one that is pressed is played, one that is being played stands out, unsure ones are marked. */
import { memo, useEffect, useRef } from 'react'
import type { CallTranscript, Short, SpokenLine, SpokenWord } from '../api/types'
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

/** What two said to each other, line by line: one that is pressed is played, the one that is being played stands out. */
export function Dialogue({ said, names, at_s, seek }: { said: CallTranscript; names: readonly [string, string]; at_s: number; seek: (seconds: number) => void }) {
  const list = useRef<HTMLOListElement>(null)
  const current = at_s > 0 ? said.lines.findLastIndex(({ start }) => start <= at_s) : -1
  useEffect(() => {
    const line = list.current?.children[current]
    if (line instanceof HTMLElement && list.current) list.current.scrollTo({ top: line.offsetTop - list.current.offsetTop - list.current.clientHeight / 3 })
  }, [current])
  const words = said.lines.flatMap((line) => line.words)
  const sure = words.length > 0 ? words.reduce((sum, { confidence }) => sum + confidence, 0) / words.length : null
  return (
    <figure className="transcript" data-testid="dialogue">
      {said.lines.length > 0 && (
        <ol ref={list} className="dialogue" tabIndex={0} aria-label={t('transcript')}>
          {said.lines.map((line, index) => (
            <Line key={index} line={line} name={names[line.party]} spoken={index === current ? line.words.findLastIndex(({ start }) => start <= at_s) : null} seek={seek} />
          ))}
        </ol>
      )}
      {said.done && said.lines.length === 0 && said.failed.length === 0 && <p className="dim">{t('nobodySpoke')}</p>}
      {said.failed.map(([from_s, to_s]) => <p key={from_s} className="dim small">{clock(from_s)}–{clock(to_s)}: {t('notUnderstood')}</p>)}
      {!said.done && <p className="dim" role="status">{t('writingDown')} {clock(said.written_s)}</p>}
      {sure !== null && <figcaption className="dim small">{t('writtenDown')} ({said.engine}) · {t('sureOfIt')} {percent(sure)}</figcaption>}
    </figure>
  )
}

const Line = memo(function Line({ line, name, spoken, seek }: { line: SpokenLine; name: string; spoken: number | null; seek: (seconds: number) => void }) {
  return (
    <li className={spoken === null ? '' : 'current'} aria-current={spoken !== null || undefined} data-testid="line">
      <button type="button" className="link number" onClick={() => seek(line.start)} aria-label={`${clock(line.start)} ${name}: ${line.text}`}>{clock(line.start)}</button>
      <p>
        <span className={`strong party${String(line.party)}`}>{name}</span>{' '}
        {line.words.map((one, index) => (
          <button
            key={index} type="button" tabIndex={-1} className={`word ${one.confidence < unsure ? 'unsure' : ''} ${index === spoken ? 'spoken' : ''}`}
            title={`${clock(one.start)} · ${percent(one.confidence)}`} onClick={() => seek(one.start)}
          >
            {one.word}
          </button>
        ))}
      </p>
    </li>
  )
})

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
