/** A number that calls when it is pressed, while the page is a telephone; else its words. */
import type { ReactNode } from 'react'
import { t } from '../i18n'
import { useTelephone } from './PhoneProvider'

export function Dial({ number, children }: { number: string; children: ReactNode }) {
  const { state, dial } = useTelephone()
  if (state !== 'ready' || !/^[+*#0-9]+$/.test(number)) return <>{children}</>
  return (
    <button type="button" className="link" title={`${t('phoneDial')} ${number}`} onClick={(event) => { event.stopPropagation(); dial(number) }}>
      {children}
    </button>
  )
}
