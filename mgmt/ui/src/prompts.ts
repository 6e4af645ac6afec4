/** Ids of prompts and of what they sound like. Pure. */

/** The id under which the API gives a sound, of its name in the media store; null when it has none. */
export function mediumOf(name: string): string | null {
  const found = /^[^/]+\/([a-z-]+)\/([0-9]{8})\/([A-Za-z0-9_]{1,64})\.wav$/.exec(name)
  return found ? `${found[1]}-${found[2]}-${found[3]}` : null
}

/** An id for something with that name, other than those that are taken. */
export function slug(name: string, taken: readonly string[]): string {
  const plain = name.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 40) || 'prompt'
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? plain : `${plain}-${number}`
    if (!taken.includes(id)) return id
  }
}
