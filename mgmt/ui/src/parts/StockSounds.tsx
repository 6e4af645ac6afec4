/** What the node itself says to callers, whose voice it is, and on which terms a recorded voice may be used. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { address } from '../api/client'
import { soundsQuery } from '../api/queries'
import type { StockSounds as Sounds } from '../api/types'
import { language, t } from '../i18n'
import { Loading, Trouble } from './Notice'

const names = new Intl.DisplayNames(language, { type: 'language' })

export function StockSounds() {
  const [open, setOpen] = useState(false)
  return (
    <details className="card" data-testid="stock-sounds" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary><h2>{t('pStock')}</h2></summary>
      {open && <Said />}
    </details>
  )
}

function Said() {
  const [spoken, setSpoken] = useState('')
  const [text, setText] = useState('')
  const { data, error, refetch } = useQuery(soundsQuery(spoken))
  if (error) return <Trouble error={error} again={() => void refetch()} />
  if (!data) return <Loading />
  const wanted = text.trim().toLowerCase()
  const found = data.data.filter((one) => `sound:${one.name} ${one.text}`.toLowerCase().includes(wanted))
  return (
    <div className="stack">
      <p className="dim small">{t('pStockHint')}</p>
      <div className="row">
        <label>{t('language')}
          <select value={data.language} onChange={({ target }) => setSpoken(target.value)}>
            {data.languages.map((one) => <option key={one} value={one}>{names.of(one)}</option>)}
          </select>
        </label>
        <label className="grow">{t('pStockFind')}<input type="search" value={text} onChange={({ target }) => setText(target.value)} /></label>
      </div>
      {data.voice && <Credit voice={data.voice} />}
      <ul className="plain stack">
        {found.map(({ name, text: words, recorded }) => (
          <li key={name} className="row">
            <div className="grow">
              <code>sound:{name}</code>{recorded && <> <span className="pill">{t('pRecorded')}</span></>}
              <div className="dim small" lang={data.language}>{words}</div>
            </div>
            <audio controls preload="none" src={address(`sounds/${data.language}/${name}`)} aria-label={name} />
          </li>
        ))}
      </ul>
    </div>
  )
}

function Credit({ voice }: { voice: NonNullable<Sounds['voice']> }) {
  return (
    <p className="small" data-testid="voice-credit">
      {t('pVoice')}: {voice.speaker} · {t('pLicence')}: {voice.licence_url ? <a href={voice.licence_url} rel="noreferrer" target="_blank">{voice.licence}</a> : voice.licence}
      {' · '}{voice.source ? <a href={voice.source} rel="noreferrer" target="_blank">{voice.name}</a> : voice.name}. {t('pChanges')}
    </p>
  )
}
