/** A sound file that the browser can read becomes a WAVE file (16 bit, one channel, 16 kHz), as the node takes it. */

const rate_hz = 16_000

/** Rejects when the browser cannot read it. */
export async function asWave(file: Blob): Promise<Blob> {
  const context = new OfflineAudioContext(1, 1, rate_hz)
  const sound = await context.decodeAudioData(await file.arrayBuffer())
  const channels = Array.from({ length: sound.numberOfChannels }, (_, index) => sound.getChannelData(index))
  return new Blob([wave(channels, rate_hz)], { type: 'audio/wav' })
}

/** The mean of channels of -1 to 1 as a WAVE file. Pure. */
export function wave(channels: readonly Float32Array[], rate: number): ArrayBuffer {
  const frames = channels[0]?.length ?? 0
  const made = new DataView(new ArrayBuffer(44 + 2 * frames))
  const text = (at: number, words: string) => [...words].forEach((one, index) => made.setUint8(at + index, one.charCodeAt(0)))
  text(0, 'RIFF')
  made.setUint32(4, 36 + 2 * frames, true)
  text(8, 'WAVEfmt ')
  made.setUint32(16, 16, true)
  made.setUint16(20, 1, true)
  made.setUint16(22, 1, true)
  made.setUint32(24, rate, true)
  made.setUint32(28, 2 * rate, true)
  made.setUint16(32, 2, true)
  made.setUint16(34, 16, true)
  text(36, 'data')
  made.setUint32(40, 2 * frames, true)
  for (let at = 0; at < frames; at += 1) {
    const mean = channels.reduce((sum, channel) => sum + channel[at]!, 0) / channels.length
    made.setInt16(44 + 2 * at, Math.round(Math.max(-1, Math.min(1, mean)) * 32767), true)
  }
  return made.buffer
}
