/** The call flow as a chart one can read, and a simulator that walks it. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { flowsQuery } from '../api/queries'
import { t } from '../i18n'
import { FlowChart } from '../parts/FlowChart'
import { Empty, Loading, Trouble } from '../parts/Notice'
import { Simulator } from '../parts/Simulator'

export default function Flow() {
  const { data, error, isPending, refetch } = useQuery(flowsQuery)
  const [chosen, setChosen] = useState<string | null>(null)
  const [visited, setVisited] = useState<ReadonlySet<string>>(new Set())
  if (isPending) return <Loading />
  if (error) return <Trouble error={error} again={() => void refetch()} />
  const flow = data.data.find(({ id }) => id === chosen) ?? data.data[0]
  if (!flow) return <Empty title={t('flow')} hint={t('noCallsHint')} />
  return (
    <>
      <div className="head">
        <h1>{t('flow')}: {flow.name}</h1>
        {data.data.length > 1 && (
          <label>
            {t('flow')}
            <select value={flow.id} onChange={(event) => setChosen(event.target.value)}>
              {data.data.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
            </select>
          </label>
        )}
        <span className="chip">{t('version')} {flow.version}</span>
      </div>
      <div className="stack">
        {flow.problems.length > 0
          ? <div className="problem" role="alert"><ul>{flow.problems.map((one, index) => <li key={index}>{one.text}</li>)}</ul></div>
          : <p className="dim small">{t('noProblems')}</p>}
        <FlowChart flow={flow} visited={visited} />
        <Simulator onPath={setVisited} />
      </div>
    </>
  )
}
