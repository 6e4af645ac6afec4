/** Things that the node does only for who has just proved who they are: asks, then does them. */
import { useState, type FormEvent, type ReactNode } from 'react'
import { api, Problem } from '../api/client'
import { t } from '../i18n'
import { Trouble } from './Notice'

type Work = () => Promise<unknown>

/** `run` does a work, after a confirmation when one is wanted; `asking` belongs on the page. */
export function useConfirmed(): { run: (work: Work) => Promise<void>; asking: ReactNode; error: Error | null } {
  const [waiting, setWaiting] = useState<Work | null>(null)
  const [error, setError] = useState<Error | null>(null)
  const run = async (work: Work) => {
    setError(null)
    try {
      await work()
    } catch (trouble) {
      if (trouble instanceof Problem && trouble.code === 'confirm_first') setWaiting(() => work)
      else setError(trouble as Error)
    }
  }
  const again = async () => {
    const work = waiting
    setWaiting(null)
    if (work) await run(work)
  }
  return { run, error, asking: waiting && <Ask done={() => void again()} cancel={() => setWaiting(null)} /> }
}

function Ask({ done, cancel }: { done: () => void; cancel: () => void }) {
  const [given, setGiven] = useState('')
  const [error, setError] = useState<Error | null>(null)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const body = /^[0-9 ]{6,7}$/.test(given) ? { code: given } : { password: given }
    api('me/confirm', 'POST', body).then(done, setError)
  }
  return (
    <form className="card stack" role="dialog" aria-label={t('confirmTitle')} onSubmit={submit}>
      <label>
        {t('confirmHint')}
        <input type="password" autoComplete="current-password" autoFocus required value={given} onChange={(event) => setGiven(event.target.value)} />
      </label>
      {error && <Trouble error={error} />}
      <div className="row">
        <button type="submit" className="primary">{t('confirmDo')}</button>
        <button type="button" onClick={cancel}>{t('cancel')}</button>
      </div>
    </form>
  )
}
