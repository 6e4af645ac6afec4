import { useState } from 'react'
import { t } from '../i18n'

/** Copies a text. */
export function Copy({ text }: { text: string }) {
  const [copied, setCopied] = useState(false)
  return <button type="button" onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}>{t(copied ? 'copied' : 'copy')}</button>
}
