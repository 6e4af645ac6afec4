/** Which language the page speaks: what was chosen, else the browser's, else English. */
import { en, type Key } from './en'
import { ru } from './ru'

export const languages = { en: 'English', ru: 'Русский' } as const
export type Language = keyof typeof languages

const key = 'softswitch.language'
const dictionaries: Record<Language, Record<Key, string>> = { en, ru }

function chosen(): Language {
  const wanted = globalThis.localStorage?.getItem(key) ?? globalThis.navigator?.language.slice(0, 2) ?? 'en'
  return wanted in languages ? (wanted as Language) : 'en'
}

export const language: Language = chosen()

/** The words of a key. */
export const t = (name: Key): string => dictionaries[language][name]

/** The words of a value that may be no key of ours (an outcome of a newer node): itself then. */
export const word = (name: string | null): string => (name !== null && name in en ? t(name as Key) : (name ?? '–'))

/** Speak another language from now on. */
export function speak(wanted: Language): void {
  localStorage.setItem(key, wanted)
  location.reload()
}
