/** Waiting, nothing there, not working: the three states every list has besides its rows. */
import type { ReactNode } from 'react'
import { t } from '../i18n'

export const Loading = () => (
  <div className="stack" aria-busy="true">
    {[0, 1, 2].map((row) => <div key={row} className="skeleton" />)}
  </div>
)

export const Empty = ({ title, hint, children }: { title: string; hint: string; children?: ReactNode }) => (
  <div className="card empty">
    <p className="strong">{title}</p>
    <p className="dim">{hint}</p>
    {children}
  </div>
)

export const Trouble = ({ error, again }: { error: Error; again?: () => void }) => (
  <div className="problem" role="alert">
    <span>{error.message}</span>
    {again && <button onClick={again}>{t('tryAgain')}</button>}
  </div>
)
