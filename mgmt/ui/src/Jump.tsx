/** Ctrl+K: to a screen, a person or the calls with a number, by a few letters. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState, type KeyboardEvent } from 'react'
import { useNavigate } from 'react-router'
import { meQuery, placesQuery } from './api/queries'
import { viewAddress, viewsQuery } from './api/views'
import { t } from './i18n'
import { useTelephone } from './phone/PhoneProvider'
import { seenBy } from './places'

const shown_max = 8

interface Goal {
  id: string
  name: string
  more: string
  go: () => void
}

export function Jump() {
  const dialog = useRef<HTMLDialogElement>(null)
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const { data: me } = useQuery(meQuery)
  const { data: places } = useQuery(placesQuery)
  const { data: views } = useQuery(viewsQuery)
  const navigate = useNavigate()
  const { state, dial } = useTelephone()
  useEffect(() => {
    const open = (event: globalThis.KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      setText('')
      setAt(0)
      dialog.current?.showModal()
    }
    addEventListener('keydown', open)
    return () => removeEventListener('keydown', open)
  }, [])
  const wanted = text.trim().toLowerCase()
  const goals: Goal[] = [
    ...seenBy(me).map(({ to, name }): Goal => ({ id: to, name: t(name), more: '', go: () => void navigate(to) })),
    ...(views?.data ?? []).map((view): Goal => ({ id: `view ${view.id}`, name: view.name, more: t('savedViews'), go: () => void navigate(viewAddress(view)) })),
    ...(places ?? []).filter(({ kind, extension }) => kind === 'user' && extension).map((one): Goal => ({
      id: `person ${one.id}`, name: one.name, more: `${state === 'ready' ? t('phoneDial') : t('jumpFind')} ${one.extension!}`,
      go: () => { if (state === 'ready') dial(one.extension!); else void navigate(`/calls?party=${encodeURIComponent(one.extension!)}`) },
    })),
  ].filter(({ name, more }) => `${name} ${more}`.toLowerCase().includes(wanted))
  const call: Goal[] = /^c[0-9a-f]{16,}$/.test(wanted) ? [{ id: 'call', name: t('call'), more: wanted, go: () => void navigate(`/calls/${wanted}`) }] : []
  const find: Goal[] = wanted ? [{ id: 'find', name: `${t('jumpFind')} “${text.trim()}”`, more: '', go: () => void navigate(`/calls?party=${encodeURIComponent(text.trim())}`) }] : []
  const found = [...call, ...goals.slice(0, shown_max), ...find]
  const chosen = Math.min(at, found.length - 1)
  const go = (goal: Goal | undefined) => {
    dialog.current?.close()
    goal?.go()
  }
  const press = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt(Math.min(chosen + 1, found.length - 1))
    else if (event.key === 'ArrowUp') setAt(Math.max(chosen - 1, 0))
    else if (event.key === 'Enter') go(found[chosen])
    else return
    event.preventDefault()
  }
  return (
    <dialog ref={dialog} className="jump" aria-label={t('jump')}>
      <input
        type="text" role="combobox" aria-expanded="true" aria-controls="jump-list" aria-activedescendant={found[chosen] && `jump-${String(chosen)}`} aria-label={t('jumpHint')}
        placeholder={t('jumpHint')} autoComplete="off" value={text} onKeyDown={press} onChange={(event) => { setText(event.target.value); setAt(0) }}
      />
      <ul id="jump-list" role="listbox" aria-label={t('jump')}>
        {found.map((goal, index) => (
          <li key={goal.id} id={`jump-${String(index)}`} role="option" aria-selected={index === chosen} onClick={() => go(goal)}>
            <span>{goal.name}</span> <span className="dim small">{goal.more}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="dim">{t('jumpNothing')}</p>}
    </dialog>
  )
}
