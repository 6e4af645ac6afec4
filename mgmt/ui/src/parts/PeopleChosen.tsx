/** What is done with several people at once: one after the other, with how far it is, what was refused, and the way back. */
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../api/client'
import { membersQuery, type Member, type Role } from '../api/people'
import { t } from '../i18n'
import { Disable } from './Disable'
import { useDone } from './Undo'

interface Props {
  chosen: Member[]
  givable: readonly Role[]
  none: () => void
}

type Change = Partial<Pick<Member, 'role'>> & { disabled?: boolean }

export function PeopleChosen({ chosen, givable, none }: Props) {
  const queries = useQueryClient()
  const tell = useDone()
  const [done, setDone] = useState<number | null>(null)
  const [refused, setRefused] = useState<string[]>([])
  const [disabling, setDisabling] = useState(false)
  const each = async (make: (one: Member) => Change): Promise<Member[]> => {
    const made: Member[] = []
    setRefused([])
    for (const [index, one] of chosen.entries()) {
      setDone(index)
      await api(`people/${one.id}`, 'PATCH', make(one)).then(() => made.push(one), (why: Error) => setRefused((before) => [...before, `${one.name}: ${why.message}`]))
    }
    setDone(null)
    await queries.invalidateQueries({ queryKey: membersQuery.queryKey })
    return made
  }
  const change = (said: string, make: (one: Member) => Change, before: (one: Member) => Change) =>
    void each(make).then((made) => {
      const back = () => Promise.all(made.map((one) => api(`people/${one.id}`, 'PATCH', before(one)))).then(() => queries.invalidateQueries({ queryKey: membersQuery.queryKey }))
      if (made.length > 0) tell({ text: `${said}: ${String(made.length)}`, back })
    })
  const busy = done !== null
  const away = chosen.filter(({ state }) => state === 'disabled')
  return (
    <section className="card stack chosen-bar" aria-label={t('chosenMany')} data-testid="people-chosen">
      <div className="row">
        <span className="grow strong" role="status">{t('chosenMany')}: {chosen.length}</span>
        <label className="row small">{t('role')}
          <select value="" disabled={busy} onChange={({ target: { value } }) => change(t(value as Role), () => ({ role: value as Role }), ({ role }) => ({ role }))}>
            <option value="" disabled>…</option>
            {givable.map((role) => <option key={role} value={role}>{t(role)}</option>)}
          </select>
        </label>
        {away.length > 0 && <button type="button" disabled={busy} onClick={() => change(t('enable'), () => ({ disabled: false }), ({ state }) => ({ disabled: state === 'disabled' }))}>{t('enable')}</button>}
        {away.length < chosen.length && <button type="button" className="danger" aria-expanded={disabling} disabled={busy} onClick={() => setDisabling(!disabling)}>{t('disable')}</button>}
        <button type="button" onClick={none}>{t('chooseNone')}</button>
      </div>
      {busy && <progress aria-label={t('pWorking')} value={done} max={chosen.length} />}
      {refused.length > 0 && <ul className="problem small" role="alert">{refused.map((one) => <li key={one}>{one}</li>)}</ul>}
      {disabling && <Disable members={chosen.filter(({ state }) => state !== 'disabled')} over={() => { setDisabling(false); none() }} />}
    </section>
  )
}
