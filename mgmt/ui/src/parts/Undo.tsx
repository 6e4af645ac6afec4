/** What was just done, with the way back, for some seconds: instead of asking before. */
import { createContext, useCallback, useContext, useEffect, useState, type ReactNode } from 'react'
import { t } from '../i18n'

const shown_ms = 12_000

interface Done {
  text: string
  back: (() => Promise<unknown>) | null
}

const UndoContext = createContext<(done: Done | null) => void>(() => undefined)

/** Says what was done; `back` undoes it. With null nothing is offered any more: something new was begun. */
export const useDone = (): ((done: Done | null) => void) => useContext(UndoContext)

export function UndoProvider({ children }: { children: ReactNode }) {
  const [done, setDone] = useState<Done | null>(null)
  const [error, setError] = useState('')
  const tell = useCallback((next: Done | null) => { setError(''); setDone(next) }, [])
  useEffect(() => {
    if (!done) return
    const timer = setTimeout(() => setDone(null), shown_ms)
    return () => clearTimeout(timer)
  }, [done])
  const back = () => void done?.back?.().then(() => setDone(null), (refused: Error) => setError(refused.message))
  return (
    <UndoContext value={tell}>
      {children}
      <div className="toast-place" role="status">
        {done && (
          <div className="toast" data-testid="toast">
            <span>{error || done.text}</span>
            {done.back && !error && <button type="button" onClick={back}>{t('undo')}</button>}
            <button type="button" aria-label={t('navClose')} onClick={() => setDone(null)}>✕</button>
          </div>
        )}
      </div>
    </UndoContext>
  )
}
