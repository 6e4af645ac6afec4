/** How soon customers should have an answer: the service level of the inbox, for who runs the company. */
import { t } from '../i18n'
import { CompanyDialog } from './CompanyDialog'

const within_min_max = 20_160

export function ServiceLevel() {
  return (
    <CompanyDialog
      id="answer-within" title="answerWithin" hint="answerWithinHint"
      said={(form) => ({ answer_within_min: form.get('within') ? Number(form.get('within')) : null })}
      fields={(company) => (
        <label>
          {t('answerWithinMin')}
          <input name="within" type="number" min={1} max={within_min_max} step={1} defaultValue={company?.answer_within_min ?? ''} autoComplete="off" />
        </label>
      )}
    />
  )
}
