/** The telephone as one script (`dist/phone.js`), for pages of other sites. */
import { defineConfig } from 'vite'

export default defineConfig({
  publicDir: false,
  build: {
    outDir: 'dist', emptyOutDir: false, target: 'es2022', sourcemap: false,
    lib: { entry: 'src/phone/sdk.ts', name: 'SoftswitchPhone', formats: ['iife'], fileName: () => 'phone.js' },
  },
})
