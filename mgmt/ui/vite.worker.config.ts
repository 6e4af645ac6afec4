/** What lives while no page is open (`dist/worker.js`), as one script. */
import { defineConfig } from 'vite'

export default defineConfig({
  publicDir: false,
  build: {
    outDir: 'dist', emptyOutDir: false, target: 'es2022', sourcemap: false,
    lib: { entry: 'src/phone/worker.ts', name: 'SoftswitchWorker', formats: ['iife'], fileName: () => 'worker.js' },
  },
})
