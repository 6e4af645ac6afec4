/** Text messages: one thread a customer and number, calls in between, and a field to answer. */
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useDeferredValue, useEffect, useId, useState, type FormEvent } from 'react'
import { Link, useNavigate, useParams } from 'react-router'
import { address, api } from '../api/client'
import { conversationQuery, countedQuery, threadsQuery, type Conversation, type Entry, type TextMessage, type Thread } from '../api/messages'
import { party, phone } from '../format'
import { t, word } from '../i18n'
import { Moment } from '../parts/Moment'
import { Empty, Loading, Trouble } from '../parts/Notice'

const text_chars_max = 1600
const pictures_max = 5
const picture_bytes_max = 1_000_000
const kinds = ['image/jpeg', 'image/png', 'image/gif']

/** One that was chosen; `content` is base64. */
interface Picture { name: string; type: string; size: number; content: string }

export function Messages() {
  const { id } = useParams()
  const [text, setText] = useState('')
  const [writes, setWrites] = useState(false)
  const query = useInfiniteQuery(threadsQuery(text))
  const threads = query.data?.pages.flatMap((page) => page.data) ?? []
  const numbers = query.data?.pages[0]?.numbers ?? []
  return (
    <>
      <div className="head">
        <h1>{t('messages')}</h1>
        <input type="search" aria-label={t('search')} placeholder={t('search')} value={text} onChange={(event) => setText(event.target.value)} />
        <button className="primary" disabled={numbers.length === 0} aria-expanded={writes} onClick={() => setWrites(!writes)}>{t('newMessage')}</button>
      </div>
      {writes && <New numbers={numbers} done={() => setWrites(false)} />}
      {query.isSuccess && numbers.length === 0 && <p className="dim">{t('noTexting')}</p>}
      <div className="messages" data-open={id !== undefined}>
        <nav className="stack threads" aria-label={t('messages')}>
          {query.isPending && <Loading />}
          {query.error && <Trouble error={query.error} again={() => void query.refetch()} />}
          {query.isSuccess && threads.length === 0 && <Empty title={t('noThreads')} hint={t('noThreadsHint')} />}
          {threads.map((thread) => <Row key={thread.id} thread={thread} open={thread.id === id} />)}
          {query.hasNextPage && <button onClick={() => void query.fetchNextPage()}>{t('more')}</button>}
        </nav>
        {id !== undefined && <Open key={id} id={id} />}
        {id === undefined && threads.length > 0 && <div className="wide"><Empty title={t('chooseThread')} hint={t('chooseThreadHint')} /></div>}
      </div>
    </>
  )
}

function Row({ thread, open }: { thread: Thread; open: boolean }) {
  return (
    <Link className={`card thread ${thread.unread ? 'unread' : ''}`} to={`/messages/${encodeURIComponent(thread.id)}`} aria-current={open ? 'page' : undefined} data-testid="thread">
      <span className="strong">{party(thread.name, thread.phone)}</span>
      <span className="dim small"><Moment at={thread.at} /></span>
      <span className="small snippet">{thread.direction === 'out' && '→ '}{thread.text || t('picture')}</span>
    </Link>
  )
}

function Open({ id }: { id: string }) {
  const query = useInfiniteQuery(conversationQuery(id))
  const queries = useQueryClient()
  const thread = query.data?.pages[0]?.thread
  const entries = query.data?.pages.flatMap((page: Conversation) => page.data) ?? []
  const unread = thread?.unread
  useEffect(() => {
    if (unread) {
      void api(`threads/${encodeURIComponent(id)}/read`, 'POST').then(() => queries.invalidateQueries({ queryKey: ['threads'] }), () => undefined)
    }
  }, [id, unread, queries])
  if (query.error) return <Trouble error={query.error} again={() => void query.refetch()} />
  if (!thread) return <Loading />
  return (
    <section className="card stack conversation" aria-label={party(thread.name, thread.phone)}>
      <div className="row">
        <Link className="button narrow" to="/messages">←</Link>
        <div className="grow">
          <h2>{party(thread.name, thread.phone)}</h2>
          <p className="dim small">{phone(thread.phone)} · {phone(thread.number)}</p>
        </div>
      </div>
      {query.hasNextPage && <button onClick={() => void query.fetchNextPage()}>{t('more')}</button>}
      <ol className="bubbles" aria-live="polite">
        {[...entries].reverse().map((entry) => <Bubble key={entry.kind === 'call' ? entry.call.id : entry.message.id} entry={entry} />)}
      </ol>
      {thread.opted_out ? <p className="problem">{t('optedOut')}</p> : <Write from={thread.number} to={thread.phone} />}
    </section>
  )
}

