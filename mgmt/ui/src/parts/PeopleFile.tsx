/** Many people are invited by one file: first what is in it and what is wrong with which row, then the invitations. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ChangeEvent } from 'react'
import { send } from '../api/client'
import { membersQuery, type InvitedFile } from '../api/people'
import { t } from '../i18n'
import { Copy } from './Copy'
import { Trouble } from './Notice'
import { Scroll } from './Scroll'

export function PeopleFile() {
  const queries = useQueryClient()
  const [file, setFile] = useState<File | null>(null)
  const look = useMutation({ mutationFn: (chosen: File) => send<InvitedFile>('people/import?dry_run=1', chosen, 'text/csv') })
  const invite = useMutation({
    mutationFn: (chosen: File) => send<InvitedFile>('people/import', chosen, 'text/csv'),
    onSuccess: () => queries.invalidateQueries({ queryKey: membersQuery.queryKey }),
  })
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const chosen = event.target.files?.[0] ?? null
    event.target.value = ''
    invite.reset()
    setFile(chosen)
    if (chosen) look.mutate(chosen)
  }
  const found = invite.data ?? look.data
  const fine = look.data ? look.data.data.length - look.data.wrong : 0
  const error = look.error ?? invite.error
  return (
    <details className="card">
      <summary>{t('pfTitle')}</summary>
      <div className="stack" data-testid="people-file">
        <p className="dim small">{t('pfHint')} <code>name,email,role,extension</code></p>
        <label>{t('importFile')}<input type="file" accept=".csv,text/csv" disabled={look.isPending || invite.isPending} onChange={choose} /></label>
        {error && <Trouble error={error} />}
        {(look.isPending || invite.isPending) && <progress aria-label={t('pWorking')} />}
        {found && (
          <>
            <p role="status">{invite.data ? `${t('pfInvited')}: ${String(invite.data.invited)}` : `${t('pfCanBe')}: ${String(fine)}`}{found.wrong > 0 && ` · ${t('pfWrong')}: ${String(found.wrong)}`}</p>
            <Scroll label={t('pfTitle')}>
              <table>
                <thead><tr>{(['row', 'state', 'name', 'email', 'role', 'extension'] as const).map((head) => <th key={head} scope="col">{t(head)}</th>)}</tr></thead>
                <tbody>
                  {[...found.data].sort((a, b) => Number(a.why === null) - Number(b.why === null)).map((one) => (
                    <tr key={one.row} data-testid="people-row">
                      <td className="number">{one.row}</td>
                      <td>{one.why !== null ? <span className="bad">✖ {one.why}</span> : <span className="good">✔</span>} {one.link && <Copy text={one.link} />}</td>
                      <td>{one.name}</td><td>{one.email}</td><td>{one.role}</td><td className="number">{one.extension || t('pfNext')}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Scroll>
            {invite.data?.data.some(({ link }) => link) && <p className="small">{t('pfLinks')}</p>}
            {!invite.data && file && fine > 0 && <button type="button" className="primary" disabled={invite.isPending} onClick={() => invite.mutate(file)}>{t('invite')}: {fine}</button>}
          </>
        )}
      </div>
    </details>
  )
}
