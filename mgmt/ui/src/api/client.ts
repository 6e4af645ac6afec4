/** Requests to the node: the chosen tenant and who is shown go along, problems (RFC 9457) come back as `Problem`, in the language of the page. */
import { problemWords, type Wrong } from '../i18n/problems'
import { chosenTenant, forgetTenant, shown } from './window'

const answer_ms_max = 120_000

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}

/** `match` is the version that is changed, as If-Match takes it; null: there is none yet. What is not answered is given up, for others may wait for it. */
export async function api<T>(path: string, method = 'GET', body?: unknown, match?: string | null): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  if (match === null) headers['If-None-Match'] = '*'
  else if (match !== undefined) headers['If-Match'] = match
  const answer = await asked(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal: AbortSignal.timeout(answer_ms_max) })
  return answer.status === 204 ? (undefined as T) : ((await answer.json()) as T)
}

/** A file as the body of a request. */
export async function send<T>(path: string, file: Blob, type: string, method = 'POST'): Promise<T> {
  const answer = await asked(path, { method, headers: { Accept: 'application/json', 'Content-Type': type }, body: file })
  return (await answer.json()) as T
}

/** Has the node make a file, and the browser keep it. */
export async function fetched(path: string, name: string): Promise<void> {
  const answer = await asked(path, { method: 'POST', headers: { Accept: '*/*' } })
  const link = document.createElement('a')
  link.href = URL.createObjectURL(await answer.blob())
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

/** The answer of the node, unless it refuses. What is refused to this person or this company begins anew. */
async function asked(path: string, init: RequestInit & { headers: Record<string, string> }): Promise<Response> {
  const tenant = chosenTenant(), person = shown()
  const answer = await reached(path, { ...init, headers: { ...init.headers, ...(tenant && { 'X-Tenant': tenant }), ...(person && { 'X-Signed-In-As': person }) } })
  if (answer.ok) return answer
  const refused = await problem(answer)
  if (refused.status === 401 && !refused.code.startsWith('wrong_')) location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`)
  if (refused.code === 'other_person') location.reload()
  if (tenant && (refused.code === 'other_tenant' || (path === 'me' && refused.status === 404))) {
    forgetTenant()
    location.reload()
  }
  throw refused
}

/** A lost connection is a problem like others. */
async function reached(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`/api/v1/${path}`, init)
  } catch {
    throw new Problem(0, 'offline', problemWords(0, 'offline', 'The node cannot be reached.'))
  }
}

async function problem(answer: Response): Promise<Problem> {
  const { status, statusText } = answer
  try {
    const { code = 'error', detail, title, errors } = (await answer.json()) as { code?: string; detail?: string; title?: string; errors?: Wrong[] }
    return new Problem(status, code, problemWords(status, code, detail ?? title ?? statusText, errors))
  } catch {
    return new Problem(status, 'error', problemWords(status, 'error', `${status} ${statusText}`))
  }
}

/** An address for elements that load by themselves (audio, event stream): they send no headers. */
export function address(path: string): string {
  const tenant = chosenTenant()
  return `/api/v1/${path}${tenant ? `${path.includes('?') ? '&' : '?'}tenant=${encodeURIComponent(tenant)}` : ''}`
}
