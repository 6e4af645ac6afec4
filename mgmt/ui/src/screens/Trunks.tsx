/** The carriers as they are now, for operators: channels in use, gateways, registrations. */
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { trunksQuery } from '../api/queries'
import type { Gateway, Trunk } from '../api/types'
import { t } from '../i18n'
import { Empty, Loading, Trouble } from '../parts/Notice'
import { Scroll } from '../parts/Scroll'

export function Trunks() {
  const { data, error, isPending, refetch } = useQuery(trunksQuery)
  return (
    <>
      <div className="head"><h1>{t('trunks')}</h1><Link className="button" to="/trunk-settings">{t('trunkSettings')}</Link></div>
      <div className="stack">
        {isPending && <Loading />}
        {error && <Trouble error={error} again={() => void refetch()} />}
        {data?.data.length === 0 && <Empty title={t('noTrunks')} hint={t('noTrunksHint')} />}
        {data?.data.map((trunk) => <Card key={trunk.id} trunk={trunk} />)}
      </div>
    </>
  )
}

function Card({ trunk }: { trunk: Trunk }) {
  return (
    <article className="card stack" data-testid="trunk">
      <h2>{trunk.name}</h2>
      <p className="dim small">
        {t('channels')}: {trunk.channels_in} {t('incoming')}, {trunk.channels_out} {t('outgoing')}, {t('of')} {trunk.channels_max}
      </p>
      <Scroll label={trunk.name}>
        <table>
          <thead><tr><th>{t('gateway')}</th><th>{t('state')}</th><th>{t('lastAnswer')}</th><th>{t('registration')}</th></tr></thead>
          <tbody>{trunk.gateways.map((gateway) => <Row key={gateway.gateway} gateway={gateway} />)}</tbody>
        </table>
      </Scroll>
    </article>
  )
}

function Row({ gateway }: { gateway: Gateway }) {
  const { registration } = gateway
  return (
    <tr>
      <td>{gateway.gateway}</td>
      <td><span className={`pill ${gateway.state === 'up' ? 'live' : 'offline'}`}>{gateway.state}</span></td>
      <td>{gateway.said}</td>
      <td>{registration ? `${t(registration.registered ? 'yes' : 'no')} (${registration.said || registration.state})` : '–'}</td>
    </tr>
  )
}
