/** Sound of a page: the level of a stream, the tone of a ring. Needs no file: everything is made by Web Audio. */

/** Tells how loud a stream is, 0 to 1, about 20 times a second, until it is stopped. */
export function meter(stream: MediaStream, tell: (level: number) => void): () => void {
  const context = new AudioContext()
  const ear = context.createAnalyser()
  ear.fftSize = 1024
  const source = context.createMediaStreamSource(stream)
  source.connect(ear)
  const samples = new Float32Array(ear.fftSize)
  const timer = setInterval(() => {
    ear.getFloatTimeDomainData(samples)
    tell(loudness(samples))
  }, 50)
  return () => {
    clearInterval(timer)
    source.disconnect()
    void context.close()
  }
}

/** -60 dB and less is 0, full scale is 1. Pure. */
export function loudness(samples: Float32Array): number {
  const mean = samples.reduce((sum, one) => sum + one * one, 0) / Math.max(1, samples.length)
  const level_db = mean > 0 ? 10 * Math.log10(mean) : -100
  return Math.min(1, Math.max(0, (level_db + 60) / 60))
}

/** A telephone that rings (400 and 450 Hz, 1 s of 3), until it is stopped. */
export function ring(): () => void {
  return tone([400, 450], 1000, 3000)
}

/** What one hears while the other side rings (440 and 480 Hz, 2 s of 6). */
export function ringback(): () => void {
  return tone([440, 480], 2000, 6000)
}

/** A short tone that shows that a loudspeaker works. */
export async function chime(speaker: string): Promise<void> {
  const context = new AudioContext()
  const target = context.createMediaStreamDestination()
  const player = new Audio()
  player.srcObject = target.stream
  await choose(player, speaker)
  await player.play()
  beep(context, target, [523, 659], 700)
  setTimeout(() => void context.close(), 1200)
}

/** Lets an element speak through a chosen loudspeaker, where the browser can. */
export async function choose(player: HTMLAudioElement, speaker: string): Promise<void> {
  if ('setSinkId' in player) await player.setSinkId(speaker).catch(() => undefined)
}

function tone(pitches_hz: number[], on_ms: number, period_ms: number): () => void {
  const context = new AudioContext()
  const sound = () => beep(context, context.destination, pitches_hz, on_ms)
  sound()
  const timer = setInterval(sound, period_ms)
  return () => {
    clearInterval(timer)
    void context.close()
  }
}

function beep(context: AudioContext, target: AudioNode, pitches_hz: number[], on_ms: number): void {
  const gain = context.createGain()
  const start = context.currentTime
  const end = start + on_ms / 1000
  gain.gain.setValueAtTime(0, start)
  gain.gain.linearRampToValueAtTime(0.1, start + 0.02)
  gain.gain.setValueAtTime(0.1, end - 0.05)
  gain.gain.linearRampToValueAtTime(0, end)
  gain.connect(target)
  for (const pitch of pitches_hz) {
    const voice = context.createOscillator()
    voice.frequency.value = pitch
    voice.connect(gain)
    voice.start(start)
    voice.stop(end)
  }
}
