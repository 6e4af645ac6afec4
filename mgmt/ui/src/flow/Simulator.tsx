/** The same code as a live call, without the call: which way a caller would go, and why; or all ways. */
import { useState, type FormEvent } from 'react'
import { useQuery } from '@tanstack/react-query'
import { api } from '../api/client'
import type { Page } from '../api/types'
import type { FlowDocument, Paths, Simulation } from './types'
import { t, word } from '../i18n'
import { Trouble } from '../parts/Notice'
import { Steps } from '../parts/Steps'

interface Numbered {
  id: string
}

export function Simulator({ flow, document, onPath }: { flow: string; document: FlowDocument | null; onPath: (nodes: ReadonlySet<string>) => void }) {
  const { data: numbers } = useQuery({ queryKey: ['numbers'], queryFn: () => api<Page<Numbered>>('config/number') })
  const [paths, setPaths] = useState<Paths | null>(null)
  const [chosen, setChosen] = useState(0)
  const [error, setError] = useState<Error | null>(null)
  const result = paths?.paths[chosen]
  const show = (found: Paths, at: number) => {
    setPaths(found)
    setChosen(at)
    onPath(new Set(found.paths[at]?.steps.flatMap((step) => (step.node ? [step.node] : []))))
  }
  const run = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const all = (event.nativeEvent as SubmitEvent).submitter?.getAttribute('value') === 'all'
    const at = String(form.get('at'))
    const number = String(form.get('number'))
    const asked = {
      ...(number ? { number, ...(document && { flow, document }) } : { flow, ...(document && { document }) }),
      from: form.get('from'), ...(at && { at: new Date(at).toISOString() }), ...(all ? { paths: true } : { keys: form.get('keys') }),
    }
    try {
      const found = all ? await api<Paths>('simulate', 'POST', asked) : { paths: [{ choices: [], ...(await api<Simulation>('simulate', 'POST', asked)) }], complete: true }
      setError(null)
      show(found, 0)
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
          <select name="number">
            {numbers?.data.map(({ id }) => <option key={id}>{id}</option>)}
            <option value="">{t('thisFlow')}</option>
          </select>
        </label>
        <label>{t('from')}<input name="from" defaultValue="+12025550100" required /></label>
        <label>{t('at')}<input name="at" type="datetime-local" /></label>
        <label>{t('keys')}<input name="keys" defaultValue="3" size={6} /></label>
        <button className="primary" data-testid="sim-run" type="submit">{t('run')}</button>
        <button data-testid="sim-paths" type="submit" value="all">{t('allPaths')}</button>
      </form>
      {document && <p className="dim small">{t('triesDraft')}</p>}
      {error && <Trouble error={error} />}
      {paths && paths.paths.length > 1 && (
        <label>
          {t('path')} ({paths.paths.length}{paths.complete ? '' : '+'})
          <select value={chosen} data-testid="path" onChange={(event) => show(paths, Number(event.target.value))}>
            {paths.paths.map((path, index) => <option key={index} value={index}>{path.choices.join('; ') || '–'} ⇒ {word(path.outcome)}</option>)}
          </select>
        </label>
      )}
      {result && (
        <div className="stack" role="status">
          <p className="strong">
            {word(result.outcome)} · {result.duration_s.toFixed(1)} s · {t('waited')} {result.waited_s.toFixed(1)} s
          </p>
          <ul className="small">{result.heard.map((one, index) => <li key={index}>♪ {one.text || one.prompt}</li>)}</ul>
          <Steps steps={result.steps} />
        </div>
      )}
    </section>
  )
}
