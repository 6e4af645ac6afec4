/** What callers hear of the company: listen, give a sound file, remove; recording by telephone is told. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { address, api, send } from '../api/client'
import { featuresQuery, meQuery, promptsQuery } from '../api/queries'
import type { Prompt, Stored } from '../api/types'
import { t } from '../i18n'
import { Empty, Loading, Trouble } from '../parts/Notice'
import { Ringback } from '../parts/Ringback'
import { StockSounds } from '../parts/StockSounds'
import { useDone } from '../parts/Undo'
import { changes } from '../places'
import { mediumOf, slug } from '../prompts'
import { asWave } from '../wave'

export function Prompts() {
  const { data, error, isPending, refetch } = useQuery(promptsQuery)
  const { data: me } = useQuery(meQuery)
  const features = useQuery(featuresQuery).data?.data ?? []
  const manages = changes(me, 'configuration')
  const code = features.find((one) => one.id === 'record_prompt')?.code ?? ''
  return (
    <>
      <div className="head"><h1>{t('prompts')}</h1>{data && <Ringback prompts={data.data} />}</div>
      <div className="stack">
        {manages && <NewPrompt taken={data?.data.map(({ id }) => id) ?? []} />}
        {isPending && <Loading />}
        {error && <Trouble error={error} again={() => void refetch()} />}
        {data?.data.length === 0 && <Empty title={t('pNone')} hint={t('pNoneHint')} />}
        {data?.data.map((prompt) => <Row key={prompt.id} stored={prompt} manages={manages} code={code} />)}
        <StockSounds />
      </div>
    </>
  )
}

/** Makes the file a WAVE and gives it to a prompt. */
function useUpload() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async ({ id, name, file }: { id: string; name?: string; file: File }) => {
      const wave = await asWave(file).catch(() => { throw new Error(t('pUnreadable')) })
      const query = name ? `?name=${encodeURIComponent(name)}` : ''
      return send(`prompts/${encodeURIComponent(id)}/sound${query}`, wave, 'audio/wav', 'PUT')
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: promptsQuery.queryKey }),
  })
}

function Row({ stored: { id, document: prompt }, manages, code }: { stored: Stored<Prompt>; manages: boolean; code: string }) {
  const queries = useQueryClient()
  const tell = useDone()
  const upload = useUpload()
  const path = `config/prompt/${encodeURIComponent(id)}`
  const again = () => queries.invalidateQueries({ queryKey: promptsQuery.queryKey })
  const remove = useMutation({
    mutationFn: () => api(path, 'DELETE', undefined, '*'),
    onSuccess: () => {
      void again()
      tell({ text: `${t('pRemoved')}: ${prompt.name}`, back: () => api(path, 'PUT', prompt, '*').then(again) })
    },
  })
  const medium = mediumOf(prompt.media)
  return (
    <article className="card row" data-testid="prompt">
      <div className="grow">
        <h2>{prompt.name}</h2>
        <p className="dim small">
          {id}
          {prompt.number && code && <> · {t('pByPhone')} {code}{prompt.number}</>}
          {prompt.text && <> · {prompt.text}</>}
        </p>
        {(upload.error ?? remove.error) && <Trouble error={(upload.error ?? remove.error)!} />}
      </div>
      {medium && <audio controls preload="none" src={address(`media/${medium}`)} aria-label={prompt.name} />}
      {manages && (
        <>
          <label className="button">
            {t(upload.isPending ? 'pWorking' : 'pReplace')}
            <input
              className="hidden-input" type="file" accept="audio/*" disabled={upload.isPending} aria-label={`${t('pReplace')} ${prompt.name}`}
              onChange={({ target }) => { if (target.files?.[0]) upload.mutate({ id, file: target.files[0] }); target.value = '' }}
            />
          </label>
          <button type="button" disabled={remove.isPending} onClick={() => remove.mutate()}>{t('remove')}</button>
        </>
      )}
    </article>
  )
}

function NewPrompt({ taken }: { taken: string[] }) {
  const upload = useUpload()
  const [name, setName] = useState('')
  const [file, setFile] = useState<File | null>(null)
  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    if (file) upload.mutate({ id: slug(name, taken), name, file }, { onSuccess: () => { setName(''); setFile(null); form.reset() } })
  }
  return (
    <form className="card stack" onSubmit={save} data-testid="new-prompt">
      <h2>{t('pNew')}</h2>
      <label>{t('name')}<input value={name} required maxLength={120} onChange={({ target }) => setName(target.value)} autoComplete="off" /></label>
      <label>{t('pFile')}<input type="file" accept="audio/*" required onChange={({ target }) => setFile(target.files?.[0] ?? null)} /></label>
      <p className="dim small">{t('pFileHint')}</p>
      {upload.error && <Trouble error={upload.error} />}
      <div className="row"><button className="primary" type="submit" disabled={upload.isPending}>{t(upload.isPending ? 'pWorking' : 'save')}</button></div>
    </form>
  )
}
