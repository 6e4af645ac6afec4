/** Groups, queues, mailboxes, devices, mail addresses, report plans and carriers: the same screen over lists of fields. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import { mailQuery, meQuery, placesQuery } from '../api/queries'
import { kindNames, type ReportKind } from '../api/reports'
import type { Place, Target } from '../api/types'
import type { Agent } from '../config/choosers'
import type { Gateway } from '../config/carrier'
import { deviceFields, groupFields, mailFields, mailboxFields, queueFields, reportFields, trunkFields } from '../config/fields'
import type { Stored } from '../config/objects'
import { ObjectScreen } from '../config/ObjectScreen'
import { phone } from '../format'
import { t } from '../i18n'
import type { Key } from '../i18n/en'
import { changes } from '../places'
import { Copy } from '../parts/Copy'
import { PhoneCode } from '../parts/PhoneCode'

export const usePlaces = (): Place[] => useQuery(placesQuery).data ?? []

const named = (places: Place[], kind: string, id: string): string => places.find((one) => one.kind === kind && one.id === id)?.name ?? id

export const spoken = (places: Place[], target: Target | null | undefined): string =>
  (target ? (target.kind === 'number' ? phone(target.id) : named(places, target.kind, target.id)) : '–')

const strategies: Record<string, Key> = {
  simultaneous: 'fTogether', sequential: 'fInTurn', round_robin: 'fRoundRobin', rule: 'fByRule', longest_idle: 'fLongestIdle', least_calls: 'fLeastCalls', random: 'fRandom',
}
const strategy = (object: Stored) => t(strategies[String(object.document.strategy)] ?? 'fStrategy')

export function Groups() {
  const places = usePlaces()
  return (
    <ObjectScreen
      kind="group" title="groups" empty={['noGroups', 'noGroupsHint']} fields={groupFields}
      fresh={{ name: '', extension: '', members: [], strategy: 'simultaneous', stages: [], ring_s: 20, no_answer: null }}
      row={(object) => (
        <p className="dim small">
          {object.document.extension ? `${String(object.document.extension)} · ` : ''}{strategy(object)} · {(object.document.members as string[]).map((id) => named(places, 'user', id)).join(', ')}
          {' · '}{t('fNoAnswer')}: {spoken(places, object.document.no_answer as Target | null)}
        </p>
      )}
    />
  )
}

export function QueueSettings() {
  const places = usePlaces()
  return (
    <ObjectScreen
      kind="queue" title="queueSettings" empty={['noQueues', 'noQueueSettingsHint']} fields={queueFields}
      head={<Link className="button" to="/queues">{t('queuesNow')}</Link>}
      fresh={{
        name: '', extension: '', agents: [], strategy: 'longest_idle', ring_s: 20, wrap_up_s: 10, waiting_max: 100, wait_s_max: 900, welcome: null, music: null,
        announce_position: true, announce_wait: true, announce_s: 60, exits: {}, callback_key: null, callback_on_hangup: false, sla_s: 20, empty: 'leave', recording_notice: null, no_answer: null,
      }}
      row={(object) => (
        <p className="dim small">
          {object.document.extension ? `${String(object.document.extension)} · ` : ''}{strategy(object)} · {(object.document.agents as Agent[]).map(({ user }) => named(places, 'user', user)).join(', ') || t('fNoAgents')}
          {' · '}{t('fOverflow')}: {spoken(places, object.document.no_answer as Target | null)}
        </p>
      )}
    />
  )
}

const mail: Record<string, Key> = { off: 'fMailOff', notice: 'fMailNotice', audio: 'fMailAudio' }

export function Mailboxes() {
  const places = usePlaces()
  return (
    <ObjectScreen
      kind="mailbox" title="mailboxes" empty={['noMailboxes', 'noMailboxesHint']} fields={mailboxFields}
      fresh={{
        name: '', user: null, members: [], greeting: null, greeting_busy: null, greeting_temporary: null, spoken_name: null, pin_always: false, review: true,
        message_s_max: 180, messages_max: 100, email: 'off', emails: [], kept_days: null, deleted_days: 7,
      }}
      row={({ document }) => {
        const whose = [document.user as string | null, ...(document.members as string[])].flatMap((id) => (id ? [named(places, 'user', id)] : []))
        return (
          <p className="dim small">
            {whose.join(', ') || t('fBoxNobody')} · {t('fBoxMail')}: {t(mail[String(document.email)] ?? 'fMailOff')}
            {document.kept_days ? ` · ${t('fKeptDays')}: ${String(document.kept_days)}` : ''}
          </p>
        )
      }}
    />
  )
}

export function Devices() {
  const places = usePlaces()
  const manages = changes(useQuery(meQuery).data, 'configuration')
  const [made, setMade] = useState<Stored | null>(null)
  return (
    <>
      {made?.password && (
        <section className="card stack" role="status" data-testid="new-password">
          <p>{t('devicePassword')}: <strong>{String(made.document.username)}</strong></p>
          <div className="row"><code>{made.password}</code><Copy text={made.password} /></div>
        </section>
      )}
      <ObjectScreen
        kind="device" title="devices" empty={['noDevices', 'noDevicesHint']} fields={deviceFields} idFrom="username" returnable={false} saved={setMade}
        fresh={{ user: '', username: '', digits: 'auto', srtp: null, mwi_unsolicited: false }}
        name={(object) => String(object.document.username)}
        row={(object) => (
          <>
            <p className="dim small">
              {named(places, 'user', String(object.document.user))} · {t(object.document.digits === 'info' ? 'fDigitsInfo' : 'fDigitsAuto')}
              {object.document.srtp ? ` · SRTP: ${String(object.document.srtp)}` : ''}
            </p>
            {manages && !object.id.endsWith('-browser') && <PhoneCode id={object.id} name={String(object.document.username)} />}
          </>
        )}
      />
    </>
  )
}

/** Where the company takes e-mail. The one that is called "inbox" has the company's plain name. */
export function MailAddresses() {
  const places = usePlaces()
  const mail = useQuery(mailQuery).data
  const address = (id: string) => mail?.data.find((one) => one.id === id)?.address
  return (
    <ObjectScreen
      kind="mail_address" title="mailAddresses" empty={['noMailAddresses', 'noMailAddressesHint']} fields={mailFields}
      head={mail && !mail.todo ? <p className="dim">{t('mailOff')}</p> : undefined}
      fresh={{ name: mail?.data.length === 0 ? 'Inbox' : '', senders: 'anyone', strangers: 'refuse', unproved: 'take', blocked: [], assigned_to: null }}
      row={(object) => (
        <p className="dim small breaks">
          {address(object.id) ?? object.id} · {t(object.document.senders === 'users' ? 'fMailUsers' : 'fMailAnyone')}
          {object.document.assigned_to ? ` · ${named(places, 'user', String(object.document.assigned_to))}` : ''}
        </p>
      )}
    />
  )
}

