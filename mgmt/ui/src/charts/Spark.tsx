/** A line as high as its words: how a number went; gaps where nothing was measured. Its words say the last, the least and the most. */
import { t } from '../i18n'

const width = 96
const height = 24

export function Spark({ name, values }: { name: string; values: readonly (number | null)[] }) {
  const known = values.filter((one): one is number => one !== null)
  if (known.length < 2) return null
  const most = Math.max(...known)
  const least = Math.min(0, ...known)
  const place = (value: number, at: number) =>
    `${((at / (values.length - 1)) * width).toFixed(1)},${(height - 2 - ((value - least) / Math.max(1e-9, most - least)) * (height - 4)).toFixed(1)}`
  const words = `${name}: ${t('sparkLast')} ${String(known.at(-1))}, ${t('sparkFrom')} ${String(Math.min(...known))} ${t('sparkTo')} ${String(most)}`
  return (
    <svg className="spark" role="img" aria-label={words} viewBox={`0 0 ${String(width)} ${String(height)}`} preserveAspectRatio="none">
      {runs(values).map((run) => <polyline key={run[0]!.at} points={run.map(({ value, at }) => place(value, at)).join(' ')} />)}
    </svg>
  )
}

interface Point { value: number; at: number }

/** The stretches without a gap. Pure. */
export function runs(values: readonly (number | null)[]): Point[][] {
  const found: Point[][] = []
  let open = false
  values.forEach((value, at) => {
    if (value === null) open = false
    else if (open) found.at(-1)!.push({ value, at })
    else {
      found.push([{ value, at }])
      open = true
    }
  })
  return found
}
