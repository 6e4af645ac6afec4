/** A secret that is shown this once, with a button that copies it. */
import { useState } from 'react'
import { t } from '../i18n'

export function Secret({ text, hint }: { text: string; hint: string }) {
  const [copied, setCopied] = useState(false)
  return (
    <div className="row" role="status">
      <p>{hint}</p>
      <code className="breaks" data-testid="new-key">{text}</code>
      <button type="button" onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}>
        {t(copied ? 'copied' : 'copy')}
      </button>
    </div>
  )
}