const every: Record<string, Key> = { day: 'rDay', week: 'rWeek', month: 'rMonth' }

/** Reports that make themselves. */
export function ReportPlans() {
  return (
    <ObjectScreen
      kind="report_plan" title="reportPlans" empty={['noReportPlans', 'noReportPlansHint']} fields={reportFields}
      head={<Link className="button" to="/reports">{t('reports')}</Link>}
      fresh={{ name: '', report: 'summary', form: 'xlsx', every: 'week', hour: 7, emails: [], enabled: true }}
      row={({ document: one }) => (
        <p className="dim small breaks">
          {t(kindNames[one.report as ReportKind])} · {String(one.form).toUpperCase()} · {t(every[String(one.every)] ?? 'rEvery')}, {String(one.hour)}:00
          {' · '}{(one.emails as string[]).join(', ') || '–'}{one.enabled === false && ` · ${t('hookOff')}`}
        </p>
      )}
    />
  )
}

/** The carriers of the node, for operators. */
export function TrunkSettings() {
  return (
    <ObjectScreen
      kind="trunk" title="trunkSettings" empty={['noTrunks', 'noTrunksHint']} fields={trunkFields} returnable={false}
      head={<Link className="button" to="/trunks">{t('trunksNow')}</Link>}
      fresh={{ name: '', gateways: [], sources: [], username: '', channels_max: 100, codecs: ['PCMU', 'PCMA'], identity_out: 'pai', digits: 'auto', srtp: null, trusted_identity: false, emergency: false }}
      row={(object) => (
        <p className="dim small">
          {(object.document.gateways as Gateway[]).map(({ host, port, transport }) => `${transport ?? 'DNS'} ${host}${port ? `:${String(port)}` : ''}`).join(', ') || '–'}
          {' · '}{t('fSources')}: {(object.document.sources as string[]).join(', ') || '–'}
        </p>
      )}
    />
  )
}
