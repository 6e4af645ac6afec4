/** The call of a visitor as one script (`dist/clickconnect.js`), which pages of other sites load. */
import { defineConfig } from 'vite'

export default defineConfig({
  publicDir: false,
  build: {
    outDir: 'dist', emptyOutDir: false, target: 'es2022', sourcemap: false,
    lib: { entry: 'src/visit/call.ts', name: 'SoftswitchVisit', formats: ['iife'], fileName: () => 'clickconnect.js' },
  },
})
