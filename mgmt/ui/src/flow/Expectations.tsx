/** What the company expects of its calls, tried for the coming week. */
import { useQuery } from '@tanstack/react-query'
import { flowQueries } from '../api/queries'
import { t } from '../i18n'
import { Moment } from '../parts/Moment'
import { Steps } from '../parts/Steps'

export function Expectations() {
  const { data } = useQuery(flowQueries.expectations)
  if (!data) return null
  return (
    <section className="card stack">
      <h2>{t('expectations')}</h2>
      {data.data.length === 0 && <p className="dim small">{t('noExpectations')}</p>}
      <ul className="stack">{data.data.map((one) => (
        <li key={one.id}>
          <span className={one.met ? 'chip good' : 'chip bad'}>{one.met ? `✓ ${t('met')}` : `✕ ${t('unmet')}`}</span> <span className="strong">{one.name}</span>
          {one.waived && <span className="dim"> · {t('waived')}: {one.waived}</span>}
          {!one.met && <details><summary>{one.at && <Moment at={one.at} />}: {one.why}</summary>{one.steps && <Steps steps={one.steps} />}</details>}
        </li>
      ))}</ul>
    </section>
  )
}
