/** A window among others of the same browser: each keeps the company that it shows; who is signed in is the same in all of them. */
import type { Me } from './types'

const tenantKey = 'softswitch.tenant'
const whoKey = 'softswitch.who'

let chosen: string | null | undefined
let own: string | null = null

/** The tenant an operator chose in this window, in a new window the one chosen last; null for everybody else. */
export function chosenTenant(): string | null {
  if (chosen === undefined) keep(sessionStorage.getItem(tenantKey) ?? localStorage.getItem(tenantKey))
  return chosen ?? null
}

export function chooseTenant(id: string): void {
  keep(id)
  localStorage.setItem(tenantKey, id)
}

/** Who is signed in by now may not see it, or it is gone. */
export function forgetTenant(): void {
  chosen = null
  sessionStorage.removeItem(tenantKey)
  localStorage.removeItem(tenantKey)
}

function keep(id: string | null): void {
  chosen = id
  if (id !== null) sessionStorage.setItem(tenantKey, id)
}

/** What shows somebody else's things is loaded anew, here and in the other windows: what is done there would be done by who signed in last. */
export function seen(me: Me): Me {
  const who = JSON.stringify([me.home, me.user?.id ?? null, me.operator, me.visitor])
  const before = own
  own = who
  localStorage.setItem(whoKey, who)
  if (before !== null && before !== who) location.reload()
  return me
}

/** Hear of who signs in in another window, and look when the browser shows a page again that was left. */
export function watchSignIns(): void {
  const told = (who: string | null) => { if (own !== null && who !== null && who !== own) location.reload() }
  window.addEventListener('storage', (event) => { if (event.key === whoKey) told(event.newValue) })
  window.addEventListener('pageshow', (event) => { if (event.persisted) told(localStorage.getItem(whoKey)) })
}
