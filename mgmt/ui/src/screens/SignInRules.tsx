/** How the people of the company sign in: a second factor for everybody, the company's own provider. For owners. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api } from '../api/client'
import { meQuery } from '../api/queries'
import type { Stored } from '../api/types'
import { ssoFields } from '../config/fields'
import { ObjectScreen } from '../config/ObjectScreen'
import { t } from '../i18n'
import { Copy } from '../parts/Copy'
import { Trouble } from '../parts/Notice'

interface Tenant {
  second_factor: 'optional' | 'required'
}

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
  const queries = useQueryClient()
  const { data: me } = useQuery(meQuery)
  const id = me?.tenant?.id
  const key = ['config', 'tenant', id]
  const { data: tenant } = useQuery({ queryKey: key, queryFn: () => api<Stored<Tenant> & { version: number }>(`config/tenant/${id}`), enabled: !!id })
  const change = useMutation({
    mutationFn: (second_factor: Tenant['second_factor']) =>
      api(`config/tenant/${id}`, 'PUT', { ...tenant?.document, second_factor }, `"${tenant?.version}"`),
    onSettled: () => queries.invalidateQueries({ queryKey: key }),
  })
  return (
    <section className="card stack">
      <label className="check">
        <input
          type="checkbox" disabled={!tenant || change.isPending} checked={tenant?.document.second_factor === 'required'}
          onChange={(event) => change.mutate(event.target.checked ? 'required' : 'optional')}
        />
        {t('everybodySecond')}
      </label>
      <p className="dim small">{t('everybodySecondHint')}</p>
      {change.error && <Trouble error={change.error} />}
    </section>
  )
}
