/** A recording: its waveform from the node's peaks, play, seek, speed, download; and what was said, where it is written down. */
import { useQuery } from '@tanstack/react-query'
import { useCallback, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { address } from '../api/client'
import { peaksQuery } from '../api/queries'
import type { CallTranscript, Short, SpokenWord } from '../api/types'
import { clock } from '../format'
import { t } from '../i18n'
import { Marks } from './Marks'
import { Dialogue, InShort, Transcript } from './Transcript'
import { Waveform } from './Waveform'

const speeds = [1, 1.25, 1.5, 2, 0.75]
const step_s = 10
const key_s = 5

interface Props {
  media: string
  title: string
  said?: { text: string; words: readonly SpokenWord[]; summary: readonly Short[] }
  talk?: { said: CallTranscript; names: readonly [string, string] }
  /** What is said of moments of it. */
  notes?: (at: { at_s: number; seek: (seconds: number) => void }) => ReactNode
}

export function Player({ media, title, said, talk, notes }: Props) {
  const audio = useRef<HTMLAudioElement>(null)
  const { data: peaks } = useQuery(peaksQuery(media))
  const [playing, setPlaying] = useState(false)
  const [at_s, setAt] = useState(0)
  const [speed, setSpeed] = useState(1)
  const duration_s = peaks?.duration_s ?? 0

  const toggle = () => (playing ? audio.current?.pause() : void audio.current?.play().catch(() => setPlaying(false)))
  const seek = useCallback((seconds: number) => {
    if (audio.current) audio.current.currentTime = seconds
    setAt(seconds)
  }, [])
  const faster = () => {
    const next = speeds[(speeds.indexOf(speed) + 1) % speeds.length] ?? 1
    if (audio.current) audio.current.playbackRate = next
    setSpeed(next)
  }
  const by = (seconds: number) => seek(Math.max(0, Math.min(duration_s, at_s + seconds)))
  const press = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'ArrowLeft') by(-key_s)
    else if (event.key === 'ArrowRight') by(key_s)
    else if (event.key === ' ') toggle()
    else return
    event.preventDefault()
  }
  return (
    <div className="player">
      <audio
        ref={audio}
        src={address(`media/${media}`)}
        preload="none"
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onTimeUpdate={(event) => setAt(event.currentTarget.currentTime)}
      />
      {peaks && <Waveform peaks={peaks} played={duration_s ? at_s / duration_s : 0} seek={(part) => seek(part * duration_s)} />}
      <input
        type="range" min={0} max={duration_s || 1} step={0.1} value={Math.min(at_s, duration_s || 1)}
        aria-label={`${t('seek')}: ${title}`} aria-valuetext={`${clock(at_s)} ${t('of')} ${clock(duration_s)}`}
        onChange={(event) => seek(Number(event.target.value))} onKeyDown={press}
      />
      <div className="row">
        <button className="primary" data-testid="play-voicemail" aria-label={`${playing ? t('pause') : t('play')}: ${title}`} onClick={toggle}>
          {playing ? t('pause') : t('play')}
        </button>
        <button type="button" aria-label={`${t('back10')}: ${title}`} onClick={() => by(-step_s)}>{t('back10')}</button>
        <button type="button" aria-label={`${t('ahead10')}: ${title}`} onClick={() => by(step_s)}>{t('ahead10')}</button>
        <span className="number dim">{clock(at_s)} / {clock(duration_s)}</span>
        <button onClick={faster} aria-label={`${t('speed')} ${speed}`}>{speed}×</button>
        <a className="button" href={address(`media/${media}`)} download={`${media}.wav`}>{t('download')}</a>
        <a className="button" href={address(`media/${media}?format=mp3`)} download={`${media}.mp3`} aria-label={`${t('download')}: MP3`}>MP3</a>
      </div>
      {peaks && <Marks peaks={peaks} seek={seek} />}
      {said && said.summary.length > 0 && <InShort phrases={said.summary} seek={seek} />}
      {notes?.({ at_s, seek })}
      {talk && <Dialogue {...talk} at_s={at_s} seek={seek} />}
      {said && <Transcript text={said.text} words={said.words} at_s={at_s} seek={seek} />}
    </div>
  )
}
