// An OpenID provider for the tests: `node provider.mjs PORT REDIRECT_URI`. Its sign-in page takes any name, which is the address.
import Provider from 'oidc-provider'

const [port, redirect] = process.argv.slice(2)
const provider = new Provider(`http://localhost:${port}`, {
  clients: [{ client_id: 'softswitch', client_secret: 'only for tests', redirect_uris: [redirect], grant_types: ['authorization_code'], response_types: ['code'] }],
  claims: { email: ['email', 'email_verified'], profile: ['name'] },
  pkce: { required: () => true },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: id, email_verified: !id.startsWith('unverified'), name: 'Eve Stone' }) }),
})
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'))
