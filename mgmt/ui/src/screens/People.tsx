/** The people of the company: who there is, invitations, roles, links to come in with, disabling. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { Link } from 'react-router'
import { api } from '../api/client'
import { membersQuery, roles, supportQuery, type Invited, type Member, type Role } from '../api/people'
import { meQuery } from '../api/queries'
import type { Me } from '../api/types'
import { t } from '../i18n'
import type { Key } from '../i18n/en'
import { Disable, leaves } from '../parts/Disable'
import { Moment } from '../parts/Moment'
import { Loading, Trouble } from '../parts/Notice'
import { PeopleChosen } from '../parts/PeopleChosen'
import { PeopleFile } from '../parts/PeopleFile'
import { Roles } from '../parts/Roles'
import { Secret } from '../parts/Secret'

const states: Record<Member['state'], Key> = { active: 'personActive', invited: 'personInvited', disabled: 'personDisabled', no_sign_in: 'personNoSignIn' }

/** The roles that somebody may give. Pure. */
export const givable = (me: Me | undefined): readonly Role[] => {
  const own = me?.user?.role
  if (me?.operator || own === 'reseller') return roles
  return own === 'owner' ? roles.slice(0, 4) : roles.slice(0, 3)
}

export function People() {
  const { data: me } = useQuery(meQuery)
  const { data, error, isPending, refetch } = useQuery(membersQuery)
  const [chosen, choose] = useState<readonly string[]>([])
  const members = data?.data ?? []
  const changes = me?.rights?.people === 'change' && !me.visitor
  return (
    <>
      <div className="head">
        <h1>{t('people')}</h1>
        {changes && givable(me).includes('owner') && <Link className="button" to="/people/sign-in">{t('signInRules')}</Link>}
      </div>
      <div className="stack">
        {changes && <Invite me={me} />}
        {changes && <PeopleFile />}
        {changes && chosen.length > 0 && <PeopleChosen chosen={members.filter(({ id }) => chosen.includes(id))} givable={givable(me)} none={() => choose([])} />}
        {isPending && <Loading />}
        {error && <Trouble error={error} again={() => void refetch()} />}
        {data && <details className="card"><summary>{t('roleMatrix')}</summary><Roles /></details>}
        {members.map((member) => (
          <Row
            key={member.id} member={member} me={me} changes={changes} chosen={chosen.includes(member.id)}
            choose={(on) => choose(on ? [...chosen, member.id] : chosen.filter((id) => id !== member.id))}
          />
        ))}
      </div>
    </>
  )
}

