/** An activity of the inbox, as the API shows it. */
import type { Short, SpokenWord } from './types'

export interface ActivityComment { id: string; at: string; by: string; text: string }

export interface Activity {
  id: string
  kind: 'call' | 'missed_call' | 'voicemail' | 'message' | 'email' | 'web_request' | 'callback' | 'task' | 'emergency'
  call: string
  at: string
  from: string
  from_name: string | null
  to: string
  title: string
  text: string
  state: 'open' | 'finished' | 'resolved'
  customer: string | null
  assigned_to: string | null
  due_at: string | null
  answer_by: string | null
  flags: string[]
  comments: ActivityComment[]
  unread: boolean
  mailbox: string | null
  media: string | null
  duration_s: number | null
  mos: number | null
  transcript: string | null
  /** Its words are being written down. */
  writing?: boolean
  summary?: Short[]
  words: SpokenWord[]
  who: string | null
  source: string | null
  source_ref: string | null
  attachments: { file?: string; type: string; size_bytes: number }[]
  proof: Record<'spf' | 'dmarc', string | undefined> & { proved?: boolean }
}
