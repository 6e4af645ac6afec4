/** Who gave a field of an object its present value. */
export interface Blamed {
  field: string
  sequence: number
  actor: string
  at: string
  reason: string
}
