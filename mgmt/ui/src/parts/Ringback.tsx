/** What callers who were answered hear while somebody is rung, for who runs the company. */
import type { Prompt, Stored } from '../api/types'
import { t } from '../i18n'
import { CompanyDialog } from './CompanyDialog'

export function Ringback({ prompts }: { prompts: Stored<Prompt>[] }) {
  return (
    <CompanyDialog
      id="ringback" title="ringback" hint="ringbackHint" said={(form) => ({ ringback: String(form.get('prompt')) || null })}
      fields={(company) => (
        <label>
          {t('prompt')}
          <select name="prompt" defaultValue={company?.ringback ?? ''}>
            <option value="">{t('ringbackTone')}</option>
            {prompts.map(({ id, document }) => <option key={id} value={id}>{document.name}</option>)}
          </select>
        </label>
      )}
    />
  )
}
