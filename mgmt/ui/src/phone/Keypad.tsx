/** The twelve keys of a telephone; a keyboard's digits do the same while one of them has the focus. */
import { t } from '../i18n'

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#']

export function Keypad({ press }: { press: (key: string) => void }) {
  return (
    <div className="keypad" role="group" aria-label={t('phoneKeypad')} onKeyDown={(event) => { if (keys.includes(event.key)) press(event.key) }}>
      {keys.map((key) => <button type="button" key={key} onClick={() => press(key)}>{key}</button>)}
    </div>
  )
}
