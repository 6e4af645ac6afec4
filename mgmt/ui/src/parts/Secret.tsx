/** What is shown this once: a text to copy. */
import { useState } from 'react'
import { t } from '../i18n'

export function Secret({ text, hint, id = 'new-key' }: { text: string; hint: string; id?: string }) {
  const [copied, setCopied] = useState(false)
  return (
    <div className="card stack" role="status">
      <p>{hint}</p>
      <code className="secret breaks" data-testid={id}>{text}</code>
      <div className="row">
        <button type="button" onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}>
          {t(copied ? 'copied' : 'copy')}
        </button>
      </div>
    </div>
  )
}
