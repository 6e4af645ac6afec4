/** How calls sounded: the documents of /api/v1/calls/ID/quality and /api/v1/quality. */

/** Words in every language of the pages. */
export type Words = Record<'en' | 'ru', string>

export interface Defect {
  fault: string
  start_s: number
  end_s: number
  value: number
  unit: string
  text: Words
}

export interface HeardChannel {
  level_dbov: number | null
  noise_dbov: number | null
  snr_db: number | null
  activity: number
  mos: number | null
  error: number | null
  defects: Defect[]
}

export interface CallQuality {
  verdicts: { culprit: string; name: string; text: Words }[]
  heard: { seconds: number; channels: HeardChannel[] } | null
  waiting: boolean
}

export interface QualityRow {
  key: string
  calls: number
  minutes: number
  mos: number | null
  mos_p5: number | null
  bad_percent: number | null
  lost_percent: number | null
  jitter_ms: number | null
  faults: Record<string, number>
}

export interface QualityCard {
  calls: number
  measured: number
  alarms: { group: 'trunk' | 'site' | 'device'; key: string; state: string; mos_p5: number | null }[]
  groups: Record<'trunk' | 'range' | 'site' | 'device' | 'codec' | 'hour', QualityRow[]>
  worst: { call: string; when_at: string; number: string; mos: number; verdicts: { text: Words }[] }[]
}
