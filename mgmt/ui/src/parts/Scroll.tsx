import type { ReactNode } from 'react'

/** What is wider than a small screen is moved sideways, by the keyboard too. */
export const Scroll = ({ label, card = false, children }: { label: string; card?: boolean; children: ReactNode }) => (
  <div className={`scroll ${card ? 'card' : ''}`} tabIndex={0} role="group" aria-label={label}>{children}</div>
)
