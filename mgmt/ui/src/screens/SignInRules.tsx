/** How the people of the company sign in: a second factor for everybody, the company's own provider. For owners. */
import { useCompany } from '../api/company'
import { ssoFields } from '../config/fields'
import { ObjectScreen } from '../config/ObjectScreen'
import { t } from '../i18n'
import { Copy } from '../parts/Copy'
import { Trouble } from '../parts/Notice'

export function SignInRules() {
  const address = `${location.origin}/login/sso/return`
  return (
    <div className="stack">
      <ObjectScreen
        kind="sso" title="signInRules" empty={['noSso', 'noSsoHint']} fields={ssoFields} returnable={false}
        fresh={{ name: '', issuer: '', client_id: '', domains: [], role: null, only: false, enabled: true }}
        row={(object) => <p className="dim small">{String(object.document.issuer)} · {(object.document.domains as string[]).join(', ')}</p>}
      />
      <section className="card row">
        <p className="grow">{t('redirectAddress')}<br /><code className="breaks">{address}</code></p><Copy text={address} />
      </section>
      <SecondFactor />
    </div>
  )
}

function SecondFactor() {
  const { company, change } = useCompany()
  return (
    <section className="card stack">
      <label className="check">
        <input
          type="checkbox" disabled={!company || change.isPending} checked={company?.second_factor === 'required'}
          onChange={(event) => change.mutate({ second_factor: event.target.checked ? 'required' : 'optional' })}
        />
        {t('everybodySecond')}
      </label>
      <p className="dim small">{t('everybodySecondHint')}</p>
      {change.error && <Trouble error={change.error} />}
    </section>
  )
}
