/** The feature codes of the company: what to dial for what; owners and managers choose other ones. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { api } from '../api/client'
import { featuresQuery, meQuery } from '../api/queries'
import type { Feature, Page } from '../api/types'
import { t } from '../i18n'
import type { Key } from '../i18n/en'
import { Loading, Trouble } from '../parts/Notice'
import { Scroll } from '../parts/Scroll'
import { changes } from '../places'

const behind: Record<Feature['argument'], Key | null> = {
  none: null, extension: 'argExtension', number: 'argNumber', slot: 'argSlot', 'optional slot': 'argOptionalSlot',
  'optional number': 'argOptionalNumber',
}

export function Features() {
  const { data, error } = useQuery(featuresQuery)
  const { data: me } = useQuery(meQuery)
  const manages = changes(me, 'configuration')
  return (
    <>
      <div className="head"><h1>{t('features')}</h1></div>
      {error && <Trouble error={error} />}
      {!error && !data && <Loading />}
      {data && <Codes features={data.data} manages={manages} />}
    </>
  )
}

function Codes({ features, manages }: { features: Feature[]; manages: boolean }) {
  const queries = useQueryClient()
  const [error, setError] = useState<Error | null>(null)
  const [saved, setSaved] = useState(false)
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const changed = features.filter(({ id, code }) => form.get(id) !== code)
    const codes = changed.map(({ id, usual }) => [id, form.get(id) === usual ? null : form.get(id)])
    try {
      queries.setQueryData(featuresQuery.queryKey, await api<Page<Feature>>('features', 'PATCH', Object.fromEntries(codes)))
      setError(null)
      setSaved(true)
    } catch (refused) {
      setError(refused as Error)
    }
  }
  return (
    <form className="stack" onSubmit={(event) => void save(event)} onChange={() => setSaved(false)}>
      <Scroll card label={t('features')}>
        <table data-testid="features">
          <thead><tr><th>{t('code')}</th><th>{t('feature')}</th></tr></thead>
          <tbody>
            {features.map((one) => (
              <tr key={one.id}>
                <td className="row">
                  {manages
                    ? <input name={one.id} defaultValue={one.code} size={7} aria-label={`${t('code')}: ${one.text}`} autoComplete="off" />
                    : <strong>{one.code || '–'}</strong>}
                  {behind[one.argument] && <span className="dim">+ {t(behind[one.argument]!)}</span>}
                </td>
                <td>{one.text}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {error && <Trouble error={error} />}
      {manages && (
        <div className="row">
          <button className="primary" type="submit">{t('save')}</button>
          {saved && <span role="status">{t('saved')}</span>}
          <span className="dim small">{t('codesHint')}</span>
        </div>
      )}
    </form>
  )
}
