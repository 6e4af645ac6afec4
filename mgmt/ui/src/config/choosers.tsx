/** Fields that choose something of the company: a target, people in their order, agents, stages, keys that lead out. */
import { useState } from 'react'
import type { Target } from '../api/types'
import { t } from '../i18n'
import type { Key } from '../i18n/en'
import { people, titled, type Known } from './known'

const kinds: Record<Target['kind'], Key> = { user: 'kUser', group: 'kGroup', queue: 'kQueue', flow: 'kFlow', mailbox: 'kMailbox', number: 'kNumber' }
const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '*', '#']

interface Chooser<T> {
  label: string
  value: T
  set: (value: T) => void
  known: Known
}

export function TargetChooser({ label, value, set, known, required }: Chooser<Target | null> & { required?: boolean }) {
  const [outside, setOutside] = useState(value?.kind === 'number')
  const pick = (text: string) => {
    setOutside(text === 'number')
    const [kind, id] = text.split('/', 2) as [Target['kind'], string | undefined]
    set(id === undefined ? null : { kind, id })
  }
  return (
    <div className="row">
      <select
        className="grow" aria-label={label} required={required && !outside}
        value={outside ? 'number' : value ? `${value.kind}/${value.id}` : ''} onChange={(event) => pick(event.target.value)}
      >
        <option value="">–</option>
        {(['user', 'group', 'queue', 'flow', 'mailbox'] as const).map((kind) => {
          const here = known.places.filter((place) => place.kind === kind)
          return here.length > 0 && (
            <optgroup key={kind} label={t(kinds[kind])}>
              {here.map((one) => <option key={one.id} value={`${kind}/${one.id}`}>{one.name}{one.extension ? ` (${one.extension})` : ''}</option>)}
            </optgroup>
          )
        })}
        <option value="number">{t('kNumber')}…</option>
      </select>
      {outside && (
        <input
          className="grow" aria-label={`${label}: ${t('kNumber')}`} inputMode="tel" placeholder="+12025550100" required={required}
          value={value?.kind === 'number' ? value.id : ''} onChange={(event) => set(event.target.value ? { kind: 'number', id: event.target.value } : null)}
        />
      )}
    </div>
  )
}

/** Up, down and away: what a list of things in their order needs, without dragging. */
export function Ordered<T>({ items, set, name, children }: { items: readonly T[]; set: (items: T[]) => void; name: (item: T) => string; children: (item: T, change: (item: T) => void) => React.ReactNode }) {
  const swap = (from: number, to: number) => {
    const next = [...items]
    const moved = next[from]
    const other = next[to]
    if (moved === undefined || other === undefined) return
    next[from] = other
    next[to] = moved
    set(next)
  }
  return (
    <ol className="ordered">
      {items.map((item, at) => (
        <li key={at} className="row">
          <div className="grow">{children(item, (next) => set(items.map((one, index) => (index === at ? next : one))))}</div>
          <button type="button" disabled={at === 0} aria-label={`${t('fUp')}: ${name(item)}`} onClick={() => swap(at, at - 1)}>↑</button>
          <button type="button" disabled={at === items.length - 1} aria-label={`${t('fDown')}: ${name(item)}`} onClick={() => swap(at, at + 1)}>↓</button>
          <button type="button" aria-label={`${t('removeOne')}: ${name(item)}`} onClick={() => set(items.filter((_, index) => index !== at))}>✕</button>
        </li>
      ))}
    </ol>
  )
}

function AddPerson({ label, taken, add, known }: { label: string; taken: readonly string[]; add: (id: string) => void; known: Known }) {
  const left = people(known).filter(({ id }) => !taken.includes(id))
  if (left.length === 0) return null
  return (
    <select aria-label={`${t('addNode')}: ${label}`} value="" onChange={(event) => add(event.target.value)}>
      <option value="">+ {t('addNode')}</option>
      {left.map((one) => <option key={one.id} value={one.id}>{one.name} ({one.extension})</option>)}
    </select>
  )
}

const nameOf = (known: Known, id: string) => people(known).find((one) => one.id === id)?.name ?? id

export function PeopleChooser({ label, value, set, known }: Chooser<string[]>) {
  return (
    <div className="stack tight" role="group" aria-label={label}>
      <Ordered items={value} set={set} name={(id) => nameOf(known, id)}>{(id) => nameOf(known, id)}</Ordered>
      <AddPerson label={label} taken={value} add={(id) => set([...value, id])} known={known} />
    </div>
  )
}

