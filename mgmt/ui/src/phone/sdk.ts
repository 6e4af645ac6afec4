/** The telephone as one script for other sites: `Softswitch.Phone` (docs/developer.md). */
import { Call } from './call'
import { Phone } from './phone'
import { chime, meter, ring } from './sound'

const sdk = { Phone, Call, meter, chime, ring }

declare global {
  interface Window {
    Softswitch: typeof sdk
  }
}
window.Softswitch = sdk
