import { useState, type FormEvent } from 'react'
import { useQuery } from '@tanstack/react-query'
import { api } from '../api/client'
import type { Page, Simulation } from '../api/types'
import { t, word } from '../i18n'
import { Trouble } from './Notice'
import { Steps } from './Steps'

interface Numbered {
  id: string
}

/** The same code as a live call, without the call: which way a caller would go, and why. */
export function Simulator({ onPath }: { onPath: (nodes: ReadonlySet<string>) => void }) {
  const { data: numbers } = useQuery({ queryKey: ['numbers'], queryFn: () => api<Page<Numbered>>('config/number') })
  const [result, setResult] = useState<Simulation | null>(null)
  const [error, setError] = useState<Error | null>(null)
  const run = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const at = String(form.get('at'))
    const asked = { number: form.get('number'), from: form.get('from'), keys: form.get('keys'), ...(at && { at: new Date(at).toISOString() }) }
    try {
      const found = await api<Simulation>('simulate', 'POST', asked)
      setResult(found)
      setError(null)
      onPath(new Set(found.steps.flatMap((step) => (step.node ? [step.node] : []))))
    } catch (refused) {
      setError(refused as Error)
    }
  }
  return (
    <section className="card stack">
      <h2>{t('simulator')}</h2>
      <form className="row" onSubmit={(event) => void run(event)}>
        <label>
          {t('to')}
          <select name="number" required>{numbers?.data.map(({ id }) => <option key={id}>{id}</option>)}</select>
        </label>
        <label>{t('from')}<input name="from" defaultValue="+12025550100" required /></label>
        <label>{t('at')}<input name="at" type="datetime-local" /></label>
        <label>{t('keys')}<input name="keys" defaultValue="3" size={6} /></label>
        <button className="primary" data-testid="sim-run" type="submit">{t('run')}</button>
      </form>
      {error && <Trouble error={error} />}
      {result && (
        <div className="stack" role="status">
          <p className="strong">{word(result.outcome)} · {result.duration_s.toFixed(1)} s</p>
          <Steps steps={result.steps} />
        </div>
      )}
    </section>
  )
}
