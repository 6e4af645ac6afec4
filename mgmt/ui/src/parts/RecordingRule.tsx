/** Whether calls are recorded and written down, and what callers from outside hear of it, for who runs the company. */
import type { Company } from '../api/company'
import { notices } from '../config/fields'
import { t } from '../i18n'
import { CompanyDialog } from './CompanyDialog'

export function RecordingRule() {
  return (
    <CompanyDialog
      id="recording-rule" title="recordingRule" hint="fNoticeHint"
      said={(form) => ({ record_calls: form.get('records') !== null, transcribe_calls: form.get('transcribes') !== null, recording_notice: String(form.get('notice')) as Company['recording_notice'] })}
      fields={(company) => (
        <>
          <label className="check"><input name="records" type="checkbox" defaultChecked={company?.record_calls} />{t('recordCalls')}</label>
          <label className="check"><input name="transcribes" type="checkbox" defaultChecked={company?.transcribe_calls} />{t('transcribeCalls')}</label>
          <p className="dim small">{t('transcribeHint')}</p>
          <label>
            {t('fNotice')}
            <select name="notice" defaultValue={company?.recording_notice}>
              {notices.map(([value, words]) => <option key={value} value={value}>{t(words)}</option>)}
            </select>
          </label>
        </>
      )}
    />
  )
}
