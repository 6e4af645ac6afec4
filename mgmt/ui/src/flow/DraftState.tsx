/** How far a drawing is kept, in one quiet line; and what somebody should know of it: found again, drawn on elsewhere, overtaken. */
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { flowQueries, meQuery } from '../api/queries'
import { hour } from '../format'
import { language, t } from '../i18n'
import { Moment } from '../parts/Moment'
import { useDone } from '../parts/Undo'
import { Differs } from './Publish'
import type { Drawing } from './useDrawing'

export function DraftState({ drawing }: { drawing: Drawing }) {
  const { data: me } = useQuery(meQuery)
  const tell = useDone()
  const { state, dirty } = drawing
  const discard = () => tell({ text: t('draftDiscarded'), back: drawing.discard() })
  const at = (stamp: string) => hour(stamp, language, me?.tenant?.timezone)
  return (
    <>
      <div className="row" data-testid="draft-state">
        <span className="dim small" data-is={state.is}>
          {state.is === 'saved' && `${t('draftSaved')} ${at(state.at)}`}
          {(state.is === 'waiting' || state.is === 'saving') && t('draftSaving')}
          {state.is === 'clean' && t('draftNone')}
        </span>
        {/* told aloud, but only what is not as it should be */}
        <span className="small strong" role="status">
          {state.is === 'unsaved' && `⚠ ${state.why === 'offline' ? t('draftOffline') : `${t('draftNotSaved')}: ${state.text}`} ${state.here ? t('draftHere') : t('draftNowhere')}`}
        </span>
        {dirty && !drawing.restored && <button type="button" onClick={discard}>{t('draftDiscard')}</button>}
      </div>
      {state.is === 'conflict' && (
        <Notice text={<>{state.theirs ? <>{t('draftConflict')} <Moment at={state.theirs.saved_at} />.</> : t('draftGone')}</>}>
          <button type="button" onClick={drawing.theirs}>{state.theirs ? t('draftTheirs') : t('draftShowLive')}</button>
          <button type="button" onClick={drawing.mine}>{t('draftMine')}</button>
        </Notice>
      )}
      {drawing.restored && state.is !== 'conflict' && dirty && (
        <Notice quiet text={<>{t('draftRestored')} <Moment at={drawing.restored} />. {t('draftNotLive')}</>}>
          <button type="button" onClick={discard}>{t('draftDiscard')}</button>
          <button type="button" onClick={drawing.seen}>{t('draftGoOn')}</button>
        </Notice>
      )}
      {drawing.followed && <Notice quiet text={t('draftFollowed')}><button type="button" onClick={drawing.seen}>{t('understood')}</button></Notice>}
      {drawing.behind && <Behind drawing={drawing} discard={discard} />}
    </>
  )
}

/** Somebody published another version since this drawing began. */
function Behind({ drawing, discard }: { drawing: Drawing; discard: () => void }) {
  const { data } = useQuery(flowQueries.versions(drawing.live.id))
  const by = data?.data.find(({ version }) => version === drawing.live.version)
  return (
    <div className="problem stack" role="alert" data-testid="draft-behind">
      <p>
        {t('draftBehind')} {drawing.live.version}{by && <>: {by.actor}, <Moment at={by.at} /></>}. {t('draftBegan')} {drawing.base}. {t('draftOver')}
      </p>
      <Differs live={drawing.live.document} drawn={drawing.document} />
      <div className="row">
        <button type="button" onClick={discard}>{t('draftShowLive')}</button>
        <button type="button" onClick={drawing.goOn}>{t('draftMineOver')}</button>
      </div>
    </div>
  )
}

const Notice = ({ text, quiet, children }: { text: ReactNode; quiet?: boolean; children: ReactNode }) => (
  <div className={quiet ? 'card row' : 'problem'} role={quiet ? 'status' : 'alert'} data-testid="draft-notice">
    <span>{text}</span>
    <span className="row">{children}</span>
  </div>
)