function Invite({ me }: { me: Me | undefined }) {
  const queries = useQueryClient()
  const [given, setGiven] = useState({ name: '', email: '', role: 'user' as Role })
  const invite = useMutation({
    mutationFn: () => api<Invited>('people', 'POST', given),
    onSuccess: () => {
      setGiven({ name: '', email: '', role: 'user' })
      return queries.invalidateQueries({ queryKey: membersQuery.queryKey })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    invite.mutate()
  }
  return (
    <form className="card stack" onSubmit={submit}>
      <h2>{t('invite')}</h2>
      <div className="row">
        <label className="grow">{t('name')}<input required maxLength={120} value={given.name} onChange={(event) => setGiven({ ...given, name: event.target.value })} /></label>
        <label className="grow">{t('email')}<input type="email" required maxLength={254} value={given.email} onChange={(event) => setGiven({ ...given, email: event.target.value })} /></label>
        <RoleChoice me={me} value={given.role} choose={(role) => setGiven({ ...given, role })} />
        <button type="submit" className="primary" disabled={invite.isPending}>{t('invite')}</button>
      </div>
      <p className="dim small">{t(`role_${given.role}`)}</p>
      {invite.error && <Trouble error={invite.error} />}
      {invite.data && <Once invited={invite.data} />}
    </form>
  )
}

function Once({ invited: { person, link, mailed } }: { invited: Invited }) {
  return <Secret id="invitation" text={link} hint={`${person.name}: ${t(mailed ? 'linkMailed' : 'linkOnce')}`} />
}

function RoleChoice({ me, value, choose, of }: { me: Me | undefined; value: Role; choose: (role: Role) => void; of?: string }) {
  const may = givable(me)
  return (
    <label>
      {t('role')}
      <select value={value} disabled={!may.includes(value)} aria-label={of && `${t('role')}: ${of}`} onChange={(event) => choose(event.target.value as Role)}>
        {roles.filter((role) => may.includes(role) || role === value).map((role) => <option key={role} value={role}>{t(role)}</option>)}
      </select>
    </label>
  )
}

interface RowProps {
  member: Member
  me: Me | undefined
  changes: boolean
  chosen: boolean
  choose: (on: boolean) => void
}

function Row({ member, me, changes, chosen, choose }: RowProps) {
  const [open, setOpen] = useState(false)
  const { id, name } = member
  return (
    <article className="card stack" data-testid="person">
      <div className="row">
        {changes && me?.user?.id !== id && <input type="checkbox" checked={chosen} aria-label={`${t('choose')}: ${name}`} onChange={(event) => choose(event.target.checked)} />}
        <div className="grow">
          <h2>{name} <span className={`pill ${member.state === 'active' ? 'good' : member.state === 'disabled' ? 'bad' : ''}`}>{t(states[member.state])}</span></h2>
          <p className="dim small">
            {[member.email, member.extension, t(member.role), member.second_factor && t('secondFactor')].filter(Boolean).join(' · ')}
            {member.seen_at && <> · {t('lastSeen')} <Moment at={member.seen_at} /></>}
            {member.invitation && <> · {t('until')} <Moment at={member.invitation.expires_at} /></>}
          </p>
        </div>
        {(changes || me?.rights?.visits) && <button aria-expanded={open} onClick={() => setOpen(!open)} aria-label={`${t('edit')}: ${name}`}>{t('edit')}</button>}
      </div>
      {open && changes && <Edit member={member} me={me} />}
      {open && me?.rights?.visits && me.user?.id !== id && <Visit id={id} />}
    </article>
  )
}

function Edit({ member, me }: { member: Member; me: Me | undefined }) {
  const queries = useQueryClient()
  const work = useMutation({
    mutationFn: ([path, method, body]: [string, string, unknown?]) => api<Invited | undefined>(`people/${member.id}${path}`, method, body),
    onSuccess: () => queries.invalidateQueries({ queryKey: membersQuery.queryKey }),
  })
  const own = me?.user?.id === member.id
  const [disabling, setDisabling] = useState(false)
  const made = work.data && 'link' in work.data ? work.data : null
  return (
    <div className="stack">
      <div className="row">
        <RoleChoice me={me} value={member.role} of={member.name} choose={(role) => work.mutate(['', 'PATCH', { role }])} />
        {member.state !== 'disabled' && <button onClick={() => work.mutate(['/link', 'POST'])}>{t('newLink')}</button>}
        {member.invitation && <button onClick={() => work.mutate(['/invitation', 'DELETE'])}>{t('withdrawInvitation')}</button>}
        {member.sessions > 0 && !own && <button onClick={() => work.mutate(['/sessions', 'DELETE'])}>{t('signOutPerson')}</button>}
        {member.second_factor && !own && <button onClick={() => work.mutate(['/factors', 'DELETE'])}>{t('dropFactors')}</button>}
        {!own && (
          <button
            className={member.state === 'disabled' ? '' : 'danger'}
            onClick={() => (leaves([member]) && member.state !== 'disabled' ? setDisabling(true) : work.mutate(['', 'PATCH', { disabled: member.state !== 'disabled' }]))}
          >
            {t(member.state === 'disabled' ? 'enable' : 'disable')}
          </button>
        )}
      </div>
      {disabling && <Disable members={[member]} over={() => setDisabling(false)} />}
      {work.error && <Trouble error={work.error} />}
      {made && <Once invited={made} />}
    </div>
  )
}

/** Act as this person, where the company lets helpers in. */
function Visit({ id }: { id: string }) {
  const { data: support } = useQuery(supportQuery)
  const [reason, setReason] = useState('')
  const visit = useMutation({ mutationFn: () => api('visits', 'POST', { user: id, reason }), onSuccess: () => location.assign('/app/') })
  const agreed = !!support?.until && Date.parse(support.until) > Date.now()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    visit.mutate()
  }
  if (!agreed) return <p className="dim small">{t('noConsent')}</p>
  return (
    <form className="row" onSubmit={submit}>
      <label className="grow">{t('visitReason')}<input required maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} /></label>
      <button type="submit" disabled={visit.isPending}>{t('visit')}</button>
      {visit.error && <Trouble error={visit.error} />}
    </form>
  )
}
