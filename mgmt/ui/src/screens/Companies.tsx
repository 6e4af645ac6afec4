/** The companies that a reseller or an operator looks after: look into one, make one with its first owner, suspend, close. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { IN_SERVICE, STATUS } from '../account'
import { api } from '../api/client'
import { chooseTenant } from '../api/window'
import { companiesQuery, type Company, type Invited } from '../api/people'
import { t } from '../i18n'
import { CloseAccount } from '../parts/CloseAccount'
import { Empty, Loading, Trouble } from '../parts/Notice'
import { Secret } from '../parts/Secret'
import { useDone } from '../parts/Undo'

export function Companies() {
  const { data, error, isPending, refetch } = useQuery(companiesQuery)
  return (
    <>
      <div className="head"><h1>{t('companies')}</h1></div>
      <div className="stack">
        <NewCompany />
        {isPending && <Loading />}
        {error && <Trouble error={error} again={() => void refetch()} />}
        {data?.data.length === 0 && <Empty title={t('noCompanies')} hint={t('noCompaniesHint')} />}
        {data?.data.map((company) => <Row key={company.id} company={company} />)}
      </div>
    </>
  )
}

function Row({ company }: { company: Company }) {
  const queries = useQueryClient()
  const tell = useDone()
  const set = (status: Company['status']) => api(`tenants/${company.id}`, 'PATCH', { status })
    .then(() => queries.invalidateQueries({ queryKey: companiesQuery.queryKey }))
  const change = useMutation({ mutationFn: set })
  const done = (status: Company['status']) => tell({ text: `${company.name}: ${t(STATUS[status])}`, back: () => set(company.status) })
  const become = (status: Company['status']) => change.mutate(status, { onSuccess: () => done(status) })
  const look = () => {
    chooseTenant(company.id)
    location.assign('/app/people')
  }
  const active = IN_SERVICE.includes(company.status)
  return (
    <article className="card row" data-testid="company">
      <div className="grow">
        <h2>{company.name} <span className={`pill ${active ? 'good' : 'bad'}`}>{t(STATUS[company.status])}</span></h2>
        <p className="dim small">
          {[company.parent && `${t('under')} ${company.parent}`, `${company.people} ${t('people').toLowerCase()}`, `${company.numbers} ${t('numbersShort')}`, company.consents && t('helpersIn')].filter(Boolean).join(' · ')}
        </p>
        {change.error && <Trouble error={change.error} />}
      </div>
      <button onClick={look}>{t('open')}</button>
      <button className={active ? 'danger' : ''} disabled={change.isPending} onClick={() => become(active ? 'suspended' : 'active')}>{t(active ? 'suspend' : 'activate')}</button>
      {company.status === 'suspended' && <CloseAccount company={company.name} close={() => set('closed').then(() => done('closed'))} />}
    </article>
  )
}

function NewCompany() {
  const queries = useQueryClient()
  const [given, setGiven] = useState({ company: '', name: '', email: '' })
  const add = useMutation({
    mutationFn: () => api<Invited>('tenants', 'POST', { name: given.company, owner: { name: given.name, email: given.email } }),
    onSuccess: () => {
      setGiven({ company: '', name: '', email: '' })
      return queries.invalidateQueries()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate()
  }
  return (
    <form className="card stack" onSubmit={submit}>
      <h2>{t('newCompany')}</h2>
      <div className="row">
        <label className="grow">{t('tenant')}<input required maxLength={120} value={given.company} onChange={(event) => setGiven({ ...given, company: event.target.value })} /></label>
        <label className="grow">{t('firstOwner')}<input required maxLength={120} value={given.name} onChange={(event) => setGiven({ ...given, name: event.target.value })} /></label>
        <label className="grow">{t('email')}<input type="email" required maxLength={254} value={given.email} onChange={(event) => setGiven({ ...given, email: event.target.value })} /></label>
        <button type="submit" className="primary" disabled={add.isPending}>{t('newCompanyDo')}</button>
      </div>
      {add.error && <Trouble error={add.error} />}
      {add.data && <Secret id="invitation" text={add.data.link} hint={`${add.data.person.name}: ${t(add.data.mailed ? 'linkMailed' : 'linkOnce')}`} />}
    </form>
  )
}
