/** Sums as people read them, in their language. */
import { language } from './i18n'

export const money = (cents: number, currency: string): string => new Intl.NumberFormat(language, { style: 'currency', currency }).format(cents / 100)
