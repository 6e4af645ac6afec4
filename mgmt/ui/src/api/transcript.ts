/** What was said in a recorded call, as the API shows it. */
import type { SpokenWord } from './types'

/** What somebody said without a pause; party 0 is the caller, 1 whom the caller heard. */
export interface SpokenLine { party: 0 | 1; start: number; end: number; text: string; words: SpokenWord[] }

/** What was said in a recorded call, as far as it is written down. */
export interface CallTranscript { language: string; engine: string; done: boolean; written_s: number; failed: [number, number][]; lines: SpokenLine[] }
