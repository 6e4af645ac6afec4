/** Where callers give up, flow by flow: a step leads to its place in the flow. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { flowsQuery } from '../api/queries'
import { DropOff, type Days } from '../flow/DropOff'
import { t } from '../i18n'

export function FlowDropOff({ days }: { days: Days }) {
  const { data } = useQuery(flowsQuery)
  const [chosen, setChosen] = useState('')
  const go = useNavigate()
  const flow = data?.data.find(({ id }) => id === chosen) ?? data?.data[0]
  if (!data || !flow) return null
  return (
    <>
      {data.data.length > 1 && (
        <label className="card row">
          {t('flow')}
          <select value={flow.id} onChange={(event) => setChosen(event.target.value)}>
            {data.data.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
          </select>
        </label>
      )}
      <DropOff key={flow.id} flow={flow} of={days} choose={(step) => void go(`/flow?${new URLSearchParams({ flow: flow.id, step }).toString()}`)} />
    </>
  )
}
