/** The browser application is served under /app/; `npm run dev` passes the API on to a node (SOFTSWITCH_URL). */
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const node = (globalThis as { process?: { env: Record<string, string | undefined> } }).process?.env.SOFTSWITCH_URL

export default defineConfig({
  base: '/app/',
  plugins: [react()],
  build: { outDir: 'dist', manifest: true, target: 'es2022', sourcemap: false },
  server: { proxy: { '/api': node ?? 'http://127.0.0.1:8080', '/welcome': node ?? 'http://127.0.0.1:8080' } },
})
