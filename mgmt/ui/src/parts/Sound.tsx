/** How a call sounded: who is to blame, quality over time, and what was heard in its recording. */
import { useQuery } from '@tanstack/react-query'
import { address } from '../api/client'
import { callQualityQuery } from '../api/queries'
import type { HeardChannel } from '../api/quality'
import type { Call } from '../api/types'
import { clock } from '../format'
import { language, t } from '../i18n'
import { Mos } from './Quality'

const number = (value: number | null, unit: string) => (value === null ? t('notMeasured') : `${value.toFixed(0)} ${unit}`)

export function Sound({ call }: { call: Call }) {
  const { data } = useQuery(callQualityQuery(call.id))
  if (!data) return null
  const { verdicts, heard, waiting } = data
  return (
    <section className="card stack" data-testid="sound">
      <h2>{t('howItSounded')}</h2>
      {verdicts.length === 0 && <p className="dim">{t('nobodyToBlame')}</p>}
      {verdicts.length > 0 && <ul>{verdicts.map(({ text }) => <li key={text.en}>{text[language]}</li>)}</ul>}
      <img className="wide-picture" src={address(`calls/${call.id}/timeline.svg`)} alt={t('overTime')} />
      {call.recording && !heard && <p className="dim">{t(waiting ? 'listening' : 'unheard')}</p>}
      {call.recording && heard && (
        <>
          <h3>{t('inTheSound')}</h3>
          <div className="columns">
            {heard.channels.map((channel, index) => <Channel key={index} channel={channel} name={t(index ? 'heardBy' : 'saidBy')} />)}
          </div>
          <img className="wide-picture" src={address(`media/${call.recording}/waveform.svg?lang=${language}`)} alt={t('waveformPicture')} />
          <img className="wide-picture" src={address(`media/${call.recording}/spectrogram.png`)} alt={t('spectrogram')} />
        </>
      )}
    </section>
  )
}

function Channel({ channel, name }: { channel: HeardChannel; name: string }) {
  return (
    <div className="stack">
      <div className="row"><span className="grow strong">{name}</span><Mos value={channel.mos} /></div>
      <p className="dim small number">
        {t('level')} {number(channel.level_dbov, 'dBov')} · {t('noise')} {number(channel.noise_dbov, 'dBov')} · {t('speech')}{' '}
        {(100 * channel.activity).toFixed(0)} %{channel.error !== null && ` · ${t('estimate')} ± ${channel.error.toFixed(2)}`}
      </p>
      {channel.defects.length === 0 && <p className="dim small">{t('noFaults')}</p>}
      <ul>
        {channel.defects.slice(0, 12).map((one) => (
          <li key={`${one.fault} ${one.start_s}`}>
            <span className="number">{clock(one.start_s)}–{clock(one.end_s)}</span> {one.text[language]}{' '}
            <span className="dim small">({one.value} {one.unit})</span>
          </li>
        ))}
      </ul>
    </div>
  )
}
