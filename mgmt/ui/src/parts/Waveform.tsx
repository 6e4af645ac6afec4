import { useMemo, type MouseEvent } from 'react'
import type { Peaks } from '../api/types'
import { maskedParts } from './Marks'

const width = 600
const lane = 56

/** The two SVG paths of a waveform, before and after `played` (0..1); one lane a channel. Pure. */
export function wavePaths(channels: Peaks['channels'], played: number): [string, string] {
  const paths: [string[], string[]] = [[], []]
  channels.forEach((pairs, channel) => {
    const height = lane / channels.length
    const middle = height * (channel + 0.5)
    const columns = Math.floor(pairs.length / 2)
    const step = width / Math.max(columns, 1)
    const bar = (step * 0.7).toFixed(2)
    for (let column = 0; column < columns; column++) {
      const [low = 0, high = 0] = pairs.slice(column * 2, column * 2 + 2)
      const top = middle - high * (height / 2)
      const bottom = Math.max(middle - low * (height / 2), top + 1)
      const drawn = `M${(column * step).toFixed(1)} ${top.toFixed(1)}h${bar}V${bottom.toFixed(1)}h-${bar}z`
      paths[column / columns < played ? 0 : 1].push(drawn)
    }
  })
  return [paths[0].join(''), paths[1].join('')]
}

/** The drawing; a click seeks. The slider below it does the same for keyboards and screen readers. */
export function Waveform({ peaks, played, seek }: { peaks: Peaks; played: number; seek: (part: number) => void }) {
  const [before, after] = useMemo(() => wavePaths(peaks.channels, played), [peaks, played])
  const click = (event: MouseEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect()
    seek((event.clientX - box.left) / box.width)
  }
  return (
    <svg className="waveform" data-testid="waveform" viewBox={`0 0 ${width} ${lane}`} preserveAspectRatio="none" aria-hidden="true" onClick={click}>
      {peaks.duration_s > 0 && maskedParts(peaks).map(([from_s, to_s]) => (
        <rect key={from_s} className="masked" x={(from_s / peaks.duration_s) * width} width={((to_s - from_s) / peaks.duration_s) * width} y={0} height={lane} />
      ))}
      <path className="played" d={before} />
      <path className="ahead" d={after} />
    </svg>
  )
}
