/** A window among others of the same browser: each keeps the company that it shows; who is signed in is the same in all of them. */
import type { Me } from './types'

const tenantKey = 'softswitch.tenant'
const whoKey = 'softswitch.who'

let chosen: string | undefined
let own: string | null = null

/** The tenant an operator chose in this window, in a new window the one chosen last; null: their own, as everybody else's. */
export function chosenTenant(): string | null {
  return (chosen ?? keep(sessionStorage.getItem(tenantKey) ?? localStorage.getItem(tenantKey) ?? '')) || null
}

export function chooseTenant(id: string): void {
  keep(id)
  localStorage.setItem(tenantKey, id)
}

/** Who is signed in by now may not see it, or it is gone. */
export function forgetTenant(): void {
  keep('')
  localStorage.removeItem(tenantKey)
}

/** Loaded anew it is the same, also where none was chosen. */
function keep(id: string): string {
  sessionStorage.setItem(tenantKey, id)
  return (chosen = id)
}

/** Whom the page shows: what is done there is done by nobody else. Null: not known yet. */
export const shown = (): string | null => own

/** What shows somebody else's things is loaded anew, here and in the other windows. */
export function seen(me: Me): Me {
  const before = own
  own = me.signed_in_as
  localStorage.setItem(whoKey, own)
  if (before !== null && before !== own) location.reload()
  return me
}

/** Hear of who signs in in another window, and look when the browser shows a page again that was left. */
export function watchSignIns(): void {
  const told = (who: string | null) => { if (own !== null && who !== null && who !== own) location.reload() }
  window.addEventListener('storage', (event) => { if (event.key === whoKey) told(event.newValue) })
  window.addEventListener('pageshow', (event) => { if (event.persisted) told(localStorage.getItem(whoKey)) })
}
