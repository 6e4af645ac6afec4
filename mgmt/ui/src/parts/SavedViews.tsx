/** The saved views of the screen that is looked at: go to one, save what is shown, remove one; in the address, so links work too. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { Link, useLocation } from 'react-router'
import { api } from '../api/client'
import { shows, viewAddress, viewsQuery, type SavedView } from '../api/views'
import { t } from '../i18n'
import { Trouble } from './Notice'
import { useDone } from './Undo'

export function SavedViews() {
  const { pathname, search } = useLocation()
  const queries = useQueryClient()
  const tell = useDone()
  const { data } = useQuery(viewsQuery)
  const [name, setName] = useState<string | null>(null)
  const onSuccess = () => queries.invalidateQueries({ queryKey: viewsQuery.queryKey })
  const keep = (view: Pick<SavedView, 'name' | 'screen' | 'query'>) => api('me/views', 'POST', view).then(onSuccess)
  const save = useMutation({
    mutationFn: () => keep({ name: name ?? '', screen: pathname, query: search.slice(1) }),
    onSuccess: () => setName(null),
  })
  const forget = (view: SavedView) => void api(`me/views/${view.id}`, 'DELETE').then(onSuccess)
    .then(() => tell({ text: `${view.name}: ${t('viewRemoved')}`, back: () => keep({ name: view.name, screen: view.screen, query: view.query }) }))
  const submit = (event: FormEvent) => { event.preventDefault(); save.mutate() }
  const mine = data?.data.filter(({ screen }) => screen === pathname) ?? []
  return (
    <section className="row views" aria-label={t('savedViews')} data-testid="saved-views">
      {mine.map((view) => (
        <span key={view.id} className="view">
          <Link to={viewAddress(view)} aria-current={shows(view, pathname, search) ? 'page' : undefined}>{view.name}</Link>
          <button type="button" aria-label={`${t('viewRemove')}: ${view.name}`} onClick={() => forget(view)}>✕</button>
        </span>
      ))}
      {name === null
        ? <button type="button" className="small" onClick={() => setName('')}>{t('viewSave')}</button>
        : (
          <form className="row" onSubmit={submit} onKeyDown={(event) => event.key === 'Escape' && setName(null)}>
            <input autoFocus required maxLength={60} aria-label={t('viewName')} placeholder={t('viewName')} value={name} onChange={(event) => setName(event.target.value)} />
            <button type="submit" className="primary" disabled={save.isPending}>{t('save')}</button>
            <button type="button" onClick={() => setName(null)}>{t('cancel')}</button>
          </form>
        )}
      {save.error && <Trouble error={save.error} />}
    </section>
  )
}
