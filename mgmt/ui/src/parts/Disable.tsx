/** People are disabled: what they leave (voice messages, numbers of their own) goes to a colleague, as one change that can be taken back. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../api/client'
import { membersQuery, type Member } from '../api/people'
import { phone } from '../format'
import { t } from '../i18n'
import { Trouble } from './Notice'
import { useDone } from './Undo'

type Heirs = Partial<Record<'voicemail_to' | 'numbers_to', string>>

/** Whether somebody has to be asked where it goes. Pure. */
export const leaves = (members: readonly Member[]): boolean => members.some(({ numbers, mailboxes }) => numbers.length + mailboxes.length > 0)

export function Disable({ members, over }: { members: Member[]; over: () => void }) {
  const queries = useQueryClient()
  const tell = useDone()
  const everybody = useQuery(membersQuery).data?.data ?? []
  const [heirs, setHeirs] = useState<Heirs>({})
  const heirsOf = everybody.filter((one) => one.state !== 'disabled' && !members.some(({ id }) => id === one.id))
  const again = () => queries.invalidateQueries({ queryKey: membersQuery.queryKey })
  const disable = useMutation({
    mutationFn: async () => {
      const made: { before: Member; version: number }[] = []
      for (const before of members) {
        const { version } = await api<Member>(`people/${before.id}`, 'PATCH', { disabled: true, ...heirs })
        made.push({ before, version })
      }
      return made
    },
    onSuccess: (made) => {
      const back = async () => {
        for (const { before, version } of made) {
          const objects = [['user', before.id], ...(heirs.numbers_to ? before.numbers.map((id) => ['number', id]) : []), ...(heirs.voicemail_to ? before.mailboxes.map((id) => ['mailbox', id]) : [])]
          for (const [kind, id] of objects) await api(`config-rollback?to=${String(version - 1)}&kind=${kind!}&id=${encodeURIComponent(id!)}`, 'POST')
        }
        await again()
      }
      tell({ text: `${t('personDisabled')}: ${members.map(({ name }) => name).join(', ')}`, back })
      over()
    },
    onSettled: again,
  })
  const numbers = members.flatMap((one) => one.numbers)
  const mailboxes = members.flatMap((one) => one.mailboxes)
  const choice = (field: keyof Heirs, label: string) => (
    <label>{label}
      <select value={heirs[field] ?? ''} onChange={(event) => setHeirs({ ...heirs, [field]: event.target.value || undefined })}>
        <option value="">{t('diStays')}</option>
        {heirsOf.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
      </select>
    </label>
  )
  return (
    <div className="card stack" role="group" aria-label={t('disable')} data-testid="disable">
      <p>{t('diHint')}</p>
      {mailboxes.length > 0 && choice('voicemail_to', `${t('diVoicemail')} (${mailboxes.join(', ')})`)}
      {numbers.length > 0 && choice('numbers_to', `${t('diNumbers')} (${numbers.map(phone).join(', ')})`)}
      {disable.error && <Trouble error={disable.error} />}
      <div className="row">
        <button type="button" className="danger" disabled={disable.isPending} onClick={() => disable.mutate()}>{t('disable')}: {members.map(({ name }) => name).join(', ')}</button>
        <button type="button" onClick={over}>{t('cancel')}</button>
      </div>
    </div>
  )
}