export interface Agent {
  user: string
  penalty: number
  skills: string[]
}

export function AgentsChooser({ label, value, set, known }: Chooser<Agent[]>) {
  return (
    <div className="stack tight" role="group" aria-label={label}>
      <Ordered items={value} set={set} name={({ user }) => nameOf(known, user)}>
        {(agent, change) => (
          <div className="row">
            <span className="grow">{nameOf(known, agent.user)}</span>
            <input
              type="number" min={0} max={100} className="short" aria-label={`${t('fPenalty')}: ${nameOf(known, agent.user)}`} title={t('fPenalty')}
              value={agent.penalty} onChange={(event) => change({ ...agent, penalty: Number(event.target.value) })}
            />
            <input
              className="grow" aria-label={`${t('fSkills')}: ${nameOf(known, agent.user)}`} placeholder={t('fSkills')} defaultValue={agent.skills.join(' ')}
              onBlur={(event) => change({ ...agent, skills: event.target.value.split(/[\s,]+/).filter(Boolean) })}
            />
          </div>
        )}
      </Ordered>
      <AddPerson label={label} taken={value.map(({ user }) => user)} add={(user) => set([...value, { user, penalty: 0, skills: [] }])} known={known} />
    </div>
  )
}

export interface Stage {
  members: string[]
  ring_s: number
  schedule: string | null
}

export function StagesChooser({ label, value, set, known }: Chooser<Stage[]>) {
  return (
    <div className="stack tight" role="group" aria-label={label}>
      <Ordered items={value} set={set} name={({ members }) => members.map((id) => nameOf(known, id)).join(', ')}>
        {(stage, change) => (
          <div className="stack tight">
            <PeopleChooser label={t('fMembers')} value={stage.members} set={(members) => change({ ...stage, members })} known={known} />
            <div className="row">
              <label>{t('fRing')}<input type="number" min={5} max={120} className="short" value={stage.ring_s} onChange={(event) => change({ ...stage, ring_s: Number(event.target.value) })} /></label>
              <label className="grow">
                {t('fWhen')}
                <select value={stage.schedule ?? ''} onChange={(event) => change({ ...stage, schedule: event.target.value || null })}>
                  <option value="">{t('fAlways')}</option>
                  {known.schedules.map((one) => <option key={one.id} value={one.id}>{titled(one)}</option>)}
                </select>
              </label>
            </div>
          </div>
        )}
      </Ordered>
      <button type="button" onClick={() => set([...value, { members: [], ring_s: 20, schedule: null }])}>+ {t('fStage')}</button>
    </div>
  )
}

export function ExitsChooser({ label, value, set, known }: Chooser<Record<string, Target>>) {
  const left = keys.filter((key) => !(key in value))
  const first = known.places.find(({ kind }) => kind === 'mailbox') ?? known.places[0]
  const without = (key: string) => Object.fromEntries(Object.entries(value).filter(([one]) => one !== key))
  return (
    <div className="stack tight" role="group" aria-label={label}>
      {Object.entries(value).map(([key, target]) => (
        <div key={key} className="row">
          <span className="strong number">{key}</span>
          <div className="grow"><TargetChooser label={`${label}: ${key}`} value={target} set={(next) => next && set({ ...value, [key]: next })} known={known} /></div>
          <button type="button" aria-label={`${t('removeOne')}: ${key}`} onClick={() => set(without(key))}>✕</button>
        </div>
      ))}
      {first && left.length > 0 && (
        <select aria-label={`${t('addNode')}: ${label}`} value="" onChange={(event) => set({ ...value, [event.target.value]: { kind: first.kind, id: first.id } })}>
          <option value="">+ {t('fKey')}</option>
          {left.map((key) => <option key={key}>{key}</option>)}
        </select>
      )}
    </div>
  )
}

export function KeyChooser({ label, value, set }: Omit<Chooser<string | null>, 'known'>) {
  return (
    <select aria-label={label} value={value ?? ''} onChange={(event) => set(event.target.value || null)}>
      <option value="">–</option>
      {keys.map((key) => <option key={key}>{key}</option>)}
    </select>
  )
}
