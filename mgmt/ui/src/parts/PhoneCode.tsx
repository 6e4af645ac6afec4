/** A telephone is set up by a picture: a new password, shown this once, as a QR code and to be typed. */
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../api/client'
import { clock } from '../format'
import { t } from '../i18n'
import { Copy } from './Copy'
import { Trouble } from './Notice'
import { useNow } from './useNow'

interface Code {
  server: string
  port: number
  transport: string
  username: string
  realm: string
  password: string
  picture: string
  expires_at: string
}

export function PhoneCode({ id, name }: { id: string; name: string }) {
  const [asked, ask] = useState(false)
  const make = useMutation({ mutationFn: () => api<Code>(`devices/${encodeURIComponent(id)}/code`, 'POST') })
  const close = () => { ask(false); make.reset() }
  if (!asked) return <button type="button" aria-label={`${t('codeSetUp')}: ${name}`} onClick={() => ask(true)}>{t('codeSetUp')}</button>
  return (
    <section className="stack" aria-label={`${t('codeSetUp')}: ${name}`} data-testid="phone-code">
      {make.data ? <Made code={make.data} /> : <p className="small">{t('codeHint')}</p>}
      {make.error && <Trouble error={make.error} />}
      <div className="row">
        {!make.data && <button type="button" className="primary" disabled={make.isPending} onClick={() => make.mutate()}>{t('codeMake')}</button>}
        <button type="button" onClick={close}>{t(make.data ? 'codeDone' : 'cancel')}</button>
      </div>
    </section>
  )
}

/** Whether telephones elsewhere do not find a server of this name. Pure. */
export const isHere = (server: string): boolean => /^(localhost|127\.|\[::1\])/.test(server)

function Made({ code }: { code: Code }) {
  const left_s = Math.max(0, (Date.parse(code.expires_at) - useNow()) / 1000)
  const facts: [string, string][] = [
    [t('codeServer'), `${code.server}:${String(code.port)} (${code.transport.toUpperCase()})`], [t('codeUser'), code.username], [t('codeRealm'), code.realm],
  ]
  return (
    <div className="row" role="status">
      {left_s > 0 && <img className="qr" src={code.picture} alt={t('qrCode')} width={200} height={200} data-testid="phone-qr" />}
      <div className="stack grow">
        <p className="small">{left_s > 0 ? `${t('codeScan')} ${clock(left_s)}` : t('codeOver')}</p>
        {isHere(code.server) && <p className="small">{t('codeHere')}</p>}
        <dl className="facts small">{facts.map(([what, value]) => <div key={what}><dt className="dim">{what}</dt><dd className="breaks">{value}</dd></div>)}</dl>
        <p className="small">{t('codePassword')}</p>
        <div className="row"><code className="secret breaks" data-testid="phone-password">{code.password}</code><Copy text={code.password} /></div>
      </div>
    </div>
  )
}
