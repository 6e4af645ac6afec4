/** Which way of a step leads where: asked after a line was drawn, or by the key C and the button, without drawing. */
import { useEffect, useRef, useState, type FormEvent } from 'react'
import { t } from '../i18n'
import type { WayOut } from './ways'

export function Connect({ from, to, ways, nodes, connect, cancel }: {
  from: string; to: string | null; ways: WayOut[]; nodes: string[]; connect: (way: WayOut, to: string) => void; cancel: () => void
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [chosen, setChosen] = useState(0)
  const [target, setTarget] = useState(to ?? '')
  useEffect(() => dialog.current?.showModal(), [])
  const go = (event: FormEvent) => {
    event.preventDefault()
    const way = ways[chosen]
    if (way && target) connect(way, target)
  }
  return (
    <dialog ref={dialog} aria-labelledby="connect-title" onClose={cancel} data-testid="connect">
      <form className="form" onSubmit={go}>
        <h2 id="connect-title">{t('connectFrom')} {from}</h2>
        <label>
          {t('connectWay')}
          <select value={chosen} onChange={(event) => setChosen(Number(event.target.value))}>
            {ways.map((way, at) => <option key={`${way.name} ${way.key ?? ''}`} value={at}>{way.key ? `${t('fKey')} ${way.key}` : way.label}{way.leads ? ` (${t('connectNow')}: ${way.leads})` : ''}</option>)}
          </select>
        </label>
        <label>
          {t('connectTo')}
          <select required value={target} onChange={(event) => setTarget(event.target.value)}>
            <option value="">–</option>
            {nodes.map((id) => <option key={id}>{id}</option>)}
          </select>
        </label>
        <div className="row">
          <button type="submit" className="primary" disabled={!target || ways.length === 0}>{t('connect')}</button>
          <button type="button" onClick={cancel}>{t('cancel')}</button>
        </div>
      </form>
    </dialog>
  )
}
