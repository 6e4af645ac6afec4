/** Which microphone and loudspeaker, and whether they work: a bar that moves, a tone that is heard. */
import { useEffect, useState } from 'react'
import { t } from '../i18n'
import { Trouble } from '../parts/Notice'
import { useTelephone } from './PhoneProvider'
import { chime, meter } from './sound'

export function DeviceTest({ done }: { done: () => void }) {
  const { devices, choose } = useTelephone()
  const [level, setLevel] = useState(0)
  const [found, setFound] = useState<MediaDeviceInfo[]>([])
  const [error, setError] = useState<Error | null>(null)

  useEffect(() => {
    let over = false
    let stop: () => void = () => undefined
    const audio = devices.microphone ? { deviceId: { exact: devices.microphone } } : true
    navigator.mediaDevices.getUserMedia({ audio }).then(async (stream) => {
      const end = meter(stream, setLevel)
      stop = () => { end(); stream.getTracks().forEach((track) => track.stop()) }
      if (over) return stop()
      setError(null)
      setFound(await navigator.mediaDevices.enumerateDevices())
    }).catch(setError)
    return () => { over = true; stop() }
  }, [devices.microphone])

  const list = (kind: MediaDeviceKind) => found.filter((one) => one.kind === kind && one.deviceId !== '' && one.deviceId !== 'default')
  const percent = Math.round(100 * level)
  return (
    <div className="stack" data-testid="device-test">
      {error && <Trouble error={error} />}
      <label>
        {t('phoneMicrophone')}
        <select value={devices.microphone} onChange={(event) => choose({ ...devices, microphone: event.target.value })}>
          <option value="">{t('phoneDefault')}</option>
          {list('audioinput').map((one) => <option key={one.deviceId} value={one.deviceId}>{one.label}</option>)}
        </select>
      </label>
      <div className="level" role="meter" aria-label={t('phoneLevel')} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent}>
        <span style={{ width: `${percent}%` }} />
      </div>
      <p className="dim small">{t('phoneSay')}</p>
      <label>
        {t('phoneSpeaker')}
        <select value={devices.speaker} onChange={(event) => choose({ ...devices, speaker: event.target.value })}>
          <option value="">{t('phoneDefault')}</option>
          {list('audiooutput').map((one) => <option key={one.deviceId} value={one.deviceId}>{one.label}</option>)}
        </select>
      </label>
      <div className="row">
        <button type="button" onClick={() => void chime(devices.speaker)}>{t('phoneChime')}</button>
        <button type="button" onClick={done}>{t('phoneLeave')}</button>
      </div>
    </div>
  )
}