function Bubble({ entry }: { entry: Entry }) {
  if (entry.kind === 'call') {
    return (
      <li className="bubble between small dim">
        {word(entry.call.kind)} · <Moment at={entry.call.at} />
        {entry.call.call && <> · <Link to={`/calls/${entry.call.call}`}>{t('details')}</Link></>}
      </li>
    )
  }
  const { message } = entry
  const troubled = message.state === 'failed' || message.state === 'uncertain'
  return (
    <li className={`bubble ${message.direction}`} data-testid="message">
      {message.media.map((one, index) => <Attached key={index} message={message} index={index} type={one.type} there={one.there} />)}
      {message.text && <p className="said">{message.text}</p>}
      <p className={`small ${troubled ? 'bad' : 'dim'}`}>
        <Moment at={message.at} />
        {message.direction === 'out' && <> · {word(message.state)}{troubled && message.said && `: ${message.said}`}</>}
        {(message.by === 'text_back' || message.by === 'keyword') && <> · {t('automatic')}</>}
      </p>
    </li>
  )
}

function Attached({ message, index, type, there }: { message: TextMessage; index: number; type: string; there: boolean }) {
  const where = address(`messages/${message.id}/media/${index}`)
  if (!there) return <p className="dim small">{t('picture')}: {message.media[index]?.problem ?? '…'}</p>
  return type.startsWith('image/') ? <img className="attached" src={where} alt={t('picture')} /> : <a href={where} download>{t('picture')}</a>
}

function New({ numbers, done }: { numbers: string[]; done: () => void }) {
  const [from, setFrom] = useState(numbers[0] ?? '')
  const [to, setTo] = useState('')
  const navigate = useNavigate()
  const number = to.replace(/[^\d+]/g, '')
  return (
    <div className="card form">
      <label>
        {t('fromNumber')}
        <select value={from} onChange={(event) => setFrom(event.target.value)}>{numbers.map((one) => <option key={one} value={one}>{phone(one)}</option>)}</select>
      </label>
      <label>{t('toNumber')}<input type="tel" placeholder="+12025550100" value={to} onChange={(event) => setTo(event.target.value)} /></label>
      <Write from={from} to={number} done={() => { done(); void navigate(`/messages/${encodeURIComponent(`${from}-${number}`)}`) }} />
    </div>
  )
}

function Write({ from, to, done }: { from: string; to: string; done?: () => void }) {
  const [text, setText] = useState('')
  const [pictures, setPictures] = useState<Picture[]>([])
  const [sending, setSending] = useState(false)
  const [error, setError] = useState<Error | null>(null)
  const queries = useQueryClient()
  const field = useId()
  const counted = useQuery({ ...countedQuery(useDeferredValue(text)), enabled: text !== '' }).data
  const send = (event: FormEvent) => {
    event.preventDefault()
    setSending(true)
    api('messages', 'POST', { from, to, text, ...(pictures.length > 0 && { media: pictures.map(({ content }) => content) }) }).then(() => {
      setText('')
      setPictures([])
      setError(null)
      void queries.invalidateQueries({ queryKey: ['threads'] })
      void queries.invalidateQueries({ queryKey: ['thread'] })
      done?.()
    }, setError).finally(() => setSending(false))
  }
  return (
    <form className="form" onSubmit={send}>
      <label htmlFor={field}>{t('writeText')}</label>
      <textarea id={field} rows={3} maxLength={text_chars_max} required={pictures.length === 0} value={text} onChange={(event) => setText(event.target.value)} />
      <div className="row">
        <p className="grow dim small number">
          {counted && text && `${counted.segments} ${t(counted.segments === 1 ? 'onePart' : 'parts')} · ${counted.left} ${t('charactersLeft')}`}
        </p>
        <Choose have={pictures} keep={setPictures} />
        <button className="primary" disabled={sending || (text === '' && pictures.length === 0) || to === ''}>{t('sendText')}</button>
      </div>
      {pictures.length > 0 && (
        <div className="row">
          {pictures.map((one, index) => (
            <button type="button" key={one.content.slice(-40)} className="chosen" title={t('remove')} onClick={() => setPictures(pictures.filter((_, n) => n !== index))}>
              <img src={`data:${one.type};base64,${one.content}`} alt={one.name} /> <span aria-hidden="true">×</span>
            </button>
          ))}
        </div>
      )}
      {error && <Trouble error={error} />}
    </form>
  )
}

/** Pictures to send: what networks carry, asked of the browser before the node refuses it. */
function Choose({ have, keep }: { have: Picture[]; keep: (all: Picture[]) => void }) {
  const [refused, setRefused] = useState(false)
  const choose = async (files: FileList | null) => {
    const all = [...have, ...(await Promise.all([...(files ?? [])].map(read)))]
    const fits = all.length <= pictures_max && all.every(({ type }) => kinds.includes(type)) && all.reduce((sum, { size }) => sum + size, 0) <= picture_bytes_max
    setRefused(!fits)
    if (fits) keep(all)
  }
  return (
    <>
      {refused && <span className="problem small" role="alert">{t('pictureLimits')}</span>}
      <label className="button">
        {t('addPicture')}
        <input className="hidden-input" type="file" accept={kinds.join(',')} multiple onChange={(event) => { void choose(event.target.files); event.target.value = '' }} />
      </label>
    </>
  )
}

async function read(file: File): Promise<Picture> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return { name: file.name, type: file.type, size: file.size, content: btoa(text) }
}
